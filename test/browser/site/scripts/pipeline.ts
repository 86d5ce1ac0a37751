import type { PipelineDefinitionInput } from '../../../../src/core/definition.js';
import { type SerializedError, serializeError } from '../../../../src/core/error.js';
import type { Result } from '../../../../src/core/result.js';
import { createPipeline } from '../../../../src/pipeline/create-pipeline.web.js';
import type { WebPipelineOptions } from '../../../../src/pipeline/environment.web.js';
import type { PipelineInfo, PipelinePhase, PipelineStats } from '../../../../src/pipeline/pipeline.js';
import { createOverlay } from '../../../../src/respond/overlay.web.js';
import { type MessageWeight, weigh } from '../message-weight.js';

/** A result without what differs from run to run. */
export type Found = Omit<Result, 'spans' | 'late'>;

/** What a pipeline gave and said of itself. */
export interface RunReport {
  results: Found[];
  info: PipelineInfo;
  stats: PipelineStats;
  phases: PipelinePhase[];
}

/** What is done to a pipeline beside running it. */
export interface RunOptions extends Pick<WebPipelineOptions, 'assetBaseUrl'> {
  /** Files to hand over as `models`: by the path in the definition, the text or the number of bytes that they hold. */
  models?: Record<string, string | number[]>;
  /** Shows the frames on a canvas, too. */
  preview?: boolean;
}

/** Runs a definition to its end. */
export async function runPipeline(
  definition: PipelineDefinitionInput,
  { assetBaseUrl, models = {}, preview }: RunOptions = {},
  workerFactory?: () => Worker,
): Promise<RunReport> {
  const phases: PipelinePhase[] = [];
  const pipeline = await createPipeline(definition, {
    assetBaseUrl,
    workerFactory,
    models: Object.fromEntries(
      Object.entries(models).map(([path, content]) => [
        path,
        new Blob([typeof content === 'string' ? content : new Uint8Array(content)]),
      ]),
    ),
    preview: preview ? document.createElement('canvas') : undefined,
    onProgress: (phase) => phases.push(phase),
  });
  try {
    const results: Found[] = [];
    for await (const { spans: _spans, late: _late, ...found } of pipeline.run()) results.push(found);
    return { results, info: pipeline.info, stats: pipeline.stats, phases };
  } finally {
    await pipeline.close();
  }
}

/** What a function of the package does with a value that is wrong. */
export type Misuse = keyof typeof misuses;

const canvasWith2d = () => {
  const canvas = document.createElement('canvas');
  canvas.getContext('2d');
  return canvas;
};
const kernelsHeader = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const options = (wrong: unknown) => (definition: PipelineDefinitionInput) =>
  createPipeline(definition, wrong as WebPipelineOptions);

const misuses = {
  null: options(null),
  signal: options({ signal: {} }),
  'text as workerFactory': options({ workerFactory: 'x' }),
  'workerFactory without a worker': options({ workerFactory: () => ({}) }),
  'object as preview': options({ preview: {} }),
  'div as preview': (definition: PipelineDefinitionInput) =>
    options({ preview: document.createElement('div') })(definition),
  'preview in use': (definition: PipelineDefinitionInput) => options({ preview: canvasWith2d() })(definition),
  onStream: options({ onStream: 5 }),
  'text as sinks': options({ sinks: 'x' }),
  'number as sink': options({ sinks: [5] }),
  assetBaseUrl: options({ assetBaseUrl: 5 }),
  'text as models': options({ models: 'x' }),
  'text as model': options({ models: { 'x.onnx': 'text' } }),
  'bytes as model': options({ models: { 'x.onnx': new Uint8Array(9) } }),
  'garbage as wasmBinary': options({ wasmBinary: new Uint8Array(99) }),
  'text as wasmBinary': options({ wasmBinary: 'x' }),
  'half a header as wasmBinary': options({ wasmBinary: new Uint8Array(kernelsHeader.slice(0, 6)) }),
  'broken wasmBinary': options({ wasmBinary: new Uint8Array([...kernelsHeader, 99]) }),
  'another module as wasmBinary': options({ wasmBinary: new Uint8Array(kernelsHeader) }),
  'another module inline': (definition: PipelineDefinitionInput) =>
    options({ wasmBinary: new Uint8Array(kernelsHeader) })({ ...definition, execution: 'inline' }),
  websocket: (definition: PipelineDefinitionInput) =>
    createPipeline({ ...definition, sinks: [{ type: 'websocket', url: '::::' }] }),
  'function in a definition': (definition: PipelineDefinitionInput) =>
    createPipeline({ ...definition, source: { type: 'module', url: 'x.js', options: { each() {} } } }),
  'object as canvas': async () => createOverlay({} as HTMLCanvasElement),
  'nothing as canvas': async () => createOverlay(null as unknown as HTMLCanvasElement),
};

/** Does it, and gives the error. */
export async function misuse(how: Misuse, definition: PipelineDefinitionInput): Promise<SerializedError | undefined> {
  try {
    const made = await misuses[how](definition);
    await made.close?.();
    return undefined;
  } catch (error) {
    return serializeError(error);
  }
}

/** Runs a definition and shows its frames. @returns px of the picture shown last, as red, green, blue and alpha. */
export async function previewOf(definition: PipelineDefinitionInput): Promise<number[]> {
  const preview = document.createElement('canvas');
  const pipeline = await createPipeline(definition, { preview });
  try {
    for await (const _ of pipeline.run());
  } finally {
    await pipeline.close();
  }
  if (pipeline.stats.openFrames > 0) throw new Error('a frame is open');
  const { width, height } = preview;
  const context = new OffscreenCanvas(width, height).getContext('2d') as OffscreenCanvasRenderingContext2D;
  context.drawImage(preview, 0, 0);
  return [...context.getImageData(0, 0, width, height).data];
}

