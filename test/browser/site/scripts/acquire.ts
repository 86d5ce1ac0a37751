import { createSource as createWebSource } from '../../../../src/acquire/create-source.web.js';
import { listCameras } from '../../../../src/acquire/list-cameras.web.js';
import type { MediaCounters, MediaRoute, MediaState } from '../../../../src/acquire/media-channel.js';
import {
  type Media,
  type MediaDefinition,
  type OpenedMedia,
  openMedia,
} from '../../../../src/acquire/open-media.web.js';
import type { MediaHealth, MediaSettings } from '../../../../src/acquire/opened-media.web.js';
import type { SourceInfo } from '../../../../src/acquire/source.js';
import { sha256 } from '../../../../src/bundle/sha256.js';
import type { SourceDefinition } from '../../../../src/core/definition.js';
import { type SerializedError, serializeError } from '../../../../src/core/error.js';
import { FramePool } from '../../../../src/core/frame-pool.js';
import type { FrameFault } from '../../../../src/core/result.js';

export { listCameras };

/** What a reader does next. */
export type Step =
  | { read: number }
  | { pixels: true }
  | { skip: number }
  | { wait: number }
  | { block: number }
  | { grow: number }
  | { leak: true };

/** One frame, as its reader saw it. */
export interface FrameReport {
  id: number;
  timestamp: number;
  captureTime: number | undefined;
  format: string;
  codedWidth: number;
  codedHeight: number;
  /** A checksum of all bytes. */
  sum: number;
  arrived: number;
}

/** What a reader saw in all. */
export interface ReaderReport {
  info: SourceInfo;
  frames: FrameReport[];
  state: MediaState;
  counters: MediaCounters;
  /** After the source was closed. */
  open: { frames: number; videoFrames: number };
  buffers: number;
  ended?: boolean;
  error?: SerializedError;
  faults: FrameFault[];
  /** The last frame of a step `pixels`, in base64. */
  pixels?: string;
}

/** What the page saw beside its reader. */
export interface CaptureReport extends ReaderReport {
  route: MediaRoute;
  settings: MediaSettings;
  health: MediaHealth[];
  end: { reason: string; error?: SerializedError } | undefined;
  tracks: string[];
}

/** What a test wants done in the page while the reader reads. */
export interface CaptureOptions {
  /** Globals that are taken away first, as if the browser had none. */
  without?: string[];
  /** When the reader comes to this step (by number, from 0), this is done. */
  at?: number;
  act?: 'close' | 'reconnect' | 'pause' | 'hide' | 'rewind' | 'to-end';
  /** Calls the collector before the end. */
  collect?: boolean;
}

/** Opens a camera or a screen and lets a worker read it. */
export function capture(definition: MediaDefinition, steps: Step[], options: CaptureOptions = {}) {
  return captureMedia(definition, undefined, steps, options);
}

/** Reads a canvas of 40 × 30 px with a known picture, on the page or off it, or the stream of one. */
export async function captureCanvas(kind: 'canvas' | 'offscreen' | 'stream', steps: Step[], options?: CaptureOptions) {
  const canvas = kind === 'offscreen' ? new OffscreenCanvas(40, 30) : document.createElement('canvas');
  canvas.width = 40;
  canvas.height = 30;
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  const draw = () => {
    for (const [i, colour] of ['#ff0000', '#00ff00', '#0000ff', '#808080'].entries()) {
      context.fillStyle = colour;
      context.fillRect((i & 1) * 20, (i >> 1) * 15, 20, 15);
    }
  };
  draw();
  const timer = setInterval(draw, 20);
  const media = kind === 'stream' ? (canvas as HTMLCanvasElement).captureStream(30) : canvas;
  try {
    return await captureMedia({ type: 'media' }, media, steps, options);
  } finally {
    clearInterval(timer);
  }
}

/** Reads a film of this origin in a `<video>`. */
export async function captureVideo(url: string, steps: Step[], options: CaptureOptions & { loop?: boolean } = {}) {
  const video = document.createElement('video');
  video.muted = true;
  video.loop = options.loop ?? false;
  // A server without ranges lets nobody wind.
  video.src = URL.createObjectURL(await (await fetch(url)).blob());
  document.body.append(video);
  const opening = captureMedia({ type: 'media' }, video, steps, options);
  await video.play().catch(() => {});
  try {
    return await opening;
  } finally {
    video.remove();
  }
}

/** Opens the front camera as a `<video>` and reads that. */
export async function captureVideoOfStream(steps: Step[], options?: CaptureOptions) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: true });
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = stream;
  await video.play();
  const report = await captureMedia({ type: 'media' }, video, steps, options);
  const alive = stream.getVideoTracks()[0].readyState;
  for (const track of stream.getTracks()) track.stop();
  return { ...report, alive };
}

