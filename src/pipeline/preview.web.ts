import type { Frame } from '../core/frame.js';
import { isTurned } from '../core/orientation.js';

/** Where each format has red, green and blue in its bytes per pixel. */
const packed: Readonly<Record<string, readonly [red: number, green: number, blue: number, step: number]>> = {
  RGBA: [0, 1, 2, 4],
  RGBX: [0, 1, 2, 4],
  BGRA: [2, 1, 0, 4],
  BGRX: [2, 1, 0, 4],
  RGB: [0, 1, 2, 3],
  BGR: [2, 1, 0, 3],
  GRAY8: [0, 0, 0, 1],
};

/** Takes pictures of frames in the worker that holds them, for a page to show. */
export class PreviewCamera {
  readonly #canvas = new OffscreenCanvas(1, 1);
  readonly #context = this.#canvas.getContext('2d', { alpha: false });
  #image: ImageData | undefined;

  /** A picture of a frame, upright, in its own size, to be transferred; borrows the frame. The receiver closes the picture. */
  take(frame: Frame): ImageBitmap {
    const { displayWidth, displayHeight } = frame;
    if (this.#canvas.width !== displayWidth || this.#canvas.height !== displayHeight) {
      this.#canvas.width = displayWidth;
      this.#canvas.height = displayHeight;
      this.#image = undefined;
    }
    if (frame.format in packed) {
      this.#image ??= new ImageData(displayWidth, displayHeight);
      copyOpaque(frame, this.#image.data);
      this.#context?.putImageData(this.#image, 0, 0);
    } else this.#drawVideo(frame);
    return this.#canvas.transferToImageBitmap();
  }

  // The browser knows how to show luma and chroma; one that gives turned frames knows how to turn them.
  #drawVideo({ format, codedWidth, codedHeight, rotation, flip, timestamp, planes, colorSpace, data }: Frame): void {
    const video = new VideoFrame(data as Uint8Array<ArrayBuffer>, {
      format: format as VideoPixelFormat,
      codedWidth,
      codedHeight,
      timestamp,
      ...{ rotation, flip },
      layout: planes?.map(({ offset, stride }) => ({ offset, stride })),
      colorSpace: {
        matrix: (colorSpace?.matrix ?? 'smpte170m') as VideoMatrixCoefficients,
        fullRange: colorSpace?.fullRange ?? false,
      },
    });
    this.#context?.drawImage(video, 0, 0);
    video.close();
  }
}

/**
 * Shows pictures on a canvas of the page: at the next animation frame, in which an overlay draws, too, so that both
 * show the same moment. Of pictures that come faster only the newest is shown.
 */
export class PreviewScreen {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: ImageBitmapRenderingContext | null;
  #next: ImageBitmap | undefined;
  #drawing = 0;

  /** Takes over the canvas, which must have no other context. */
  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('bitmaprenderer', { alpha: false });
  }

  /** Takes over a picture. */
  show(picture: ImageBitmap): void {
    this.#next?.close();
    this.#next = picture;
    if (this.#drawing !== 0) return;
    this.#drawing = requestAnimationFrame(() => {
      this.#drawing = 0;
      this.#draw();
    });
  }

  /** Shows what came last and ends. */
  close(): void {
    cancelAnimationFrame(this.#drawing);
    this.#draw();
  }

  #draw(): void {
    const picture = this.#next;
    this.#next = undefined;
    if (!picture) return;
    if (this.#canvas.width !== picture.width) this.#canvas.width = picture.width;
    if (this.#canvas.height !== picture.height) this.#canvas.height = picture.height;
    this.#context?.transferFromImageBitmap(picture);
    picture.close();
  }
}

// Row by row of what is seen, wherever that is stored.
function copyOpaque(frame: Frame, rgba: Uint8ClampedArray): void {
  const { format, data, codedWidth, codedHeight, rotation, flip, strideBytes, displayWidth, displayHeight } = frame;
  if (format === 'RGBA' && strideBytes === codedWidth * 4 && !isTurned(frame)) {
    rgba.set(data.subarray(0, rgba.length));
    return;
  }
  const [red, green, blue, step] = packed[format];
  const [lastColumn, lastRow] = [(codedWidth - 1) * step, (codedHeight - 1) * strideBytes];
  // Where the px at the top left of the upright picture is stored, and what a step right and down adds.
  const [origin, right, down] = {
    0: [0, step, strideBytes],
    90: [lastRow, -strideBytes, step],
    180: [lastRow + lastColumn, -step, -strideBytes],
    270: [lastColumn, strideBytes, -step],
  }[rotation];
  const begin = flip ? origin + (displayWidth - 1) * right : origin;
  const next = flip ? -right : right;
  for (let y = 0, to = 0; y < displayHeight; y++) {
    for (let x = 0, from = begin + y * down; x < displayWidth; x++, from += next, to += 4) {
      rgba[to] = data[from + red];
      rgba[to + 1] = data[from + green];
      rgba[to + 2] = data[from + blue];
      rgba[to + 3] = 255;
    }
  }
}
