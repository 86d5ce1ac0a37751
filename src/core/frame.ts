import { ClosedError, ShapeError } from './error.js';
import { displaySize, type Orientation } from './orientation.js';
import {
  type FrameColorSpace,
  type FrameLayout,
  measureLayout,
  type PixelFormat,
  type PlaneLayout,
} from './pixel-format.js';

export {
  type ColorMatrix,
  type FrameColorSpace,
  type FrameLayout,
  maxFrameSide,
  type PixelFormat,
  type PlaneLayout,
} from './pixel-format.js';

/** What a frame is made from. */
export interface FrameInit extends Omit<FrameLayout, 'strideBytes'> {
  strideBytes?: number;
  /** Index in its source, from 0. */
  id: number;
  /** Presentation time in µs. */
  timestamp: number;
  /**
   * Pixels, row by row, with or without padding after the last one. A buffer of the kernels is given as it is, and
   * viewed anew at each reading, because growth of their memory detaches views.
   */
  data: Uint8Array | { readonly bytes: Uint8Array };
  /** Path relative to the source, for files. */
  source?: string;
  /** When the frame was due or captured, in ms of {@link now}; latency counts from here. */
  captureTime?: number;
  /** Gives the pixels back to their owner; called once by `close()`. */
  release?: () => void;
}

const forgotten = new FinalizationRegistry<string>((what) => {
  console.warn(`reflexarc: ${what} was garbage-collected without close(); its buffer is lost to the pool.`);
});

/**
 * A picture with its time. Owns its pixels until `close()`, after which `data` throws.
 * Passing a frame to a pipeline gives it away; every other function borrows it.
 * @throws as {@link measureLayout}; {ShapeError} ERR_SHAPE too few bytes.
 */
export class Frame implements FrameLayout {
  readonly kind = 'image';
  readonly id: number;
  readonly format: PixelFormat;
  readonly codedWidth: number;
  readonly codedHeight: number;
  readonly rotation: Orientation['rotation'];
  readonly flip: boolean;
  /** Size of the picture as it is seen, after turning, in px. */
  readonly displayWidth: number;
  readonly displayHeight: number;
  readonly strideBytes: number;
  readonly planes: readonly PlaneLayout[] | undefined;
  readonly colorSpace: FrameColorSpace | undefined;
  readonly timestamp: number;
  readonly source: string | undefined;
  captureTime: number | undefined;
  #block: { readonly bytes: Uint8Array } | undefined;
  #release: (() => void) | undefined;

  constructor(init: FrameInit) {
    const { format, codedWidth, codedHeight, colorSpace, rotation = 0, flip = false } = init;
    const block = 'bytes' in init.data ? init.data : { bytes: init.data };
    const { byteLength } = block.bytes;
    const measured = measureLayout(init);
    if (byteLength < measured.byteLength) {
      throw new ShapeError({
        subject: 'frame.data',
        expected: `${measured.byteLength} bytes (${codedWidth} × ${codedHeight} ${format}, stride ${measured.strideBytes})`,
        received: `${byteLength} bytes`,
      });
    }
    this.id = init.id;
    this.format = format;
    this.codedWidth = codedWidth;
    this.codedHeight = codedHeight;
    this.rotation = rotation;
    this.flip = flip;
    const display = displaySize(init);
    this.displayWidth = display.width;
    this.displayHeight = display.height;
    this.strideBytes = measured.strideBytes;
    this.planes = measured.planes;
    // Copied, because a VideoColorSpace of the browser cannot be sent to a worker.
    this.colorSpace = measured.planes && colorSpace && { matrix: colorSpace.matrix, fullRange: colorSpace.fullRange };
    this.timestamp = init.timestamp;
    this.source = init.source;
    this.captureTime = init.captureTime;
    this.#block = block;
    this.#release = init.release;
    if (init.release) forgotten.register(this, `frame ${init.id}`, this);
  }

  /** The pixels. A view, valid until `close()`. @throws {ClosedError} ERR_CLOSED */
  get data(): Uint8Array {
    if (!this.#block) {
      throw new ClosedError({
        subject: `frame ${this.id}`,
        expected: 'an open frame',
        received: 'a closed one',
        remedy: 'Read the pixels before close(), or copy them.',
      });
    }
    return this.#block.bytes;
  }

  get closed(): boolean {
    return this.#block === undefined;
  }

  /** Gives the pixels back. Calling it again does nothing. */
  close(): void {
    if (!this.#block) return;
    this.#block = undefined;
    if (this.#release) {
      forgotten.unregister(this);
      this.#release();
      this.#release = undefined;
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
