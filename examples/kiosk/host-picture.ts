import type { CanvasOverlay, PreviewPicture, Result, Sink } from 'reflexarc';

/** Results that wait for their picture; more than that means that pictures no longer come. */
const mostWaiting = 60;

/**
 * Shows pictures of a host with the boxes that were found in them: results come sooner than pictures, which are compressed
 * first, and would run ahead of them.
 */
export class HostPicture implements Sink {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: ImageBitmapRenderingContext;
  readonly #overlay: CanvasOverlay;
  #waiting: Result[] = [];
  #frame: number | undefined;
  #asked = 0;
  #shown = 0;

  /** Takes over a canvas without a context. @param overlay gets each result once, in order. */
  constructor(canvas: HTMLCanvasElement, overlay: CanvasOverlay) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('bitmaprenderer', { alpha: false }) as ImageBitmapRenderingContext;
    this.#overlay = overlay;
  }

  result(result: Result): void {
    this.#waiting.push(result);
    const late = this.#frame !== undefined && result.frame <= this.#frame;
    if (late || this.#waiting.length > mostWaiting) this.#draw(result.frame);
  }

  /** Shows a picture; settles when it is on the screen. */
  async show({ frame, jpeg }: PreviewPicture): Promise<void> {
    const turn = ++this.#asked;
    const picture = await createImageBitmap(new Blob([jpeg as Uint8Array<ArrayBuffer>], { type: 'image/jpeg' }));
    // The next one may be ready sooner; time does not go back.
    if (turn < this.#shown) return picture.close();
    this.#shown = turn;
    this.#frame = frame;
    this.#draw(frame);
    // The overlay draws in the next animation frame, too. A hidden page has none.
    if (!document.hidden) await new Promise(requestAnimationFrame);
    if (turn < this.#shown) return picture.close();
    if (this.#canvas.width !== picture.width) this.#canvas.width = picture.width;
    if (this.#canvas.height !== picture.height) this.#canvas.height = picture.height;
    this.#context.transferFromImageBitmap(picture);
    picture.close();
  }

  close(): void {
    this.#overlay.close();
  }

  #draw(upTo: number): void {
    const next = this.#waiting.findIndex(({ frame }) => frame > upTo);
    for (const result of this.#waiting.splice(0, next < 0 ? this.#waiting.length : next)) this.#overlay.result(result);
  }
}
