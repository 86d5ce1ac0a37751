import { bytesPerPixel, type PackedFormat } from '../../core/pixel-format.js';
import type { PictureOutput, PicturePlan, Quantization } from '../picture-plan.js';
import { float16Bits } from './float16.js';
import { ReferencePlanar } from './planar.js';

/**
 * The oracle of the preprocessing kernels: slow, obvious TypeScript that every other spelling must equal bit for bit.
 *
 * Per row of the tensor, with x in RGB order:
 * - *horizontal*, `bilinear`: `S = a·x₀ + b·x₁` (11-bit weights), kept as `S >> 4`;
 *   `bilinear-antialias`: `(Σ k·x + 2^21) >> 22`, at most 255 (22-bit weights).
 * - *vertical*, `bilinear`: `((a·S₀ >> 16) + (b·S₁ >> 16) + 2) >> 2`; `bilinear-antialias`: as horizontal.
 *   Rows outside the picture are the nearest row inside.
 * - a sample of `GRAY16` is made 8 bits first, see {@link PicturePlan.levels}.
 * - both steps of a YUV picture: {@link ReferencePlanar}.
 * - *pack*: `y = fround(fround(x·gain) + offset)` per channel; float16 rounds y half-to-even; uint8 is x, or
 *   where it is quantised, as int8, `round(clamp(y, low, high)) + zeroPoint`, half-to-even. Gray: x is `(9798·R + 19235·G + 3735·B + 2^14) >> 15`.
 *
 * A horizontal result is kept as long as a later row may need it, so no row is filtered twice. Allocates nothing per run.
 */
export class ReferencePreprocess {
  readonly #plan: PicturePlan;
  readonly #planar: ReferencePlanar | undefined;
  readonly #lines: Int32Array[];
  readonly #lineRows: Int32Array;
  readonly #row: Uint8Array;

  constructor(plan: PicturePlan) {
    this.#plan = plan;
    this.#planar = plan.planar && new ReferencePlanar(plan, plan.planar);
    this.#lines = Array.from({ length: plan.rows.taps }, () => new Int32Array(plan.columns.first.length * 3));
    this.#lineRows = new Int32Array(plan.rows.taps);
    this.#row = new Uint8Array((plan.turned ? plan.tensorHeight : plan.tensorWidth) * 3);
  }

  /** Reads pixels in the plan's source layout, writes a whole picture from element `first` of a tensor on. */
  run(source: Uint8Array, output: PictureOutput, first = 0): void {
    const { rows, placement, turned, tensorWidth, tensorHeight, pad } = this.#plan;
    // Of a turned picture, a row here is a column of the tensor.
    const [left, top, rowWidth, rowCount] = turned
      ? [placement.top, placement.left, tensorHeight, tensorWidth]
      : [placement.left, placement.top, tensorWidth, tensorHeight];
    const height = rows.first.length;
    this.#lineRows.fill(-1);
    this.#row.fill(pad);
    for (let y = 0; y < top; y++) this.#packRow(y, output, first);
    for (let y = 0; y < height; y++) {
      if (this.#planar) {
        this.#planar.row(source, y, this.#row, left * 3);
      } else {
        for (let tap = 0; tap < rows.taps; tap++) this.#keepLine(source, this.#rowInside(rows.first[y] + tap));
        this.#vertical(y, left * 3);
      }
      this.#packRow(top + y, output, first);
    }
    this.#row.fill(pad, 0, rowWidth * 3);
    for (let y = top + height; y < rowCount; y++) this.#packRow(y, output, first);
  }

  #rowInside(row: number): number {
    return Math.max(0, Math.min(row, this.#plan.regionHeight - 1));
  }

  #keepLine(source: Uint8Array, row: number): void {
    const slot = row % this.#lines.length;
    if (this.#lineRows[slot] === row) return;
    this.#lineRows[slot] = row;
    const { source: layout, columns, filter, regionWidth, regionOffset, levels } = this.#plan;
    const { format, strideBytes } = layout;
    const pixelBytes = bytesPerPixel[format as PackedFormat];
    const swapped = format === 'BGR' || format === 'BGRA' || format === 'BGRX';
    const line = this.#lines[slot];
    const start = regionOffset + row * strideBytes;
    for (let x = 0; x < columns.first.length; x++) {
      for (let channel = 0; channel < 3; channel++) {
        const byte = format === 'GRAY8' || format === 'GRAY16' ? 0 : swapped ? 2 - channel : channel;
        let sum = 0;
        for (let tap = 0; tap < columns.taps; tap++) {
          const column = columns.first[x] + tap;
          // A table for a picture narrower than its taps reaches past the row, with weight 0.
          if (column >= regionWidth) break;
          const at = start + column * pixelBytes + byte;
          sum += columns.weights[x * columns.taps + tap] * (levels ? level(source, at, levels) : source[at]);
        }
        line[x * 3 + channel] = filter === 'bilinear' ? sum >> 4 : Math.min(255, (sum + 0x200000) >> 22);
      }
    }
  }

  #vertical(y: number, into: number): void {
    const { rows, columns, filter } = this.#plan;
    const count = columns.first.length * 3;
    for (let i = 0; i < count; i++) {
      let sum = filter === 'bilinear' ? 2 : 0x200000;
      for (let tap = 0; tap < rows.taps; tap++) {
        const line = this.#lines[this.#rowInside(rows.first[y] + tap) % this.#lines.length];
        const product = rows.weights[y * rows.taps + tap] * line[i];
        sum += filter === 'bilinear' ? product >> 16 : product;
      }
      this.#row[into + i] = filter === 'bilinear' ? sum >> 2 : Math.min(255, sum >> 22);
    }
  }

  #packRow(y: number, output: PictureOutput, first: number): void {
    const { tensorWidth, tensorHeight, turned, layout, dataType, colorOrder, channels, gain, offset, quantization } =
      this.#plan;
    const nchw = layout === 'nchw';
    // Elements from one px to the one right of it, and to the one below.
    const [across, down] = [nchw ? 1 : channels, tensorWidth * (nchw ? 1 : channels)];
    const [start, step] = turned ? [y * across, down] : [y * down, across];
    for (let channel = 0; channel < channels; channel++) {
      const from = colorOrder === 'bgr' ? 2 - channel : channel;
      let at = first + start + channel * (nchw ? tensorWidth * tensorHeight : 1);
      for (let x = 0; x < (turned ? tensorHeight : tensorWidth); x++) {
        const value = channels === 1 ? grayOf(this.#row, x * 3) : this.#row[x * 3 + from];
        if (quantization) {
          output[at] = quantized(Math.fround(Math.fround(value * gain[channel]) + offset[channel]), quantization);
        } else if (dataType === 'uint8') {
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

function grayOf(rgb: Uint8Array, at: number): number {
  return (9798 * rgb[at] + 19235 * rgb[at + 1] + 3735 * rgb[at + 2] + 0x4000) >> 15;
}

function quantized(y: number, { low, high, zeroPoint }: Quantization): number {
  const within = Math.max(low, Math.min(high, y));
  const below = Math.floor(within);
  const rest = within - below;
  const up = rest > 0.5 || (rest === 0.5 && below % 2 !== 0);
  return below + (up ? 1 : 0) + zeroPoint;
}

function level(source: Uint8Array, at: number, { gain, offset }: NonNullable<PicturePlan['levels']>): number {
  const sample = source[at] | (source[at + 1] << 8);
  return Math.trunc(Math.max(0, Math.min(255, Math.fround(Math.fround(sample * gain) + offset))));
}
