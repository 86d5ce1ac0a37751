import { rename, rm } from 'node:fs/promises';
import { SinkError } from '../core/error.js';
import { FfmpegProcess, ffmpegMissing, runFfmpegTool } from '../core/ffmpeg.node.js';
import { writeFailure } from './write-failure.node.js';

// The longest standstill that is shown as one, in seconds: a gap in the times must not fill the disk.
const longestStandstill = 10;

/**
 * Writes RGB frames of one size as an MP4 through an ffmpeg on the PATH, at a constant rate: a frame is repeated until
 * the next one is due, so that the video keeps the time of its frames. The file has its name only once it is whole.
 */
export class VideoWriter {
  readonly #path: string;
  readonly #frameRate: number;
  readonly #width: number;
  readonly #height: number;
  readonly #process: FfmpegProcess;
  #written = 0;
  #first: number | undefined;
  #pending: { rgb: Uint8Array; due: number } | undefined;

  private constructor(path: string, width: number, height: number, frameRate: number, process: FfmpegProcess) {
    this.#path = path;
    this.#width = width;
    this.#height = height;
    this.#frameRate = frameRate;
    this.#process = process;
    // Told by the exit and its last words; unheard, it would end this process.
    process.child.stdin?.on('error', () => {});
  }

  /** @throws {UnsupportedError} ERR_UNSUPPORTED no ffmpeg on the PATH. */
  static async open(path: string, width: number, height: number, frameRate: number): Promise<VideoWriter> {
    const { stdout } = await runFfmpegTool('ffmpeg', ['-v', 'error', '-encoders'], `writing ${path}`);
    const x264 = /\blibx264\b/.test(stdout);
    const process = new FfmpegProcess(
      'ffmpeg',
      [
        ...['-hide_banner', '-v', 'error', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${width}x${height}`],
        ...['-r', String(frameRate), '-i', 'pipe:0', '-an'],
        // 4:2:0 needs even sides. Players take BT.709 for granted in pictures of this kind, so it is what is written.
        ...['-vf', 'pad=ceil(iw/2)*2:ceil(ih/2)*2,scale=out_color_matrix=bt709:out_range=tv', '-pix_fmt', 'yuv420p'],
        ...['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv'],
        ...(x264 ? ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '20'] : ['-q:v', '3']),
        ...['-movflags', '+faststart', '-f', 'mp4', '-y', `file:${path}.part`],
      ],
      ['pipe', 'ignore', 'pipe'],
    );
    return new VideoWriter(path, width, height, frameRate, process);
  }

  /**
   * Adds a frame. @param rgb Tight rows; kept until the next call. @param timestamp Its time in µs.
   * @throws {SinkError} ERR_SINK another size, or the encoder failed.
   */
  async write(rgb: Uint8Array, width: number, height: number, timestamp: number): Promise<void> {
    if (width !== this.#width || height !== this.#height) {
      throw new SinkError({
        subject: this.#path,
        expected: `frames of ${this.#width} × ${this.#height} px, as the first one`,
        received: `one of ${width} × ${height} px`,
      });
    }
    this.#first ??= timestamp;
    const due = Math.round(((timestamp - this.#first) * this.#frameRate) / 1e6);
    if (this.#pending) await this.#fillUntil(due);
    this.#pending = { rgb, due };
  }

  /** Finishes the file. @throws {SinkError} ERR_SINK */
  async close(): Promise<void> {
    try {
      if (this.#pending) await this.#fillUntil(this.#pending.due + 1);
      this.#process.child.stdin?.end();
      const { code } = await this.#process.ended;
      if (code !== 0) throw this.#failure();
      await rename(`${this.#path}.part`, this.#path);
    } catch (cause) {
      await this.discard();
      throw writeFailure(this.#path, cause);
    }
  }

  /** Ends the encoder and removes what it wrote. */
  async discard(): Promise<void> {
    await this.#process.close();
    await rm(`${this.#path}.part`, { force: true }).catch(() => {});
  }

  // Repeats the frame at hand until the next one is due; one that is due at the same time takes its place.
  async #fillUntil(due: number): Promise<void> {
    const pending = this.#pending;
    this.#pending = undefined;
    const last = Math.min(due, this.#written + Math.ceil(longestStandstill * this.#frameRate));
    while (pending && this.#written < last) {
      await this.#send(pending.rgb);
      this.#written++;
    }
    this.#written = Math.max(this.#written, due);
  }

  async #send(rgb: Uint8Array): Promise<void> {
    const { stdin } = this.#process.child;
    const written = new Promise<boolean>((resolve) => {
      stdin?.write(rgb, (error) => resolve(!error));
    });
    const ended = this.#process.ended.then(() => false);
    if (await Promise.race([written, ended])) return;
    const { spawnError } = await this.#process.ended;
    if (spawnError) throw ffmpegMissing('ffmpeg', `writing ${this.#path}`, spawnError);
    throw this.#failure();
  }

  #failure(): SinkError {
    const { errors } = this.#process;
    const full = errors.some((line) => line.includes('No space left'));
    return new SinkError({
      subject: this.#path,
      expected: 'a video that ffmpeg can write',
      received: full ? 'a full disk' : `what ffmpeg calls "${(errors.at(-1) ?? 'no reason given').slice(0, 200)}"`,
      remedy: full ? 'Free some space, or write somewhere else.' : undefined,
      details: { errors },
    });
  }
}
