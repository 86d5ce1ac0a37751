import type { Readable } from 'node:stream';
import { sleep } from '../core/abort.js';
import { now } from '../core/clock.js';
import { ReflexarcError, SourceError } from '../core/error.js';
import { FfmpegProcess, ffmpegMissing, runFfmpegTool } from '../core/ffmpeg.node.js';
import type { Frame } from '../core/frame.js';
import type { FrameAllocator } from '../core/frame-pool.js';
import { everyFrameOnce } from './ffmpeg-source.node.js';
import { FrameTimes, printFrameTimes } from './frame-times.node.js';
import { FreezeWatch } from './freeze-watch.js';
import { PipeReader } from './pipe-reader.node.js';
import type { FrameSource, SourceInfo } from './source.js';
import { videoDeviceFailure } from './video-device-failure.js';

/** How a video device is opened. */
export interface VideoDeviceSettings {
  /** Its path, e.g. `/dev/video0`. */
  path: string;
  width: number;
  height: number;
  frameRate: number;
  /** What the camera sends, by ffmpeg's name: `mjpeg`, `yuyv422`, `h264` …; the driver's choice where it is left out. */
  inputFormat?: string;
}

/** What becomes of a device while it is read; with `lost`, an error says why, and another one when that changes. */
export type VideoDeviceNews = 'stalled' | 'lost' | 'frozen' | 'resumed';

/** Who hears of it. */
export type VideoDeviceListener = (news: VideoDeviceNews, error?: Error) => void;

/** The newest picture of a device. */
interface Picture {
  /** Counts the pictures since the device was first opened, from 1. */
  sequence: number;
  /** ms of the shared clock. */
  captureTime: number;
  pixels: Uint8Array<ArrayBuffer>;
}

// Longer silence is a stall; after a longer one still the device is opened anew.
const stallPeriods = 5;
const leastStallMs = 2000;
const deadMs = 6000;
const freezeMs = 5000;
const firstWaitMs = 500;
const longestWaitMs = 5000;
// A time of the driver that is further from ours is of another clock.
const plausibleMs = 5000;

/**
 * A V4L2 camera, read through the ffmpeg on the PATH in a process of its own, for any number of readers: the device is open while
 * there are some. The newest picture wins. A camera that is unplugged, or says nothing for some seconds, is opened again
 * with back-off, as long as somebody reads.
 * Output: RGB, as `ffmpeg -f v4l2 -i DEVICE -pix_fmt rgb24` gives it. Capture times are the driver's where they make sense.
 */
export class VideoDevice {
  readonly settings: VideoDeviceSettings;
  readonly #readers = new Set<VideoDeviceReader>();
  #run: { stop: AbortController; ended: Promise<void> } | undefined;
  #picture: Picture | undefined;
  #sequence = 0;
  #state: 'closed' | 'working' | VideoDeviceNews = 'closed';
  #failure: Error | undefined;
  #loss: Error | undefined;
  #lastTime = 0;

  constructor(settings: VideoDeviceSettings) {
    this.settings = settings;
  }

