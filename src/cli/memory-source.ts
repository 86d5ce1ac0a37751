import type { FrameSource, SourceInfo } from '../acquire/source.js';
import { createScene } from '../acquire/synthetic/scene.js';
import { now } from '../core/clock.js';
import { type SyntheticSourceDefinition, syntheticSourceSchema } from '../core/definition.js';
import type { Frame } from '../core/frame.js';
import type { FrameAllocator } from '../core/frame-pool.js';
import { parse } from '../core/parse.js';

/** Pictures that a bench works on, drawn once and shown again and again. */
export interface MemoryPictures {
  width: number;
  height: number;
  frameRate: number;
  /** RGBA, tight rows. */
  pictures: Uint8Array[];
}

/** Draws the first pictures of the synthetic conveyor. */
export function drawPictures(count: number, seed: number): MemoryPictures {
  const options: SyntheticSourceDefinition = parse(syntheticSourceSchema, { type: 'synthetic', seed }, 'source');
  const { width, height, frameRate } = options;
  const scene = createScene(options);
  const pictures = Array.from({ length: count }, (_, frame) => {
    const picture = new Uint8Array(width * height * 4);
    scene.render(frame, picture);
    return picture;
  });
  return { width, height, frameRate, pictures };
}

/**
 * A source of frames that lie in memory. Reading one copies it and then keeps the thread busy until `acquireMs` have
 * passed since the call, as decoding or drawing would.
 */
export class MemorySource implements FrameSource {
  readonly info: SourceInfo;
  readonly #held: MemoryPictures;
  readonly #acquireMs: number;
  #next = 0;

  constructor(held: MemoryPictures, acquireMs: number) {
    const { width, height, frameRate } = held;
    this.info = { type: 'memory', width, height, frameRate, endless: true };
    this.#held = held;
    this.#acquireMs = acquireMs;
  }

  async read(allocator: FrameAllocator, signal: AbortSignal): Promise<Frame> {
    signal.throwIfAborted();
    const end = now() + this.#acquireMs;
    const { width, height, frameRate, pictures } = this.#held;
    const id = this.#next++;
    const timestamp = Math.round((id * 1e6) / frameRate);
    const frame = allocator.allocate({ format: 'RGBA', codedWidth: width, codedHeight: height, id, timestamp });
    frame.data.set(pictures[id % pictures.length]);
    while (now() < end);
    return frame;
  }

  async skip(count: number): Promise<number> {
    this.#next += count;
    return count;
  }

  close(): void {}
}
