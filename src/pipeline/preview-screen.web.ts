import { InvalidArgumentError } from '../core/error.js';

/**
 * Shows pictures on a canvas of the page: at the next animation frame, in which an overlay draws, too, so that both
 * show the same moment. Of pictures that come faster only the newest is shown.
 */
export class PreviewScreen {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: ImageBitmapRenderingContext;
  #next: ImageBitmap | undefined;
  #drawing = 0;

  /** Takes over the canvas. @throws {InvalidArgumentError} ERR_ARGUMENT it has a context of another kind. */
  constructor(canvas: HTMLCanvasElement) {
    const context = canvas.getContext('bitmaprenderer', { alpha: false });
    if (!context) {
      throw new InvalidArgumentError({
        subject: 'options.preview',
        expected: 'a <canvas> without a context of another kind',
        received: 'one that gives no bitmaprenderer context',
        remedy: 'Give the preview a canvas of its own.',
      });
    }
    this.#canvas = canvas;
    this.#context = context;
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
    this.#context.transferFromImageBitmap(picture);
    picture.close();
  }
}
