import type { Frame } from '../core/frame.js';

/** Draws frames on a canvas of a page, from the worker that holds them. Makes no buffers once the size is known. */
export class Preview {
  readonly #canvas: OffscreenCanvas;
  readonly #context: OffscreenCanvasRenderingContext2D | null;
  #image: ImageData | undefined;

  /** Takes over the canvas. */
  constructor(canvas: OffscreenCanvas) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d', { alpha: false, desynchronized: true });
  }

  /** Shows a frame in its own size; borrows it. */
  draw(frame: Frame): void {
    const { codedWidth, codedHeight } = frame;
    if (this.#image?.width !== codedWidth || this.#image.height !== codedHeight) {
      this.#canvas.width = codedWidth;
      this.#canvas.height = codedHeight;
      this.#image = new ImageData(codedWidth, codedHeight);
    }
    copyOpaque(frame, this.#image.data);
    this.#context?.putImageData(this.#image, 0, 0);
  }
}

function copyOpaque({ format, data, codedWidth, codedHeight, strideBytes }: Frame, rgba: Uint8ClampedArray): void {
  if (format === 'RGBA' && strideBytes === codedWidth * 4) {
    rgba.set(data.subarray(0, rgba.length));
    return;
  }
  const [red, green, blue, step] = { RGBA: [0, 1, 2, 4], RGB: [0, 1, 2, 3], BGR: [2, 1, 0, 3], GRAY8: [0, 0, 0, 1] }[
    format
  ];
  for (let y = 0, to = 0; y < codedHeight; y++) {
    for (let x = 0, from = y * strideBytes; x < codedWidth; x++, from += step, to += 4) {
      rgba[to] = data[from + red];
      rgba[to + 1] = data[from + green];
      rgba[to + 2] = data[from + blue];
      rgba[to + 3] = 255;
    }
  }
}
