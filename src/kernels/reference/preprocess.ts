import { bytesPerPixel, type PackedFormat, type PixelFormat } from '../../core/pixel-format.js';
import type { PicturePlan } from '../picture-plan.js';
import { ReferenceBefore } from './before.js';
import { float16Bits } from './float16.js';
import { ReferencePlanar } from './planar.js';
import { clip, roundToByte } from './round.js';

/**
 * The oracle of the preprocessing kernels: slow, obvious TypeScript that every other spelling must equal bit for bit.
 *
 * The steps before the resize: {@link ReferenceBefore}. Then, per row of the tensor, with x in RGB order, k a weight, and by the method of the plan's filter:
 * - *horizontal*: `bilinear` `S = Σ k·x` (11-bit weights), kept as `S >> 4`; `antialias` `(Σ k·x + 2^21) >> 22` (22-bit weights), clipped
 *   to 0 … 255; `nearest` x; `float` `Σ k·x` from the first tap to the last, each product and each sum rounded to float32.
 *   `blend` `a + (b − a)·k` of two px, each step rounded to float32.
 * - *vertical*: `bilinear` `((a·S₀ >> 16) + (b·S₁ >> 16) + 2) >> 2`; the others as horizontal. Rows outside the picture are the
 *   nearest row inside. `float` and `blend` with a rounding: {@link roundToByte}.
 * - both steps of a YUV picture: {@link ReferencePlanar}.
 * - *pack*: `y = fround(fround(x·gain) + offset)` per channel; float16 rounds y half-to-even; uint8 is x.
 *
 * A horizontal result is kept as long as a later row may need it, so no row is filtered twice. Allocates nothing per run.
 */
export class ReferencePreprocess {
  readonly #plan: PicturePlan;
  readonly #planar: ReferencePlanar | undefined;
  readonly #before: ReferenceBefore | undefined;
  /** The picture after the steps before the resize, as tight rows of RGB. */
  readonly #picture: Uint8Array;
  readonly #lines: (Int32Array | Float32Array)[];
  readonly #lineRows: Int32Array;
  readonly #row: Uint8Array | Float32Array;

  constructor(plan: PicturePlan) {
    this.#plan = plan;
    this.#planar = plan.planar && new ReferencePlanar(plan, plan.planar);
    const { codedWidth, codedHeight } = plan.source;
    this.#before = plan.before && new ReferenceBefore(plan.before, codedWidth, codedHeight);
    this.#picture = new Uint8Array(plan.before ? codedWidth * codedHeight * 3 : 0);
    const real = plan.method === 'float' || plan.method === 'blend';
    const Line = real ? Float32Array : Int32Array;
    this.#lines = Array.from({ length: plan.rows.taps }, () => new Line(plan.placement.width * 3));
    this.#lineRows = new Int32Array(plan.rows.taps);
    const Row = real && !plan.rounding ? Float32Array : Uint8Array;
    this.#row = new Row(plan.tensorWidth * 3);
  }

  /** Reads pixels in the plan's source layout, writes a whole tensor. */
  run(source: Uint8Array, output: Float32Array | Uint16Array | Uint8Array): void {
    const { rows, placement, tensorWidth, tensorHeight, pad } = this.#plan;
    const { top, height } = placement;
    if (this.#before) {
      this.#unpack(source);
      this.#before.run(this.#picture);
    }
    this.#lineRows.fill(-1);
    this.#row.fill(pad);
    for (let y = 0; y < top; y++) this.#packRow(y, output);
    for (let y = 0; y < height; y++) {
      if (this.#planar) {
        this.#planar.row(source, y, this.#row as Uint8Array, placement.left * 3);
      } else {
        const pixels = this.#before ? this.#picture : source;
        for (let tap = 0; tap < rows.taps; tap++) this.#keepLine(pixels, this.#rowInside(rows.first[y] + tap));
        this.#vertical(y);
      }
      this.#packRow(top + y, output);
    }
    this.#row.fill(pad, 0, tensorWidth * 3);
    for (let y = top + height; y < tensorHeight; y++) this.#packRow(y, output);
  }