async function captureMedia(
  definition: MediaDefinition,
  given: Media | undefined,
  steps: Step[],
  { without = [], at = -1, act, collect }: CaptureOptions = {},
): Promise<CaptureReport> {
  for (const name of without) Object.defineProperty(globalThis, name, { value: undefined, configurable: true });
  const media = await openMedia(definition, given);
  const health: MediaHealth[] = [];
  media.onHealth = (each) => health.push(each);
  let end: CaptureReport['end'];
  media.ended.then(({ reason, error }) => {
    end = { reason, ...(error ? { error: serializeError(error) } : {}) };
  });
  const video = () => given as HTMLVideoElement;
  let reader = new Worker(new URL('../acquire-worker.ts', import.meta.url), { type: 'module' });
  const report = await new Promise<ReaderReport>((resolve, reject) => {
    let step = -1;
    const listen = (worker: Worker) => {
      worker.onerror = (event) => reject(new Error(event.message));
      worker.onmessage = ({ data }) => {
        if ('frames' in data) resolve(data);
        else if (++step === at) act_();
      };
    };
    const act_ = () => {
      if (act === 'close') media.close();
      if (act === 'hide') hideFor(1500);
      if (act === 'pause') video().pause();
      if (act === 'pause') setTimeout(() => video().play(), 1500);
      if (act === 'rewind') video().currentTime = 0;
      if (act === 'to-end') video().currentTime = video().duration - 0.3;
      if (act === 'reconnect') {
        reader.terminate();
        reader = new Worker(new URL('../acquire-worker.ts', import.meta.url), { type: 'module' });
        listen(reader);
        start(media.connect());
      }
    };
    const start = (port: MessagePort) => reader.postMessage({ port, steps }, [port]);
    listen(reader);
    start(media.frames);
  });
  const tracks = () => media.stream?.getTracks().map(({ readyState }) => readyState) ?? [];
  media.close();
  reader.terminate();
  await media.ended;
  if (collect) await collectGarbage();
  return { ...report, route: media.route, settings: media.settings, health, end, tracks: tracks() };
}

// What a hidden tab does: it says so, and no video is presented. Headless browsers have no tabs to hide.
function hideFor(ms: number): void {
  const prototype = HTMLVideoElement.prototype;
  const { requestVideoFrameCallback } = prototype;
  const held: (() => void)[] = [];
  Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
  prototype.requestVideoFrameCallback = function (callback) {
    held.push(() => requestVideoFrameCallback.call(this, callback));
    return 0;
  };
  setTimeout(() => {
    Reflect.deleteProperty(document, 'visibilityState');
    prototype.requestVideoFrameCallback = requestVideoFrameCallback;
    for (const again of held) again();
  }, ms);
}

async function collectGarbage(): Promise<void> {
  const { gc } = globalThis as { gc?: (options?: unknown) => Promise<void> };
  for (let i = 0; i < 3; i++) await gc?.({ execution: 'async', type: 'major' });
  await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Opens and closes, for what it throws. */
export async function open(definition: MediaDefinition, media?: 'nothing' | 'silence'): Promise<MediaSettings> {
  let given: Media | undefined;
  if (media === 'silence') given = new MediaStream();
  const opened = await openMedia(definition, given);
  opened.close();
  return opened.settings;
}

/** Opens with a signal that is aborted at once, or was before; gives what was thrown and whether a track went on. */
export async function abortOpening(before: boolean): Promise<{ reason: string; live: number }> {
  const { mediaDevices } = navigator;
  const streams: MediaStream[] = [];
  const original = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (constraints) => {
    const stream = await original(constraints);
    streams.push(stream);
    return stream;
  };
  const controller = new AbortController();
  if (before) controller.abort(new Error('not now'));
  const opening = openMedia({ type: 'camera' }, undefined, controller.signal);
  controller.abort(new Error('not now'));
  const reason = await opening.then(
    (media: OpenedMedia) => `opened ${media.route}`,
    (error: Error) => error.message,
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  return { reason, live: streams.filter(({ active }) => active).length };
}

/** Opens a camera, reads a frame and closes it, again and again. @returns bytes of the heap, after every tenth time. */
export async function openAndClose(times: number): Promise<number[]> {
  const heap: number[] = [];
  const pool = new FramePool();
  for (let i = 1; i <= times; i++) {
    const media = await openMedia({ type: 'camera' });
    const source = await createWebSource({ type: 'camera' }, { baseUrl: location.href, frames: media.frames });
    const frame = await source.read(pool, new AbortController().signal);
    if (!frame || 'error' in frame) throw new Error('no frame');
    frame.close();
    await source.close();
    media.close();
    await media.ended;
    if (i % 10 > 0) continue;
    await collectGarbage();
    heap.push((performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize);
  }
  if (pool.openFrames > 0 || pool.buffersMade > 1) throw new Error('frames are open');
  return heap;
}

/** Reads all frames of a source: red, green and blue of each as a hash, or its fault. */
export async function readAll(definition: SourceDefinition): Promise<(Record<string, unknown> | FrameFault)[]> {
  const source = await createWebSource(definition, { baseUrl: globalThis.location.origin });
  const pool = new FramePool();
  const { signal } = new AbortController();
  const found: (Record<string, unknown> | FrameFault)[] = [];
  for (;;) {
    const frame = await source.read(pool, signal);
    if (!frame) break;
    if ('error' in frame) {
      found.push(frame);
      continue;
    }
    const { id, timestamp, source: name, codedWidth, codedHeight, format, data } = frame;
    found.push({ id, timestamp, name, codedWidth, codedHeight, format, rgb: await sha256(toRgb(format, data)) });
    frame.close();
  }
  await source.close();
  if (pool.openFrames > 0) throw new Error(`${pool.openFrames} frames are open`);
  return found;
}

function toRgb(format: string, data: Uint8Array): Uint8Array {
  if (format === 'RGB') return data.slice();
  const rgb = new Uint8Array((data.length / 4) * 3);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) rgb.set(data.subarray(from, from + 3), to);
  return rgb;
}
