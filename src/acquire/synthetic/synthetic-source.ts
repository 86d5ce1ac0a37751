import type { SyntheticSourceDefinition } from '../../core/definition.js';
import type { Frame } from '../../core/frame.js';
import type { FrameAllocator } from '../../core/frame-pool.js';
import type { FrameSource, SourceInfo } from '../source.js';
import { createScene, type Scene } from './scene.js';

/**
 * The synthetic camera: a conveyor belt with metal parts, some of them defective. Endless; frame n is the same bytes
 * whatever was read before it, in every engine, and carries the timestamp n / frameRate.
 */
export class SyntheticSource implements FrameSource {
  readonly info: SourceInfo;
  readonly #scene: Scene;
  readonly #frameRate: number;
  #next = 0;

  constructor(options: SyntheticSourceDefinition) {
    const { width, height, frameRate } = options;
    this.info = { type: 'synthetic', width, height, frameRate, endless: true };
    this.#scene = createScene(options);
    // A camera is ready before its clock runs: the first picture takes half a second, as all its parts are new.
    this.#scene.render(0, new Uint8Array(width * height * 4));
    this.#frameRate = frameRate;
  }

  async read(allocator: FrameAllocator, signal: AbortSignal): Promise<Frame> {
    signal.throwIfAborted();
    const id = this.#next++;
    const frame = allocator.allocate({
      format: 'RGBA',
      codedWidth: this.#scene.width,
      codedHeight: this.#scene.height,
      id,
      timestamp: Math.round((id * 1e6) / this.#frameRate),
    });
    try {
      this.#scene.render(id, frame.data);
    } catch (error) {
      frame.close();
      throw error;
    }
    return frame;
  }

  async skip(count: number, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    this.#next += count;
    return count;
  }

  close(): void {}
}
