import type { FrameSource, SourceInfo } from '../acquire/source.js';
import { untilAborted } from '../core/abort.js';
import { now } from '../core/clock.js';
import type { Frame } from '../core/frame.js';
import type { FrameAllocator } from '../core/frame-pool.js';

/** Frames in memory, read anew for ever, one for each call of {@link HeldFrames.give}: so that a benchmark says when the next one comes. */
export class HeldFrames implements FrameSource {
  readonly info: SourceInfo;
  readonly #frames: readonly Frame[];
  #next = 0;
  #given = 0;
  #wake = () => {};

  /** @param frames at least one, all of one size; they stay the caller's. */
  constructor(frames: readonly Frame[]) {
    const [{ codedWidth: width, codedHeight: height }] = frames as [Frame];
    this.info = { type: 'memory', width, height, endless: true };
    this.#frames = frames;
  }

  /** Lets one frame out. */
  give(): void {
    this.#given++;
    this.#wake();
  }

  async read(allocator: FrameAllocator, signal: AbortSignal): Promise<Frame> {
    while (this.#given === 0) {
      const given = new Promise<void>((wake) => {
        this.#wake = wake;
      });
      await untilAborted(given, signal);
    }
    this.#given--;
    const id = this.#next++;
    const captureTime = now();
    const { format, codedWidth, codedHeight, data } = this.#frames[id % this.#frames.length];
    const frame = allocator.allocate({ format, codedWidth, codedHeight, id, timestamp: id * 33_333, captureTime });
    frame.data.set(data);
    return frame;
  }

  async skip(count: number): Promise<number> {
    this.#next += count;
    return count;
  }

  close(): void {}
}
