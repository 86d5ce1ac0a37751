import type { Frame } from '../core/frame.js';
import { isTurned } from '../core/orientation.js';
import type { RgbPicture } from '../kernels/rgb-picture.js';

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

/** What the browser knows how to show, luma and chroma; the rest is converted here. */
const videoFormats: readonly string[] = ['I420', 'I422', 'I444', 'NV12'];

/** Takes pictures of frames in the worker that holds them, for a page to show. */
export class PreviewCamera {
  readonly #canvas = new OffscreenCanvas(1, 1);
  readonly #context = this.#canvas.getContext('2d', { alpha: false });
  #image: ImageData | undefined;
  #converter: RgbPicture | undefined;
  #rgb = new Uint8Array();

  /**
   * A picture of a frame, upright, in its own size, to be transferred. Borrows the frame until it is settled. The receiver
   * closes the picture.
   */
  async take(frame: Frame): Promise<ImageBitmap> {
    const direct = frame.format in packed || videoFormats.includes(frame.format);
    if (!direct) this.#converter ??= new (await import('../kernels/rgb-picture.js')).RgbPicture();
    // Nothing waits from here on: frames of other slots come to the same canvas.
    return this.#take(frame);
  }

  #take(frame: Frame): ImageBitmap {
    const { displayWidth, displayHeight } = frame;
    if (this.#canvas.width !== displayWidth || this.#canvas.height !== displayHeight) {
      this.#canvas.width = displayWidth;
      this.#canvas.height = displayHeight;
      this.#image = undefined;
    }
    if (videoFormats.includes(frame.format)) this.#drawVideo(frame);
    else {
      this.#image ??= new ImageData(displayWidth, displayHeight);
      if (frame.format in packed) copyOpaque(frame, this.#image.data);
      else this.#convert(frame, this.#image.data);
      this.#context?.putImageData(this.#image, 0, 0);
    }
    return this.#canvas.transferToImageBitmap();
  }

  #convert(frame: Frame, rgba: Uint8ClampedArray): void {
    const bytes = 3 * frame.displayWidth * frame.displayHeight;
    if (this.#rgb.byteLength !== bytes) this.#rgb = new Uint8Array(bytes);
    const rgb = this.#rgb;
    this.#converter?.write(frame, rgb);
    for (let from = 0, to = 0; from < bytes; from += 3, to += 4) {
      rgba[to] = rgb[from];
      rgba[to + 1] = rgb[from + 1];
      rgba[to + 2] = rgb[from + 2];
      rgba[to + 3] = 255;
    }
  }

  // A browser that gives turned frames knows how to turn them.
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
    try {
      this.#context?.drawImage(video, 0, 0);
    } finally {
      video.close();
    }
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
