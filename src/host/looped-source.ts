import type { FrameSource, SourceInfo } from '../acquire/source.js';
import { SourceError } from '../core/error.js';
import { Frame } from '../core/frame.js';
import type { FrameAllocator } from '../core/frame-pool.js';
import type { FrameFault } from '../core/result.js';

/** Begins a source again at its end; ids and timestamps go on. */
export class LoopedSource implements FrameSource {
  readonly info: SourceInfo;
  readonly #open: () => Promise<FrameSource>;
  #source: FrameSource;
  #firstId = 0;
  #nextId = 0;
  #shift = 0;
  #lastTime = 0;
  #periodUs: number;

  private constructor(source: FrameSource, open: () => Promise<FrameSource>) {
    this.#source = source;
    this.#open = open;
    this.#periodUs = 1e6 / (source.info.frameRate ?? 30);
    const { frameCount: _, ...info } = source.info;
    this.info = { ...info, endless: true };
  }

  /** @param open opens the source, each time from its beginning. @throws as the source. */
  static async open(open: () => Promise<FrameSource>): Promise<LoopedSource> {
    return new LoopedSource(await open(), open);
  }

  async read(allocator: FrameAllocator, signal: AbortSignal): Promise<Frame | FrameFault | undefined> {
    const moved: FrameAllocator = {
      allocate: (init) => {
        const timestamp = Math.round(init.timestamp + this.#shift);
        this.#lastTime = timestamp;
        return allocator.allocate({ ...init, id: this.#firstId + init.id, timestamp });
      },
    };
    for (let begun = false; ; begun = true) {
      const read = await this.#source.read(moved, signal);
      if (read) {
        this.#nextId = (read instanceof Frame ? read.id : this.#firstId + read.frame) + 1;
        return read instanceof Frame ? read : { ...read, frame: this.#firstId + read.frame };
      }
      if (begun) throw new SourceError({ subject: 'looped source', expected: 'frames', received: 'none' });
      await this.#again();
    }
  }

  async skip(count: number, signal: AbortSignal): Promise<number> {
    let passed = 0;
    for (let empty = 0; passed < count && empty < 2; ) {
      const step = await this.#source.skip(count - passed, signal);
      passed += step;
      this.#nextId += step;
      this.#lastTime += step * this.#periodUs;
      if (passed === count) break;
      empty = step === 0 ? empty + 1 : 0;
      await this.#again();
    }
    return passed;
  }

  close(): Promise<void> | void {
    return this.#source.close();
  }

  async #again(): Promise<void> {
    await this.#source.close();
    this.#source = await this.#open();
    this.#firstId = this.#nextId;
    this.#shift = this.#lastTime + this.#periodUs;
  }
}
