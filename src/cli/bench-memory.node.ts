import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { PipelineDefinitionInput } from '../core/definition.js';
import type { RuntimeAllocations } from '../infer/runtime.js';
import { createPipeline } from '../pipeline/create-pipeline.node.js';
import { AllocationWatch, type BufferMaker } from './allocation-watch.js';
import { drawPictures, MemorySource } from './memory-source.js';
import { rounded } from './run-output.js';

/** What to measure. */
export interface BenchMemoryRequest {
  model: PipelineDefinitionInput['model'];
  settings: Partial<PipelineDefinitionInput>;
  /** Frames after the warm-up. */
  frames: number;
  warmUpFrames: number;
  seed: number;
  signal: AbortSignal;
  onProgress(done: number, total: number): void;
}

/** Memory of one way of running, after warm-up. */
export interface BenchMemoryRow {
  execution: 'worker' | 'inline';
  slots: number;
  /** Frames after warm-up. */
  frames: number;
  warmUpFrames: number;
  /** Memory of the kernels in wasm pages of 64 KiB, at the end of the warm-up and at the end. */
  kernelPages: { before: number; after: number };
  /** Frame buffers made until then. */
  frameBuffers: { before: number; after: number };
  /**
   * JS heap of this thread after a forced collection. Inline it holds everything; with a worker, the owner's side.
   * The slope is a least-squares fit over the second half: the engine goes on compiling code for thousands of frames.
   */
  heap: { beforeBytes: number; afterBytes: number; slopeBytesPerFrame: number; samples: number };
  /** Buffers made on this thread after warm-up, by who made them. */
  buffersMade: Record<BufferMaker, number>;
  bytesMade: Record<BufferMaker, number>;
  /** What the runtime's own API makes per run, as the pipeline states it. */
  runtime: RuntimeAllocations;
  /** Where this package made its first buffer, if it made one. */
  firstOwn?: string;
}

/** What `bench memory --json` prints. */
export interface BenchMemoryReport {
  model: string;
  rows: BenchMemoryRow[];
  /** True where no row shows a new page, frame buffer or buffer of this package, and the heap is flat. */
  flat: boolean;
}

const samples = 20;
const pageBytes = 65536;
/** A heap that grows by less than this per frame is called flat: a promise with its closure, kept, takes twice as much. */
const flatBytesPerFrame = 64;

/** Runs a model on frames held in memory, inline and in a worker, and looks at what memory does after the warm-up. */
export async function benchMemory(request: BenchMemoryRequest): Promise<BenchMemoryReport> {
  const rows: BenchMemoryRow[] = [];
  let model = '';
  for (const execution of ['inline', 'worker'] as const) {
    const { row, id } = await measure(request, execution, (done) => {
      const perRow = request.warmUpFrames + request.frames;
      request.onProgress(rows.length * perRow + done, 2 * perRow);
    });
    rows.push(row);
    model = id;
  }
  return { model, rows, flat: rows.every(isFlat) };
}

function isFlat({ kernelPages, frameBuffers, heap, buffersMade }: BenchMemoryRow): boolean {
  return (
    kernelPages.before === kernelPages.after &&
    frameBuffers.before === frameBuffers.after &&
    buffersMade.own === 0 &&
    heap.slopeBytesPerFrame < flatBytesPerFrame
  );
}

async function measure(
  { model, settings, frames, warmUpFrames, seed, signal }: BenchMemoryRequest,
  execution: 'inline' | 'worker',
  onFrame: (done: number) => void,
): Promise<{ row: BenchMemoryRow; id: string }> {
  const collect = exposeCollector();
  const slots = 2;
  const definition: PipelineDefinitionInput = {
    ...settings,
    source: { type: 'synthetic' },
    model,
    slots,
    execution,
    frames: warmUpFrames + frames,
    queue: 'wait',
  };
  const source = new MemorySource(drawPictures(8, seed), 0);
  await using pipeline = await createPipeline(definition, { signal, source });
  const every = Math.max(1, Math.floor(frames / samples));
  const points: { frame: number; bytes: number }[] = [];
  const sample = (frame: number) => {
    collect();
    points.push({ frame, bytes: process.memoryUsage().heapUsed });
  };
  let before: { pages: number; buffers: number } | undefined;
  let done = 0;
  // From the beginning, so that the engine has compiled its code with it by the end of the warm-up.
  const watch = new AllocationWatch(packageRoot);
  try {
    for await (const _result of pipeline.run({ signal })) {
      onFrame(++done);
      if (done < warmUpFrames) continue;
      if (!before) {
        const { kernelMemoryBytes, frameBuffers } = pipeline.info.allocations;
        before = { pages: kernelMemoryBytes / pageBytes, buffers: frameBuffers };
        sample(0);
        watch.reset();
      } else if ((done - warmUpFrames) % every === 0) sample(done - warmUpFrames);
    }
  } finally {
    watch[Symbol.dispose]();
  }
  const { kernelMemoryBytes, frameBuffers, runtime } = pipeline.info.allocations;
  const row: BenchMemoryRow = {
    execution,
    slots,
    frames: done - warmUpFrames,
    warmUpFrames,
    kernelPages: { before: before?.pages ?? 0, after: kernelMemoryBytes / pageBytes },
    frameBuffers: { before: before?.buffers ?? 0, after: frameBuffers },
    heap: {
      beforeBytes: points[0]?.bytes ?? 0,
      afterBytes: points.at(-1)?.bytes ?? 0,
      slopeBytesPerFrame: rounded(slope(points.slice(points.length >> 1))),
      samples: points.length,
    },
    buffersMade: { ...watch.counts },
    bytesMade: { ...watch.bytes },
    runtime,
    ...(watch.firstOwn && { firstOwn: watch.firstOwn }),
  };
  return { row, id: pipeline.info.model.id };
}

/** Where this package's own files are, as stacks name them. */
const packageRoot = new URL('..', import.meta.url).href;

// The collector on demand, without a flag on the command line.
function exposeCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

function slope(points: readonly { frame: number; bytes: number }[]): number {
  const n = points.length;
  if (n < 2) return 0;
  const meanFrame = points.reduce((sum, p) => sum + p.frame, 0) / n;
  const meanBytes = points.reduce((sum, p) => sum + p.bytes, 0) / n;
  const covariance = points.reduce((sum, p) => sum + (p.frame - meanFrame) * (p.bytes - meanBytes), 0);
  return covariance / points.reduce((sum, p) => sum + (p.frame - meanFrame) ** 2, 0);
}
