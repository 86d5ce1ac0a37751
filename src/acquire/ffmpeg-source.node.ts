import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { SourceError } from '../core/error.js';
import { FfmpegProcess, ffmpegMissing } from '../core/ffmpeg.node.js';
import type { Frame } from '../core/frame.js';
import type { FrameAllocator } from '../core/frame-pool.js';
import { readFailure } from './file-error.node.js';
import { FrameTimes, printFrameTimes } from './frame-times.node.js';
import { closedSource } from './pictures-source.node.js';
import { PipeReader } from './pipe-reader.node.js';
import { lastError, probeVideo, type VideoProbe } from './probe-video.node.js';
import type { FrameSource, SourceInfo } from './source.js';

// Complaints of demuxers that end a file early and still report success.
const endedEarly = /prematurely|partial file|truncat/i;

/**
 * Any video file that the ffmpeg on the PATH can read, first video stream, decoded in a process of its own.
 * Output: RGB, upright (rotation metadata applied), as `ffmpeg -i FILE -pix_fmt rgb24` gives it, every decoded frame
 * once. Timestamps are the file's presentation times in µs, relative to its start. Frames wait in the pipe, not in
 * memory. Local files only: no other protocol is opened.
 */
export class FfmpegSource implements FrameSource {
  readonly info: SourceInfo;
  readonly #path: string;
  readonly #url: string;
  readonly #probe: VideoProbe;
  readonly #process: FfmpegProcess;
  readonly #pixels: PipeReader;
  readonly #times: FrameTimes;
  #next = 0;
  #ended = false;
  #closed = false;
  #failure: unknown;

  private constructor(path: string, url: string, probe: VideoProbe, process: FfmpegProcess) {
    this.#path = path;
    this.#url = url;
    this.#probe = probe;
    this.#process = process;
    this.#pixels = new PipeReader(process.child.stdout as Readable);
    this.#times = new FrameTimes(new PipeReader(process.child.stdio[3] as Readable));
    const { width, height, frameRate, frameCount } = probe;
    this.info = { type: 'video', width, height, endless: false };
    if (frameRate) this.info.frameRate = frameRate;
    if (frameCount) this.info.frameCount = frameCount;
  }

  /**
   * @throws {SourceError} ERR_SOURCE missing, no video, damaged from the start.
   * @throws {UnsupportedError} ERR_UNSUPPORTED ffmpeg or ffprobe is not on the PATH.
   */
  static async open(path: string): Promise<FfmpegSource> {
    const found = await stat(path).catch((cause) => {
      throw readFailure(path, 'a video', cause);
    });
    if (!found.isFile()) throw new SourceError({ subject: path, expected: 'a video file', received: 'no file' });
    // The scheme keeps names like `http:x` or `-i` from being anything but names.
    const url = `file:${resolve(path)}`;
    const probe = await probeVideo(path, url);
    const args = [
      ...['-nostdin', '-hide_banner', '-v', 'error', '-xerror', '-protocol_whitelist', 'file,pipe', '-i', url],
      ...['-map', '0:v:0', '-vf', printFrameTimes, ...everyFrameOnce(probe.toolVersion)],
      // The size keeps a stream that changes its own from breaking the frames apart.
      ...['-s', `${probe.width}x${probe.height}`, '-f', 'rawvideo', '-pix_fmt', 'rgb24', 'pipe:1'],
    ];
    const process = new FfmpegProcess('ffmpeg', args, ['ignore', 'pipe', 'pipe', 'pipe']);
    return new FfmpegSource(path, url, probe, process);
  }

  async read(allocator: FrameAllocator, signal: AbortSignal): Promise<Frame | undefined> {
    return this.#guard(async () => {
      const time = await this.#times.next(signal);
      if (time === undefined) return this.#end(signal);
      const { width, height, frameRate } = this.#probe;
      const id = this.#next;
      const frame = allocator.allocate({
        id,
        // A frame without a time stands where the rate puts it.
        timestamp: time ?? Math.round((id * 1e6) / (frameRate ?? 25)),
        format: 'RGB',
        codedWidth: width,
        codedHeight: height,
        source: basename(this.#path),
      });
      try {
        const filled = await this.#pixels.fill(frame.data, signal);
        if (filled < frame.data.length) return await this.#end(signal);
        this.#next++;
        return frame;
      } finally {
        if (this.#next === id) frame.close();
      }
    }, signal);
  }

  async skip(count: number, signal: AbortSignal): Promise<number> {
    return this.#guard(async () => {
      const frameBytes = this.#probe.width * this.#probe.height * 3;
      let passed = 0;
      for (; passed < count; passed++, this.#next++) {
        const time = await this.#times.next(signal);
        if (time === undefined || (await this.#pixels.fill(frameBytes, signal)) < frameBytes) {
          await this.#end(signal);
          break;
        }
      }
      return passed;
    }, signal);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#process.close();
  }

  // One failure or abort is the last word: the pipe stands somewhere inside a frame then.
  async #guard<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    if (this.#closed) throw closedSource(this.#path);
    if (this.#failure) throw this.#failure;
    try {
      return await work();
    } catch (cause) {
      const closed = this.#closed && !signal.aborted;
      this.#failure = signal.aborted ? signal.reason : closed ? closedSource(this.#path) : cause;
      await this.#process.close();
      throw this.#failure;
    }
  }

  // The pipe has ended: with the video, or with a complaint.
  async #end(signal: AbortSignal): Promise<undefined> {
    if (this.#ended) return undefined;
    // One pipe has ended; the other may hold the rest of a frame that never became whole.
    this.#process.drain();
    const { code, spawnError } = await this.#process.ended;
    signal.throwIfAborted();
    if (spawnError) throw ffmpegMissing('ffmpeg', `reading ${this.#path}`, spawnError);
    const { errors } = this.#process;
    const early = errors.find((line) => endedEarly.test(line));
    if (code !== 0 || early) {
      throw new SourceError({
        subject: this.#path,
        expected: 'a whole video',
        received: `what ffmpeg calls "${early ?? lastError(errors, this.#url)}" after ${this.#next} frames`,
        remedy: 'The frames before it are good; the file is damaged or cut off.',
        details: { frames: this.#next, exitCode: code, errors },
      });
    }
    this.#ended = true;
    return undefined;
  }
}

/** The option that gives every frame once: `-vsync` became `-fps_mode` in FFmpeg 5.1. */
export function everyFrameOnce(version: string): string[] {
  const [, major, minor] = /^n?(\d+)\.(\d+)/.exec(version) ?? [];
  const old = major !== undefined && (Number(major) < 5 || (Number(major) === 5 && Number(minor) < 1));
  return [old ? '-vsync' : '-fps_mode', 'passthrough'];
}
