import type { PipelineDefinitionInput } from '../../../../src/core/definition.js';
import {
  createOverlay,
  createPipeline,
  type Pipeline,
  type PipelineInfo,
  type PipelineStats,
} from '../../../../src/index.web.js';

/** How a run is watched. */
export interface RunOptions {
  /** Shows frames on a canvas of the page, as the kiosk does for sources without an element of their own. */
  preview?: boolean;
  /** Puts something before the worker: a clock on its messages, or a census of what it holds. */
  worker?: 'timed' | 'census';
}

/** What a run has been like since it began. */
export interface RunFigures {
  info: PipelineInfo;
  stats: PipelineStats;
  /** Tasks of the page of 50 ms and more, in ms. */
  longTasks: number[];
  /** Latency of the frames since the figures were last asked for, in ms. */
  totals: number[];
  /**
   * What crossing to the worker and back added to each frame, in ms; both ways, and the way back alone. Beside it, how long
   * the worker could not hear the page because it was at work on another frame.
   */
  hops: { round: number[]; back: number[]; wait: number[] };
}

/** Times that the timed worker adds to its answers, in ms of `performance.now()` there; `before` is its last answer. */
interface Timed {
  data?: { id?: string; timed?: { before: number; received: number; replied: number; origin: number } };
}

let running:
  | { pipeline: Pipeline; controller: AbortController; ended: Promise<unknown>; figures(): RunFigures }
  | undefined;

/** Opens a pipeline in this page with picture and overlay, as the kiosk does, and lets it run. */
export async function start(definition: PipelineDefinitionInput, options: RunOptions = {}): Promise<PipelineInfo> {
  const screen = show();
  const hops: RunFigures['hops'] = { round: [], back: [], wait: [] };
  const overlay = createOverlay(screen.overlay, { picture: options.preview ? screen.canvas : screen.video });
  const pipeline = await createPipeline(definition, {
    sinks: [overlay],
    ...(options.preview ? { preview: screen.canvas } : {}),
    ...(options.worker === 'timed' ? { workerFactory: () => timedWorker(hops) } : {}),
    ...(options.worker === 'census' ? { workerFactory: censusWorker } : {}),
    onStream(stream) {
      screen.video.srcObject = stream;
    },
  });
  const longTasks: number[] = [];
  const totals: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longTasks.push(duration);
  });
  observer.observe({ type: 'longtask' });
  const controller = new AbortController();
  const run = async () => {
    for await (const { items, spans } of pipeline.run({ signal: controller.signal })) {
      screen.count(items.length);
      totals.push(spans.total);
    }
  };
  const ended = run()
    .catch((error) => {
      if (!controller.signal.aborted) throw error;
    })
    .finally(async () => {
      observer.disconnect();
      await pipeline.close();
      screen.clear();
    });
  ended.catch(() => {});
  const figures = () => ({ info: pipeline.info, stats: pipeline.stats, longTasks, totals: totals.splice(0), hops });
  running = { pipeline, controller, ended, figures };
  return pipeline.info;
}

/** Figures of the run so far. Fails where the run has ended by itself. */
export function figures(): RunFigures {
  if (!running) throw new Error('nothing runs');
  return running.figures();
}

/** Waits until so many frames were processed. */
export async function processed(frames: number): Promise<void> {
  const { ended, pipeline } = running ?? fail();
  let over = false;
  ended.then(
    () => {
      over = true;
    },
    () => {
      over = true;
    },
  );
  while (pipeline.stats.frames < frames) {
    if (over) await ended.then(fail);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Ends the run; gives its last figures. */
export async function stop(): Promise<RunFigures> {
  const { controller, ended, figures: last } = running ?? fail();
  controller.abort(new Error('stopped'));
  await ended;
  running = undefined;
  return last();
}

/** Opens a pipeline, processes some frames and closes it; again and again. @returns states of the camera tracks it had. */
export async function openAndClose(
  definition: PipelineDefinitionInput,
  times: number,
  frames: number,
): Promise<string[]> {
  const tracks: MediaStreamTrack[] = [];
  for (let i = 0; i < times; i++) {
    const screen = show();
    const pipeline = await createPipeline(definition, {
      sinks: [createOverlay(screen.overlay, { picture: screen.canvas })],
      preview: screen.canvas,
      onStream: (stream) => tracks.push(...stream.getTracks()),
    });
    let left = frames;
    for await (const _ of pipeline.run()) {
      if (--left <= 0) break;
    }
    await pipeline.close();
    screen.clear();
    if (pipeline.stats.openFrames > 0) throw new Error(`${pipeline.stats.openFrames} frames are open after close()`);
  }
  return tracks.map(({ readyState }) => readyState);
}

function fail(): never {
  throw new Error('the run has ended');
}

function show() {
  const stage = document.createElement('div');
  stage.style.cssText = 'position: relative; width: 1280px; height: 720px';
  const fill = 'position: absolute; inset: 0; width: 100%; height: 100%';
  const [canvas, overlay] = [document.createElement('canvas'), document.createElement('canvas')];
  const video = document.createElement('video');
  video.muted = true;
  video.autoplay = true;
  const text = document.createElement('output');
  for (const element of [canvas, video, overlay]) element.style.cssText = fill;
  stage.append(video, canvas, overlay, text);
  document.body.append(stage);
  let found = 0;
  return {
    canvas,
    video,
    overlay,
    count(items: number) {
      found += items;
      text.textContent = `${found}`;
    },
    clear() {
      video.srcObject = null;
      stage.remove();
    },
  };
}

/** Our worker, taking a census of itself. */
function censusWorker(): Worker {
  return new Worker(new URL('../census-worker.ts', import.meta.url), { type: 'module', name: 'census' });
}

/** Our worker behind a clock at each end of the channel. */
function timedWorker(hops: RunFigures['hops']): Worker {
  const worker = new Worker(new URL('../timed-worker.ts', import.meta.url), { type: 'module', name: 'timed' });
  const sent = new Map<string, number>();
  const post = worker.postMessage.bind(worker) as (message: unknown, transfer?: Transferable[]) => void;
  worker.postMessage = (message: { id?: string; path?: string[] }, transfer?: unknown) => {
    if (message.id && message.path?.[0] === 'next') sent.set(message.id, performance.now());
    post(message, transfer as Transferable[]);
  };
  worker.addEventListener('message', ({ data }: Timed) => {
    const came = performance.now();
    const { id, timed } = data ?? {};
    const began = id && sent.get(id);
    if (!id || !timed || !began) return;
    sent.delete(id);
    // Asked while it worked, it heard once it had answered for the other frame.
    const wait = Math.max(0, timed.before + timed.origin - began - performance.timeOrigin);
    hops.wait.push(wait);
    hops.round.push(came - began - wait - (timed.replied - timed.received));
    hops.back.push(came + performance.timeOrigin - timed.replied - timed.origin);
  });
  return worker;
}