  /** Whether pictures come; `unknown` while nobody reads. */
  get state(): 'unknown' | 'working' | 'lost' {
    if (this.#state === 'closed') return 'unknown';
    return this.#state === 'lost' || this.#state === 'stalled' ? 'lost' : 'working';
  }

  /** What a source on it says of itself. */
  get info(): SourceInfo {
    const { width, height, frameRate } = this.settings;
    return { type: 'camera', width, height, frameRate, endless: true, captureTime: 'driver' };
  }

  /**
   * A source on the device, from its next picture on; the caller closes it.
   * @throws {SourceError} ERR_SOURCE the device cannot be opened, or gives something else than asked for.
   * @throws {UnsupportedError} ERR_UNSUPPORTED ffmpeg is not on the PATH. Rejects with `signal.reason` when aborted.
   */
  async open(onNews: VideoDeviceListener, signal?: AbortSignal): Promise<FrameSource> {
    const reader = new VideoDeviceReader(this, onNews, (closed) => this.#leave(closed));
    this.#readers.add(reader);
    try {
      this.#begin();
      await reader.ready(signal);
      return reader;
    } catch (error) {
      await reader.close();
      throw error;
    }
  }

  /** The newest picture, if it is newer. @throws what the device could not be opened for. */
  newer(than: number): Picture | undefined {
    if (this.#failure) throw this.#failure;
    return this.#picture && this.#picture.sequence > than ? this.#picture : undefined;
  }

  /** Ends all reading. */
  async close(): Promise<void> {
    await Promise.all([...this.#readers].map((reader) => reader.close()));
  }

  #begin(): void {
    if (this.#run) return;
    const stop = new AbortController();
    this.#failure = undefined;
    this.#run = { stop, ended: this.#keepOpen(stop.signal) };
  }

  async #leave(reader: VideoDeviceReader): Promise<void> {
    this.#readers.delete(reader);
    if (this.#readers.size > 0 || !this.#run) return;
    const { stop, ended } = this.#run;
    this.#run = undefined;
    stop.abort();
    await ended;
    if (!this.#run) this.#state = 'closed';
  }

  async #keepOpen(signal: AbortSignal): Promise<void> {
    let waitMs = firstWaitMs;
    let worked = false;
    while (!signal.aborted) {
      const before = this.#sequence;
      const failure = await this.#read(signal).catch((error: Error) => error);
      // Who comes now must not take an old picture for one of now.
      this.#picture = undefined;
      if (signal.aborted) return;
      const gave = this.#sequence > before;
      worked ||= gave;
      if (!worked) {
        // It has never worked: whoever opens it is told why.
        this.#failure = failure;
        this.#run = undefined;
        this.#wakeAll();
        return;
      }
      this.#lose(failure);
      waitMs = gave ? firstWaitMs : Math.min(longestWaitMs, waitMs * 2);
      await sleep(waitMs, signal).catch(() => {});
    }
  }

  // Reads until the device is gone; gives the reason.
  async #read(signal: AbortSignal): Promise<Error> {
    const { width, height, frameRate } = this.settings;
    const process = new FfmpegProcess('ffmpeg', await this.#arguments(), ['ignore', 'pipe', 'pipe', 'pipe']);
    const stop = new AbortController();
    const end = () => stop.abort();
    signal.addEventListener('abort', end, { once: true });
    const stallMs = Math.max(leastStallMs, (stallPeriods * 1000) / frameRate);
    let last = now();
    const watch = setInterval(() => {
      const silentMs = now() - last;
      if (silentMs > deadMs) end();
      else if (silentMs > stallMs && this.#state !== 'closed') this.#enter('stalled');
    }, stallMs / 4);
    const freeze = new FreezeWatch(freezeMs);
    const pixels = new PipeReader(process.child.stdout as Readable);
    const times = new FrameTimes(new PipeReader(process.child.stdio[3] as Readable));
    let spare = new Uint8Array(width * height * 3);
    try {
      for (let first = true; ; first = false) {
        const time = await times.next(stop.signal);
        if (time === undefined) break;
        if ((await pixels.fill(spare, stop.signal)) < spare.length) break;
        if (first) this.#requireAsAsked(process.errors);
        last = now();
        const old = this.#picture?.pixels;
        this.#picture = { sequence: ++this.#sequence, captureTime: this.#captureTime(time, last), pixels: spare };
        spare = old?.length === spare.length ? old : new Uint8Array(spare.length);
        this.#enter(freeze.look(this.#picture.pixels, last) ? 'frozen' : 'working');
        this.#wakeAll();
      }
    } catch (error) {
      if (error instanceof ReflexarcError) return error;
      if (!stop.signal.aborted) throw error;
    } finally {
      clearInterval(watch);
      signal.removeEventListener('abort', end);
      await process.close();
    }
    const { spawnError } = await process.ended;
    if (spawnError) return ffmpegMissing('ffmpeg', `camera ${this.settings.path}`, spawnError);
    return videoDeviceFailure(this.settings.path, process.errors, stop.signal.aborted ? deadMs : undefined);
  }

  async #arguments(): Promise<string[]> {
    const { path, width, height, frameRate, inputFormat } = this.settings;
    version ??= readVersion();
    return [
      ...['-nostdin', '-hide_banner', '-nostats', '-v', 'info', '-copyts', '-f', 'v4l2', '-ts', 'abs'],
      ...(inputFormat === undefined ? [] : ['-input_format', inputFormat]),
      ...['-video_size', `${width}x${height}`, '-framerate', String(frameRate), '-i', path],
      // No frame is held back, doubled or left out on its way.
      ...['-map', '0:v:0', '-vf', printFrameTimes, ...everyFrameOnce(await version), '-flush_packets', '1'],
      ...['-f', 'rawvideo', '-pix_fmt', 'rgb24', 'pipe:1'],
    ];
  }

  // Never before the picture before; at its arrival where the driver's time is none of this clock's.
  #captureTime(timeUs: number | null, arrived: number): number {
    const told = timeUs === null ? Number.NaN : timeUs / 1000;
    const time = Math.abs(arrived - told) < plausibleMs ? Math.min(told, arrived) : arrived;
    this.#lastTime = Math.max(this.#lastTime, time);
    return this.#lastTime;
  }

  // Told anew where it is another reason: one that was plugged in again may be in use, or have another mode.
  #lose(failure: Error): void {
    if (this.#state === 'lost' && failure.message === this.#loss?.message) return;
    this.#loss = failure;
    this.#state = 'lost';
    for (const reader of this.#readers) reader.tell('lost', failure);
  }

  #enter(state: 'working' | Exclude<VideoDeviceNews, 'resumed' | 'lost'>): void {
    if (state === this.#state) return;
    const before = this.#state;
    this.#state = state;
    if (state === 'working') {
      if (before !== 'closed') for (const reader of this.#readers) reader.tell('resumed');
    } else if (!(state === 'stalled' && before === 'lost')) {
      for (const reader of this.#readers) reader.tell(state);
    }
  }

  #wakeAll(): void {
    for (const reader of this.#readers) reader.wake();
  }

  // A driver that cannot do what is asked takes what is nearest, and says so.
  #requireAsAsked(log: readonly string[]): void {
    const changed = log.find((line) => /driver changed the (video from|time per frame)/.test(line));
    if (!changed) return;
    const { path, width, height, frameRate } = this.settings;
    throw new SourceError({
      subject: `camera ${path}`,
      expected: `${width}x${height} px at ${frameRate} per second`,
      received: `another mode: ${changed.replace(/^\[[^\]]*\]\s*/, '')}`,
      remedy: `Declare one that it has: ffmpeg -f v4l2 -list_formats all -i ${path}`,
    });
  }
}

// Found out once; it does not change while a process runs.
let version: Promise<string> | undefined;

async function readVersion(): Promise<string> {
  // What is wrong with the program, opening the device will say.
  const { stdout } = await runFfmpegTool('ffmpeg', ['-version'], 'a camera').catch(() => ({ stdout: '' }));
  return /^ffmpeg version (\S+)/.exec(stdout)?.[1] ?? '';
}

/** One reader's view of a device: ids count its pictures from the first, and what went by unread is missed. */
class VideoDeviceReader implements FrameSource {
  readonly info: SourceInfo;
  readonly #device: VideoDevice;
  readonly #onNews: VideoDeviceListener;
  readonly #onClose: (reader: VideoDeviceReader) => Promise<void>;
  #origin: { sequence: number; time: number } | undefined;
  #last = 0;
  #missed = 0;
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(device: VideoDevice, onNews: VideoDeviceListener, onClose: (reader: VideoDeviceReader) => Promise<void>) {
    this.#device = device;
    this.info = device.info;
    this.#onNews = onNews;
    this.#onClose = onClose;
  }

  get missed(): number {
    return this.#missed;
  }

  tell(news: VideoDeviceNews, error?: Error): void {
    this.#onNews(news, error);
  }

  wake(): void {
    this.#wake?.();
  }

  /** Settles when there is a picture. */
  async ready(signal = new AbortController().signal): Promise<void> {
    await this.#newer(signal);
  }

  async read(allocator: FrameAllocator, signal: AbortSignal): Promise<Frame | undefined> {
    const picture = await this.#newer(signal);
    if (!picture) return undefined;
    const { sequence, captureTime, pixels } = picture;
    // What came before the first reading was missed by nobody.
    this.#missed += this.#origin ? sequence - this.#last - 1 : 0;
    this.#origin ??= { sequence, time: captureTime };
    this.#last = sequence;
    const { width, height } = this.#device.settings;
    const frame = allocator.allocate({
      id: sequence - this.#origin.sequence,
      timestamp: Math.round((captureTime - this.#origin.time) * 1000),
      format: 'RGB',
      codedWidth: width,
      codedHeight: height,
      captureTime,
    });
    // The device writes into it again as soon as this thread is free.
    frame.data.set(pixels);
    return frame;
  }

  async skip(count: number, signal: AbortSignal): Promise<number> {
    for (let passed = 0; passed < count; passed++) {
      const picture = await this.#newer(signal);
      if (!picture) return passed;
      this.#last = picture.sequence;
    }
    return count;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#wake?.();
    await this.#onClose(this);
  }

  async #newer(signal: AbortSignal): Promise<Picture | undefined> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#closed) return undefined;
      const picture = this.#device.newer(this.#last);
      if (picture) return picture;
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#wake = undefined;
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.#wake = wake;
        signal.addEventListener('abort', wake, { once: true });
      });
    }
  }
}