/** What a camera gave, and whether it was let go. */
export interface CameraReport {
  frames: number;
  size: [width: number, height: number];
  source: string;
  copies: readonly string[];
  openFrames: number;
  tracks: string[];
  error?: SerializedError;
}

/** Runs a definition on a camera, and pulls its plug after some results, or closes the pipeline after as many. */
export async function runCamera(definition: PipelineDefinitionInput, count: number, unplug: boolean) {
  let stream: MediaStream | undefined;
  const pipeline = await createPipeline(definition, {
    onStream: (opened) => {
      stream = opened;
    },
  });
  const tracks = stream?.getVideoTracks() ?? [];
  const report: CameraReport = { frames: 0, size: [0, 0], source: '', copies: [], openFrames: -1, tracks: [] };
  try {
    for await (const { width, height } of pipeline.run()) {
      report.size = [width, height];
      if (++report.frames < count) continue;
      if (unplug) tracks[0].dispatchEvent(new Event('ended'));
      else await pipeline.close();
    }
  } catch (error) {
    report.error = serializeError(error);
  }
  await pipeline.close();
  report.source = pipeline.info.source.type;
  report.copies = pipeline.info.copies;
  report.openFrames = pipeline.stats.openFrames;
  report.tracks = tracks.map(({ readyState }) => readyState);
  return report;
}

/** How an abort went. */
export interface AbortReport {
  /** Whether the very reason came back. */
  same: boolean;
  reason: string;
  /** Results before it. */
  results: number;
  /** Workers started, and how many of them were ended. */
  workers: number;
  ended: number;
  /** ms from the abort to the rejection. */
  tookMs: number;
}

/**
 * Aborts a pipeline: while it gets ready, in a phase; or while it runs, after some results.
 * @param when the phase, or the number of results.
 */
export async function abortPipeline(
  definition: PipelineDefinitionInput,
  when: PipelinePhase | 'before' | number,
): Promise<AbortReport> {
  const reason = new Error('changed my mind');
  const controller = new AbortController();
  let abortedAt = 0;
  const abort = () => {
    abortedAt = performance.now();
    controller.abort(reason);
  };
  const watched = watchWorkers();
  if (when === 'before') abort();
  let results = 0;
  const error = await (async () => {
    const { signal } = controller;
    const onProgress = (phase: PipelinePhase) => phase === when && abort();
    const pipeline = await createPipeline(definition, { signal, onProgress });
    try {
      for await (const _ of pipeline.run({ signal })) if (++results === when) abort();
    } finally {
      await pipeline.close();
    }
  })().catch((thrown: unknown) => thrown);
  const tookMs = performance.now() - abortedAt;
  const message = error instanceof Error ? error.message : 'no error';
  return { same: error === reason, reason: message, results, tookMs, ...watched.counts() };
}

/** A pipeline with an AbortError of the browser's own. @returns its name. */
export async function abortWithout(definition: PipelineDefinitionInput): Promise<string> {
  const controller = new AbortController();
  const pipeline = await createPipeline(definition, { signal: controller.signal });
  try {
    for await (const _ of pipeline.run({ signal: controller.signal })) controller.abort();
    return 'no error';
  } catch (error) {
    return (error as DOMException).name;
  } finally {
    await pipeline.close();
  }
}

function watchWorkers() {
  const started = new Set<Worker>();
  const gone = new Set<Worker>();
  const { postMessage, terminate } = Worker.prototype;
  Worker.prototype.postMessage = function (...args: unknown[]) {
    started.add(this);
    return Reflect.apply(postMessage, this, args);
  };
  Worker.prototype.terminate = function () {
    gone.add(this);
    return terminate.call(this);
  };
  return {
    counts() {
      Object.assign(Worker.prototype, { postMessage, terminate });
      return { workers: started.size, ended: [...started].filter((worker) => gone.has(worker)).length };
    },
  };
}

/** What crossed between a page and its worker, either way. */
export interface Traffic extends MessageWeight {
  messages: number;
}

/** Runs a definition with a worker that watches what it sends, in a page that does the same. */
export async function watchTraffic(
  definition: PipelineDefinitionInput,
  options?: RunOptions,
): Promise<{ traffic: Traffic; report: RunReport }> {
  const channel = new BroadcastChannel('traffic');
  const traffic: Traffic = { messages: 0, copied: [], transferred: [] };
  const note = ({ copied, transferred }: MessageWeight) => {
    traffic.messages++;
    traffic.copied.push(...copied);
    traffic.transferred.push(...transferred);
  };
  channel.onmessage = ({ data }) => note(data);
  const report = await runPipeline(definition, options, () => {
    const worker = new Worker(new URL('../watching-worker.ts', import.meta.url), { type: 'module' });
    const post = worker.postMessage.bind(worker);
    worker.postMessage = (message: unknown, transfer?: Transferable[] | StructuredSerializeOptions) => {
      note(weigh(message, Array.isArray(transfer) ? transfer : (transfer?.transfer ?? [])));
      post(message, transfer as Transferable[]);
    };
    return worker;
  });
  // Notes travel apart from what they tell of.
  await new Promise((resolve) => setTimeout(resolve, 200));
  channel.close();
  return { traffic, report };
}
