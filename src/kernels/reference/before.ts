import type { BackgroundPlan, BeforePlan } from '../before-plan.js';
import { roundToByte } from './round.js';

/**
 * The oracle of the steps before the resize, on a whole picture of RGB bytes, one after the other.
 *
 * - *background*: with b per channel, of 8 bits and 8 fractional ones, `d = |x − (b + 2^7 >> 8)|`; 0 in px where every d is below the threshold,
 *   else d, or x where px are kept. Then `b = (b·(256 − r) + 256·x·r + 2^7) >> 8`. Without a b yet it is 256·x first.
 * - *tones*: `x = table[x]` per channel; with `stretch` the table is Pillow's of this picture: with `l` and `h` the least and the greatest
 *   value that is left of a channel, `trunc(x·s + o)`, `s = 255/(h − l)`, `o = −l·s`, clipped.
 * - *median* of the 3 × 3 px around, edges repeated.
 * - *blur*: weighted sums over columns, then rows, each step rounded to float32, then to bytes.
 *
 * Allocates nothing per run.
 */
export class ReferenceBefore {
  readonly #plan: BeforePlan;
  readonly #width: number;
  readonly #height: number;
  readonly #tones: Uint8Array;
  readonly #histogram = new Int32Array(256);
  readonly #around = new Uint8Array(9);
  readonly #copy: Uint8Array;
  readonly #sums: Float32Array;
  readonly #background: Uint16Array;
  #backgroundKnown = false;

  constructor(plan: BeforePlan, width: number, height: number) {
    this.#plan = plan;
    this.#width = width;
    this.#height = height;
    this.#tones = plan.tones ?? new Uint8Array(768);
    this.#copy = new Uint8Array(plan.median ? width * height * 3 : 0);
    this.#sums = new Float32Array(plan.blur ? width * height * 3 : 0);
    this.#background = new Uint16Array(plan.background ? width * height * 3 : 0);
  }

  /** What the background begins with; nothing: the next picture. */
  setBackground(rgb: Uint8Array | undefined): void {
    if (rgb) for (let i = 0; i < this.#background.length; i++) this.#background[i] = rgb[i] * 256;
    this.#backgroundKnown = rgb !== undefined;
  }

  /** Changes tight rows of RGB bytes in place. */
  run(picture: Uint8Array): void {
    const { background, tones, stretch, median, blur } = this.#plan;
    if (background) this.#differ(picture, background);
    if (stretch) this.#stretch(picture, stretch);
    if (tones || stretch) for (let i = 0; i < picture.length; i++) picture[i] = this.#tones[(i % 3) * 256 + picture[i]];
    if (median) this.#median(picture);
    if (blur) this.#blur(picture, blur);
  }

  #differ(picture: Uint8Array, { rate, threshold, keep }: BackgroundPlan): void {
    const background = this.#background;
    if (!this.#backgroundKnown) this.setBackground(picture);
    for (let px = 0; px < picture.length; px += 3) {
      let moved = false;
      for (let i = px; i < px + 3; i++) moved ||= Math.abs(picture[i] - ((background[i] + 128) >> 8)) >= threshold;
      for (let i = px; i < px + 3; i++) {
        const x = picture[i];
        const apart = Math.abs(x - ((background[i] + 128) >> 8));
        background[i] = (background[i] * (256 - rate) + 256 * x * rate + 128) >> 8;
        picture[i] = !moved ? 0 : keep ? x : apart;
      }
    }
  }

  #stretch(picture: Uint8Array, [dark, bright]: readonly [number, number]): void {
    const count = this.#width * this.#height;
    const [fewest, most] = [
      Math.trunc((count * Math.fround(dark)) / 100),
      Math.trunc((count * Math.fround(bright)) / 100),
    ];
    for (let channel = 0; channel < 3; channel++) {
      const counts = this.#histogram.fill(0);
      for (let i = channel; i < picture.length; i += 3) counts[picture[i]]++;
      for (let x = 0, cut = fewest; x < 256 && cut > 0; x++) cut -= take(counts, x, cut);
      for (let x = 255, cut = most; x >= 0 && cut > 0; x--) cut -= take(counts, x, cut);
      let low = 0;
      while (low < 255 && counts[low] === 0) low++;
      let high = 255;
      while (high > 0 && counts[high] === 0) high--;
      const scale = 255 / (high - low);
      const offset = -low * scale;
      for (let x = 0; x < 256; x++) {
        const stretched = Math.max(0, Math.min(Math.trunc(x * scale + offset), 255));
        this.#tones[channel * 256 + x] = high <= low ? x : stretched;
      }
    }
  }

  #median(picture: Uint8Array): void {
    const [width, height] = [this.#width, this.#height];
    this.#copy.set(picture);
    for (let i = 0; i < picture.length; i++) {
      const [x, y, channel] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
      for (let k = 0; k < 9; k++) {
        const column = Math.max(0, Math.min(x + (k % 3) - 1, width - 1));
        const row = Math.max(0, Math.min(y + Math.floor(k / 3) - 1, height - 1));
        this.#around[k] = this.#copy[(row * width + column) * 3 + channel];
      }
      picture[i] = this.#around.sort()[4];
    }
  }

  #blur(picture: Uint8Array, { columns, rows, rounding }: NonNullable<BeforePlan['blur']>): void {
    const [width, height] = [this.#width, this.#height];
    for (let i = 0; i < picture.length; i++) {
      const [x, y, channel] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
      let sum = 0;
      // A table for a picture smaller than its taps reaches past it, with weight 0.
      for (let tap = 0; tap < columns.taps && columns.first[x] + tap < width; tap++) {
        const value = picture[(y * width + columns.first[x] + tap) * 3 + channel];
        sum = Math.fround(sum + Math.fround(columns.weights[x * columns.taps + tap] * value));
      }
      this.#sums[i] = sum;
    }
    for (let i = 0; i < picture.length; i++) {
      const [at, y] = [i % (3 * width), Math.floor(i / 3 / width)];
      let sum = 0;
      for (let tap = 0; tap < rows.taps && rows.first[y] + tap < height; tap++) {
        const value = this.#sums[(rows.first[y] + tap) * 3 * width + at];
        sum = Math.fround(sum + Math.fround(rows.weights[y * rows.taps + tap] * value));
      }
      picture[i] = roundToByte(sum, rounding);
    }
  }
}

function take(counts: Int32Array, x: number, most: number): number {
  const taken = Math.min(counts[x], most);
  counts[x] -= taken;
  return taken;
}
