import type { FrameSource, SourceInfo } from '../acquire/source.js';
import { sleep } from '../core/abort.js';
import { now } from '../core/clock.js';
import type { Frame } from '../core/frame.js';
import type { FrameAllocator } from '../core/frame-pool.js';
import type { FrameFault } from '../core/result.js';

/**
 * Gives the frames of a file or a generator as a camera would: one each frame time, from its first read on, whether
 * anybody takes it or not. What nobody took is passed over and counted in `missed`.
 */
export class PacedCamera implements FrameSource {
  readonly info: SourceInfo;
  readonly #source: FrameSource;
  readonly #periodMs: number;
  readonly #onEnd: () => void;
  #ended = false;
  #began: number | undefined;
  #next = 0;
  #missed = 0;

  /** Takes over a source. @param rate frames per second. @param onEnd called once, when it is asked for a frame after its last. */
  constructor(source: FrameSource, rate: number, onEnd: () => void = () => {}) {
    this.#source = source;
    this.#onEnd = onEnd;
    this.#periodMs = 1000 / rate;
    this.info = { ...source.info, type: 'camera', frameRate: rate, captureTime: 'driver' };
  }

  get missed(): number {
    return this.#missed;
  }

  async read(allocator: FrameAllocator, signal: AbortSignal): Promise<Frame | FrameFault | undefined> {
    this.#began ??= now();
    const late = Math.floor((now() - this.#began) / this.#periodMs) - this.#next;
    if (late > 0) {
      const passed = await this.#source.skip(late, signal);
      this.#next += passed;
      this.#missed += passed;
    }
    const due = this.#began + this.#next * this.#periodMs;
    if (due > now()) await sleep(due - now(), signal);
    const frame = await this.#source.read(allocator, signal);
    this.#next++;
    if (!frame) this.#end();
    else if ('close' in frame) frame.captureTime = due;
    return frame;
  }

  // Whoever reads ahead asks more than once.
  #end(): void {
    if (!this.#ended) this.#onEnd();
    this.#ended = true;
  }

  async skip(count: number, signal: AbortSignal): Promise<number> {
    const passed = await this.#source.skip(count, signal);
    this.#next += passed;
    return passed;
  }

  close(): Promise<void> | void {
    return this.#source.close();
  }
}
