import { Frame } from '../core/frame.js';
import type { FrameStore, PooledFrameInit } from '../core/frame-pool.js';
import { measureLayout } from '../core/pixel-format.js';
import type { KernelBuffer } from './kernel-memory.js';
import type { Kernels } from './kernels.js';

/**
 * A pool of frame buffers in kernel memory, for sources on the thread of the kernels: what a camera or a decoder
 * writes there is preprocessed where it lies, without another copy.
 */
export class KernelFramePool implements FrameStore {
  readonly #kernels: Kernels;
  readonly #free: KernelBuffer[] = [];
  #made = 0;
  #open = 0;

  /** Borrows the kernels; their memory goes with them. */
  constructor(kernels: Kernels) {
    this.#kernels = kernels;
  }

  get buffersMade(): number {
    return this.#made;
  }

  get openFrames(): number {
    return this.#open;
  }

  allocate(init: PooledFrameInit): Frame {
    const buffer = this.#take(measureLayout(init).byteLength);
    const release = () => {
      this.#open--;
      this.#free.push(buffer);
    };
    const frame = new Frame({ ...init, data: buffer, release });
    this.#open++;
    return frame;
  }

  // Buffers fit exactly, so that a frame's bytes end where its pixels do; a source changes its size rarely.
  #take(byteLength: number): KernelBuffer {
    const at = this.#free.findIndex((buffer) => buffer.byteLength === byteLength);
    if (at >= 0) return this.#free.splice(at, 1)[0];
    for (const buffer of this.#free.splice(0)) buffer.close();
    this.#made++;
    return this.#kernels.allocate(byteLength);
  }
}
