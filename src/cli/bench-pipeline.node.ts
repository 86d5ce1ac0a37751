import type { PipelineDefinitionInput } from '../core/definition.js';
import { InferenceError } from '../core/error.js';
import { Histogram } from '../core/histogram.js';
import type { Result, Spans } from '../core/result.js';
import { createPipeline } from '../pipeline/create-pipeline.node.js';
import type { PipelineInfo } from '../pipeline/pipeline.js';
import { median } from './bench-statistics.js';
import { drawPictures, type MemoryPictures, MemorySource } from './memory-source.js';
import { rounded, type StagesOutput, stagesOutput } from './run-output.js';

/** What to measure. */
export interface BenchPipelineRequest {
  model: PipelineDefinitionInput['model'];
  settings: Partial<PipelineDefinitionInput>;
  /** Measured frames per repeat and number of slots. */
  frames: number;
  repeats: number;
  seed: number;
  /** How long acquiring a frame keeps its thread busy; by default a third of what inference takes. */
  acquireMs?: number;
  signal: AbortSignal;
  onProgress(done: number, total: number): void;
}

/** One number of slots. */
export interface BenchPipelineRow {
  slots: 1 | 2;
  execution: 'worker' | 'inline';
  /** Frames per second; median over the repeats. */
  throughput: number;
  /** ms over all measured frames. */
  stages: StagesOutput;
  /** Measured frames. */
  n: number;
}

/** What `bench pipeline --json` prints. */
export interface BenchPipelineReport {
  model: string;
  runtime: string;
  /** What the pictures are, and how long acquiring one takes at least. */
  source: { width: number; height: number; pictures: number; acquireMs: number };
  rows: BenchPipelineRow[];
  /** Throughput with two slots over throughput with one: median of the repeats' ratios. */
  speedup: number;
  ratios: number[];
  repeats: number;
  /** True: both gave the same results on the same frames before anything was timed. */
  equal: true;
  info: PipelineInfo;
}

const pictureCount = 8;
const warmUpFrames = 20;
const comparedFrames = 60;
const stageNames = ['acquire', 'queue', 'preprocess', 'infer', 'postprocess', 'respond', 'overhead', 'total'] as const;

/**
 * Measures throughput and stages with one slot and with two, on the same frames held in memory. Repeats alternate, so
 * that a machine that warms up or is shared disturbs both alike.
 * @throws {InferenceError} ERR_RUNTIME the two do not give equal results.
 */
export async function benchPipeline(request: BenchPipelineRequest): Promise<BenchPipelineReport> {
  const { repeats, frames, signal } = request;
  const held = drawPictures(pictureCount, request.seed);
  const total = 2 * comparedFrames + 2 * repeats * (frames + warmUpFrames);
  let done = 0;
  const measure = (slots: 1 | 2, count: number, acquireMs: number) =>
    measureOnce(request, held, slots, count, acquireMs, () => request.onProgress(++done, total));

  const one = await measure(1, comparedFrames, 0);
  const two = await measure(2, comparedFrames, 0);
  if (JSON.stringify(one.items) !== JSON.stringify(two.items)) {
    throw new InferenceError({
      subject: 'two slots',
      expected: 'the results of one slot on the same frames',
      received: 'different ones',
      remedy: 'Nothing was timed. Please report this with the output of `reflexarc doctor --json`.',
    });
  }
  const acquireMs = request.acquireMs ?? rounded(one.stages.infer.quantile(0.5) / 3);
  const merged = { 1: newStages(), 2: newStages() };
  const throughputs: { 1: number[]; 2: number[] } = { 1: [], 2: [] };
  let info = two.info;
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const slots of repeat % 2 === 0 ? ([1, 2] as const) : ([2, 1] as const)) {
      signal.throwIfAborted();
      const run = await measure(slots, frames + warmUpFrames, acquireMs);
      throughputs[slots].push(run.throughput);
      for (const stage of stageNames) merged[slots][stage].merge(run.stages[stage]);
      if (slots === 2) info = run.info;
    }
  }
  const ratios = throughputs[1].map((single, repeat) => rounded(throughputs[2][repeat] / single));
  return {
    model: info.model.id,
    runtime: info.runtime.runtime,
    source: { width: held.width, height: held.height, pictures: pictureCount, acquireMs },
    rows: ([1, 2] as const).map((slots) => ({
      slots,
      execution: info.execution,
      throughput: rounded(median(throughputs[slots])),
      stages: stagesOutput(Object.fromEntries(stageNames.map((stage) => [stage, merged[slots][stage].percentiles()]))),
      n: merged[slots].total.n,
    })),
    speedup: median(ratios),
    ratios,
    repeats,
    equal: true,
    info,
  };
}

interface Measurement {
  info: PipelineInfo;
  items: Result['items'][];
  stages: Record<keyof Spans, Histogram>;
  throughput: number;
}

async function measureOnce(
  { model, settings, signal }: BenchPipelineRequest,
  held: MemoryPictures,
  slots: 1 | 2,
  frames: number,
  acquireMs: number,
  onFrame: () => void,
): Promise<Measurement> {
  const definition: PipelineDefinitionInput = {
    ...settings,
    source: { type: 'synthetic' },
    model,
    slots,
    frames,
    queue: 'wait',
  };
  await using pipeline = await createPipeline(definition, { signal, source: new MemorySource(held, acquireMs) });
  const stages = newStages();
  const items: Result['items'][] = [];
  let began = 0;
  let last = 0;
  for await (const result of pipeline.run({ signal })) {
    onFrame();
    last = performance.now();
    items.push(result.items);
    if (items.length === Math.min(warmUpFrames, frames)) began = last;
    else if (items.length > warmUpFrames) for (const stage of stageNames) stages[stage].record(result.spans[stage]);
  }
  const throughput = ((items.length - warmUpFrames) * 1000) / (last - began);
  return { info: pipeline.info, items, stages, throughput };
}

function newStages(): Record<keyof Spans, Histogram> {
  return Object.fromEntries(stageNames.map((stage) => [stage, new Histogram()])) as Record<keyof Spans, Histogram>;
}