  #unpack(source: Uint8Array): void {
    const { format, codedWidth, strideBytes } = this.#plan.source;
    const pixelBytes = bytesPerPixel[format as PackedFormat];
    for (let i = 0; i < this.#picture.length; i++) {
      const [x, y] = [Math.floor(i / 3) % codedWidth, Math.floor(i / 3 / codedWidth)];
      this.#picture[i] = source[y * strideBytes + x * pixelBytes + byteOf(format, i % 3)];
    }
  }

  #rowInside(row: number): number {
    return Math.max(0, Math.min(row, this.#plan.source.codedHeight - 1));
  }

  #keepLine(source: Uint8Array, row: number): void {
    const slot = row % this.#lines.length;
    if (this.#lineRows[slot] === row) return;
    this.#lineRows[slot] = row;
    const { source: layout, columns, placement, method } = this.#plan;
    const { codedWidth } = layout;
    const format = this.#before ? 'RGB' : layout.format;
    const strideBytes = this.#before ? codedWidth * 3 : layout.strideBytes;
    const pixelBytes = bytesPerPixel[format as PackedFormat];
    const line = this.#lines[slot];
    const start = row * strideBytes;
    for (let x = 0; x < placement.width; x++) {
      for (let channel = 0; channel < 3; channel++) {
        const byte = byteOf(format, channel);
        const at = start + columns.first[x] * pixelBytes + byte;
        // A table for a picture narrower than its taps reaches past the row, with weight 0.
        const taps = Math.min(columns.taps, codedWidth - columns.first[x]);
        let sum = 0;
        if (method === 'nearest') {
          sum = source[at];
        } else if (method === 'blend') {
          sum = blend(source[at], source[at + (taps - 1) * pixelBytes], columns.weights[2 * x + 1]);
        } else if (method === 'float') {
          for (let tap = 0; tap < taps; tap++) {
            const product = Math.fround(columns.weights[x * columns.taps + tap] * source[at + tap * pixelBytes]);
            sum = Math.fround(sum + product);
          }
        } else {
          for (let tap = 0; tap < taps; tap++) {
            sum += columns.weights[x * columns.taps + tap] * source[at + tap * pixelBytes];
          }
          sum = method === 'bilinear' ? sum >> 4 : clip((sum + 0x200000) >> 22);
        }
        line[x * 3 + channel] = sum;
      }
    }
  }

  #vertical(y: number): void {
    const { rows, placement, method, rounding } = this.#plan;
    const count = placement.width * 3;
    const into = placement.left * 3;
    for (let i = 0; i < count; i++) {
      let sum = method === 'bilinear' ? 2 : method === 'antialias' ? 0x200000 : 0;
      for (let tap = 0; tap < rows.taps; tap++) {
        const line = this.#lines[this.#rowInside(rows.first[y] + tap) % this.#lines.length];
        if (method === 'nearest') {
          sum = line[i];
        } else if (method === 'blend') {
          sum = tap === 0 ? line[i] : blend(sum, line[i], rows.weights[2 * y + 1]);
        } else {
          const product = rows.weights[y * rows.taps + tap] * line[i];
          if (method === 'float') sum = Math.fround(sum + Math.fround(product));
          else sum += method === 'bilinear' ? product >> 16 : product;
        }
      }
      if (method === 'bilinear') sum >>= 2;
      else if (method === 'antialias') sum = clip(sum >> 22);
      else if (rounding) sum = roundToByte(sum, rounding);
      this.#row[into + i] = sum;
    }
  }

  #packRow(y: number, output: Float32Array | Uint16Array | Uint8Array): void {
    const { tensorWidth, tensorHeight, layout, dataType, colorOrder, gain, offset } = this.#plan;
    for (let channel = 0; channel < 3; channel++) {
      const from = colorOrder === 'bgr' ? 2 - channel : channel;
      let at = layout === 'nchw' ? (channel * tensorHeight + y) * tensorWidth : y * tensorWidth * 3 + channel;
      const step = layout === 'nchw' ? 1 : 3;
      for (let x = 0; x < tensorWidth; x++) {
        const value = this.#row[x * 3 + from];
        if (dataType === 'uint8') {
          output[at] = value;
        } else {
          const normal = Math.fround(Math.fround(value * gain[channel]) + offset[channel]);
          output[at] = dataType === 'float16' ? float16Bits(normal) : normal;
        }
        at += step;
      }
    }
  }
}

// Where a px has R, G or B.
function byteOf(format: PixelFormat, channel: number): number {
  if (format === 'GRAY8') return 0;
  return format === 'BGR' || format === 'BGRA' || format === 'BGRX' ? 2 - channel : channel;
}

function blend(a: number, b: number, share: number): number {
  return Math.fround(a + Math.fround(Math.fround(b - a) * share));
}
