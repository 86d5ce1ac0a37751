import { encodePreview, maxPreviewBytes } from '../bridge/preview-picture.js';
import type { PreviewRequest } from '../bridge/requests.js';
import { now } from '../core/clock.js';
import { Frame } from '../core/frame.js';
import { isTurned } from '../core/orientation.js';
import type { Result } from '../core/result.js';
import { loadSharp, type Sharp } from '../core/sharp.node.js';
import { PngWriter } from '../respond/png-writer.node.js';
import type { Sink } from '../respond/sink.js';

const qualities = { first: 75, highest: 85, lowest: 20, step: 5 };
// Narrower pictures help nobody.
const leastSide = 160;

/**
 * Takes pictures of processed frames for a page: JPEG, at most so many per second, only with credit, one at a time, never
 * larger than {@link maxPreviewBytes}. Quality, then size, follow that limit. The arc waits for the copy of the pixels, not for
 * the encoder.
 */
export class PreviewTap implements Sink {
  readonly needsFrame = true;
  readonly #sharp: Sharp;
  readonly #intervalMs: number;
  readonly #writer: PngWriter;
  #side: number;
  #quality = qualities.first;
  #credit = 0;
  #sequence = 0;
  #next = 0;
  #busy = false;
  #pixels = new Uint8Array();
  #send: ((sequence: number, picture: Uint8Array) => void) | undefined;

  private constructor(sharp: Sharp, { rate, maxSide }: PreviewRequest) {
    this.#sharp = sharp;
    this.#writer = new PngWriter(sharp);
    this.#intervalMs = 1000 / rate;
    this.#side = maxSide;
  }

  /** @throws {UnsupportedError} ERR_UNSUPPORTED sharp is not installed. */
  static async open(request: PreviewRequest): Promise<PreviewTap> {
    return new PreviewTap(await loadSharp('pictures for a page'), request);
  }

  /** A page is there, without credit yet. */
  attach(send: (sequence: number, picture: Uint8Array) => void): void {
    this.#send = send;
    this.#credit = 0;
  }

  detach(): void {
    this.#send = undefined;
    this.#credit = 0;
  }

  /** The page takes more pictures. */
  grant(previews: number): void {
    this.#credit += previews;
  }

  result(result: Result, frame: Frame | undefined): void {
    const time = now();
    if (!frame || !this.#send || this.#busy || this.#credit === 0 || time < this.#next) return;
    // A picture that comes a little late must not put off the next.
    this.#next = Math.max(this.#next + this.#intervalMs, time);
    this.#busy = true;
    const { displayWidth: width, displayHeight: height } = frame;
    const picture = { frame: result.frame, timestamp: result.timestamp, width, height };
    const copy = this.#copy(frame);
    this.#encode(copy)
      .then((jpeg) => {
        if (!jpeg || !this.#send || this.#credit === 0) return;
        this.#credit--;
        this.#send(++this.#sequence, encodePreview({ ...picture, jpeg }));
      })
      // A picture less; the run does not depend on it.
      .catch(() => {})
      .finally(() => {
        this.#busy = false;
      });
  }

  // The pixels as they are: whatever takes longer than a copy is done when the arc has its answer.
  #copy(frame: Frame): Frame {
    const { id, timestamp, format, codedWidth, codedHeight, rotation, flip, strideBytes, planes, colorSpace } = frame;
    const own = frame.data;
    if (this.#pixels.length < own.length) this.#pixels = new Uint8Array(own.length);
    const data = this.#pixels.subarray(0, own.length);
    data.set(own);
    const layout = { format, codedWidth, codedHeight, rotation, flip, strideBytes, planes, colorSpace };
    return new Frame({ id, timestamp, ...layout, data });
  }

  // The next picture is probably as large as this one: quality and size are kept.
  async #encode(frame: Frame): Promise<Uint8Array | undefined> {
    const { displayWidth: width, displayHeight: height, format, strideBytes, codedWidth, data } = frame;
    await new Promise((resolve) => setImmediate(resolve));
    // What sharp reads itself is not converted first.
    const asItIs = /^RGB[AX]$/.test(format) && !isTurned(frame) && strideBytes === codedWidth * 4;
    const pixels = asItIs ? data.subarray(0, width * height * 4) : this.#writer.pixels(frame);
    const channels = (pixels.length / (width * height)) as 1 | 3 | 4;
    for (;;) {
      const side = this.#side;
      const raw = this.#sharp(pixels, { raw: { width, height, channels } });
      const jpeg = await (channels === 4 ? raw.removeAlpha() : raw)
        .resize(side, side, { fit: 'inside', withoutEnlargement: true })
        .jpeg({ quality: this.#quality })
        .toBuffer();
      const room = maxPreviewBytes - 16;
      if (jpeg.length <= room) {
        if (jpeg.length < room / 2) this.#quality = Math.min(qualities.highest, this.#quality + 1);
        return jpeg;
      }
      if (this.#quality > qualities.lowest)
        this.#quality = Math.max(qualities.lowest, this.#quality - qualities.step * 2);
      else if (side > leastSide)
        this.#side = Math.max(leastSide, Math.round(Math.min(side, Math.max(width, height)) * 0.8));
      else return undefined;
    }
  }
}
