import { Frame, type FrameInit } from './frame.js';
import { measureLayout } from './pixel-format.js';

/** What a frame of a pool is made from; the pool lays it out. */
export type PooledFrameInit = Omit<FrameInit, 'data' | 'release' | 'strideBytes' | 'planes'>;

/** Where a source gets the memory of its frames, so that pixels are written once, into their final place. */
export interface FrameAllocator {
  /** A frame of pooled, uninitialised pixels with tight rows, planes one after the other. The caller fills `data` and hands the frame on, or closes it. */
  allocate(init: PooledFrameInit): Frame;
}

/** An allocator that takes its buffers back, and counts. */
export interface FrameStore extends FrameAllocator {
  /** Buffers made so far. Flat once a pipeline is warm. */
  readonly buffersMade: number;
  /** Frames handed out and not yet closed. */
  readonly openFrames: number;
}

/**
 * A pool of frame buffers. Buffers come back when frames are closed, so a running pipeline makes no new ones.
 * With `shared`, buffers are SharedArrayBuffers: a worker reads the pixels without a copy.
 */
export class FramePool implements FrameStore {
  readonly #shared: boolean;
  readonly #free: Uint8Array[] = [];
  #made = 0;
  #open = 0;

  constructor(options: { shared?: boolean } = {}) {
    this.#shared = options.shared ?? false;
  }

  /** Buffers made since the pool was created. Flat once a pipeline is warm. */
  get buffersMade(): number {
    return this.#made;
  }

  /** Frames handed out and not yet closed. */
  get openFrames(): number {
    return this.#open;
  }

  allocate(init: PooledFrameInit): Frame {
    const needed = measureLayout(init).byteLength;
    const buffer = this.#take(needed);
    const frame = new Frame({
      ...init,
      data: buffer.byteLength === needed ? buffer : buffer.subarray(0, needed),
      release: () => {
        this.#open--;
        this.#free.push(buffer);
      },
    });
    this.#open++;
    return frame;
  }

  #take(byteLength: number): Uint8Array {
    const at = this.#free.findIndex((buffer) => buffer.byteLength >= byteLength);
    if (at >= 0) return this.#free.splice(at, 1)[0];
    // None is large enough: the smallest free one will not be needed any more.
    this.#free.pop();
    this.#made++;
    return new Uint8Array(this.#shared ? new SharedArrayBuffer(byteLength) : new ArrayBuffer(byteLength));
  }
}
