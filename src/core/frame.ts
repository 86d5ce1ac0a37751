import { ClosedError, InvalidArgumentError, ShapeError } from './error.js';

/** Pixel formats of a frame, one byte per channel, interleaved. WebCodecs' words where it has them. */
export type PixelFormat = 'RGBA' | 'RGB' | 'BGR' | 'GRAY8';

/** Bytes per pixel of each format. */
export const bytesPerPixel: Readonly<Record<PixelFormat, number>> = { RGBA: 4, RGB: 3, BGR: 3, GRAY8: 1 };

/** Size and memory layout of a frame's pixels: what a preprocessing plan is built for. */
export interface FrameLayout {
  format: PixelFormat;
  /** Width and height of the stored picture in px, 1…16384. Frames are upright: sources apply orientation. */
  codedWidth: number;
  codedHeight: number;
  /** Bytes from one row to the next; at least `codedWidth × bytesPerPixel`. */
  strideBytes: number;
}

/** What a frame is made from. */
export interface FrameInit extends Omit<FrameLayout, 'strideBytes'> {
  strideBytes?: number;
  /** Index in its source, from 0. */
  id: number;
  /** Presentation time in µs. */
  timestamp: number;
  /**
   * Pixels, row by row; at least `strideBytes × (codedHeight − 1) + codedWidth × bytesPerPixel` bytes. A buffer of the
   * kernels is given as it is, and viewed anew at each reading, because growth of their memory detaches views.
   */
  data: Uint8Array | { readonly bytes: Uint8Array };
  /** Path relative to the source, for files. */
  source?: string;
  /** When the frame was due or captured, in ms of {@link now}; latency counts from here. */
  captureTime?: number;
  /** Gives the pixels back to their owner; called once by `close()`. */
  release?: () => void;
}

/** Largest width or height of a frame in px. */
export const maxFrameSide = 16384;

/**
 * Bytes per pixel of a frame to be, its format and size checked.
 * @throws {InvalidArgumentError} ERR_ARGUMENT unknown format. @throws {ShapeError} ERR_SHAPE size out of range.
 */
export function checkFrameFormat(init: Pick<FrameInit, 'format' | 'codedWidth' | 'codedHeight'>): number {
  const { format, codedWidth, codedHeight } = init;
  const pixelBytes = bytesPerPixel[format];
  if (pixelBytes === undefined) {
    throw new InvalidArgumentError({
      subject: 'frame.format',
      expected: `one of ${Object.keys(bytesPerPixel).join(', ')}`,
      received: String(format),
    });
  }
  for (const side of [codedWidth, codedHeight]) {
    if (!Number.isInteger(side) || side < 1 || side > maxFrameSide) {
      throw new ShapeError({
        subject: 'frame size',
        expected: `whole numbers from 1 to ${maxFrameSide} px`,
        received: `${codedWidth} × ${codedHeight}`,
        remedy: 'Scale or tile the picture first.',
      });
    }
  }
  return pixelBytes;
}

const forgotten = new FinalizationRegistry<string>((what) => {
  console.warn(`reflexarc: ${what} was garbage-collected without close(); its buffer is lost to the pool.`);
});

/**
 * A picture with its time. Owns its pixels until `close()`, after which `data` throws.
 * Passing a frame to a pipeline gives it away; every other function borrows it.
 * @throws {InvalidArgumentError} ERR_ARGUMENT unknown format, wrong stride. @throws {ShapeError} ERR_SHAPE size out of range, too few bytes.
 */
export class Frame implements FrameLayout {
  readonly kind = 'image';
  readonly id: number;
  readonly format: PixelFormat;
  readonly codedWidth: number;
  readonly codedHeight: number;
  readonly strideBytes: number;
  readonly timestamp: number;
  readonly source: string | undefined;
  captureTime: number | undefined;
  #block: { readonly bytes: Uint8Array } | undefined;
  #release: (() => void) | undefined;

  constructor(init: FrameInit) {
    const { format, codedWidth, codedHeight } = init;
    const block = 'bytes' in init.data ? init.data : { bytes: init.data };
    const data = block.bytes;
    const pixelBytes = checkFrameFormat(init);
    const rowBytes = codedWidth * pixelBytes;
    const strideBytes = init.strideBytes ?? rowBytes;
    if (!Number.isInteger(strideBytes) || strideBytes < rowBytes) {
      throw new InvalidArgumentError({
        subject: 'frame.strideBytes',
        expected: `at least ${rowBytes} (codedWidth × ${pixelBytes})`,
        received: String(strideBytes),
      });
    }
    const needed = strideBytes * (codedHeight - 1) + rowBytes;
    if (data.byteLength < needed) {
      throw new ShapeError({
        subject: 'frame.data',
        expected: `${needed} bytes (${codedWidth} × ${codedHeight} ${format}, stride ${strideBytes})`,
        received: `${data.byteLength} bytes`,
      });
    }
    this.id = init.id;
    this.format = format;
    this.codedWidth = codedWidth;
    this.codedHeight = codedHeight;
    this.strideBytes = strideBytes;
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
