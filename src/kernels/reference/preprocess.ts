import { bytesPerPixel, type PackedFormat, type PixelFormat } from '../../core/pixel-format.js';
import { beginsWithRows, type PictureOutput, type PicturePlan, type Quantization } from '../picture-plan.js';
import { ReferenceBefore } from './before.js';
import { float16Bits } from './float16.js';
import { ReferencePlanar } from './planar.js';
import { clip, roundToByte } from './round.js';
import { ReferenceWarp } from './warp.js';

/**
 * The oracle of the preprocessing kernels: slow, obvious TypeScript that every other spelling must equal bit for bit.
 *
 * A sample of `GRAY16` is made 8 bits first, see {@link PicturePlan.levels}, a `converted` YUV picture RGB of its own size; then the steps before the resize, {@link ReferenceBefore}. Then,
 * per row of the tensor, with x in RGB order, k a weight, and by the method of the plan's filter:
 * - *horizontal*: `bilinear` `S = Σ k·x` (11-bit weights), kept as `S >> 4`; `antialias` `(Σ k·x + 2^21) >> 22` (22-bit weights), clipped
 *   to 0 … 255; `nearest` x; `float` `Σ k·x` from the first tap to the last, each product and each sum rounded to float32;
 *   `blend` `a + (b − a)·k` of two px, each step rounded to float32.
 * - *vertical*: `bilinear` `((a·S₀ >> 16) + (b·S₁ >> 16) + 2) >> 2`; the others as horizontal. Rows outside the picture are the
 *   nearest row inside. `float` and `blend` with a rounding: {@link roundToByte}.
 * - both steps of a YUV picture: {@link ReferencePlanar}; of one that is warped: {@link ReferenceWarp}.
 * - *pack*: `y = fround(fround(x·gain) + offset)` per channel; float16 rounds y half-to-even; uint8 is x, or
 *   where it is quantised, as int8, `round(clamp(y, low, high)) + zeroPoint`, half-to-even. Gray: x is `(9798·R + 19235·G + 3735·B + 2^14) >> 15`.
 *
 * Where {@link beginsWithRows}, the vertical step comes before the horizontal one.
 *
 * A horizontal result is kept as long as a later row may need it, so no row is filtered twice. Allocates nothing per run.
 */
export class ReferencePreprocess {
  readonly #plan: PicturePlan;
  readonly #planar: ReferencePlanar | undefined;
  readonly #warp: ReferenceWarp | undefined;
  readonly #before: ReferenceBefore | undefined;
  /** The picture as tight rows of RGB, after the steps before the resize: where there are some, and of a YUV picture that is converted first. */
  readonly #unpacked: boolean;
  readonly #picture: Uint8Array;
  readonly #lines: (Int32Array | Float32Array)[];
  readonly #lineRows: Int32Array;
  readonly #row: Uint8Array | Float32Array;
  /** Of a plan that begins with rows: a row of the region between the two steps, as RGB. */
  readonly #between: Uint8Array;

  constructor(plan: PicturePlan) {
    this.#plan = plan;
    const resized = plan.converted ? 'bilinear' : plan.filter;
    this.#planar = plan.planar && new ReferencePlanar(plan.planar, resized, beginsWithRows(plan));
    this.#warp = plan.warp && new ReferenceWarp(plan, plan.warp);
    const { regionWidth, regionHeight } = plan;
    this.#before = plan.before && new ReferenceBefore(plan.before, regionWidth, regionHeight);
    this.#unpacked = plan.before !== undefined || plan.converted === true;
    this.#picture = new Uint8Array(this.#unpacked ? regionWidth * regionHeight * 3 : 0);
    const real = plan.method === 'float' || plan.method === 'blend';
    const Line = real ? Float32Array : Int32Array;
    this.#between = new Uint8Array(beginsWithRows(plan) ? regionWidth * 3 : 0);
    const lineLength = this.#between.length || plan.columns.first.length * 3;
    this.#lines = Array.from({ length: plan.rows.taps }, () => new Line(lineLength));
    this.#lineRows = new Int32Array(plan.rows.taps);
    const Row = real && !plan.rounding ? Float32Array : Uint8Array;
    this.#row = new Row((plan.turned ? plan.tensorHeight : plan.tensorWidth) * 3);
  }

  /** Where the px of a warped picture go in the next run; see WarpPart. */
  map(mapping: Float64Array): void {
    this.#warp?.map(mapping);
  }

  /** What the background of the next run is; see PictureKernel. */
  setBackground(rgb: Uint8Array | undefined): void {
    this.#before?.setBackground(rgb);
  }

  /** Reads pixels in the plan's source layout, writes a whole picture from element `first` of a tensor on. */
  run(source: Uint8Array, output: PictureOutput, first = 0): void {
    const { rows, columns, placement, turned, regionWidth, tensorWidth, tensorHeight, pad } = this.#plan;
    // Of a turned picture, a row here is a column of the tensor.
    const [left, top, rowWidth, rowCount] = turned
      ? [placement.top, placement.left, tensorHeight, tensorWidth]
      : [placement.left, placement.top, tensorWidth, tensorHeight];
    const height = rows.first.length;
    if (this.#unpacked) {
      this.#unpack(source);
      this.#before?.run(this.#picture);
    }
    this.#lineRows.fill(-1);
    this.#row.fill(pad);
    for (let y = 0; y < top; y++) this.#packRow(y, output, first);
    for (let y = 0; y < height; y++) {
      if (this.#warp) {
        this.#warp.row(source, y, this.#row as Uint8Array, left * 3);
      } else if (this.#planar && !this.#unpacked) {
        this.#planar.row(source, y, this.#row as Uint8Array, left * 3);
      } else {
        for (let tap = 0; tap < rows.taps; tap++) this.#keepLine(source, this.#rowInside(rows.first[y] + tap));
        if (this.#between.length > 0) {
          this.#vertical(y, this.#between, 0, regionWidth);
          this.#horizontal(this.#between, 'RGB', 0, undefined, this.#row, left * 3);
        } else {
          this.#vertical(y, this.#row, left * 3, columns.first.length);
        }
      }
      this.#packRow(top + y, output, first);
    }
    this.#row.fill(pad, 0, rowWidth * 3);
    for (let y = top + height; y < rowCount; y++) this.#packRow(y, output, first);
  }

  #unpack(source: Uint8Array): void {
    const { source: layout, regionWidth, regionHeight, regionOffset, levels } = this.#plan;
    if (this.#planar) {
      for (let y = 0; y < regionHeight; y++) this.#planar.row(source, y, this.#picture, y * regionWidth * 3);
      return;
    }
    const { format, strideBytes } = layout;
    const pixelBytes = bytesPerPixel[format as PackedFormat];
    for (let i = 0; i < this.#picture.length; i++) {
      const x = Math.floor(i / 3) % regionWidth;
      const y = Math.floor(i / 3 / regionWidth);
      const at = regionOffset + y * strideBytes + x * pixelBytes + byteOf(format, i % 3);
      this.#picture[i] = valueAt(source, at, levels);
    }
  }

  #rowInside(row: number): number {
    return Math.max(0, Math.min(row, this.#plan.regionHeight - 1));
  }

  #keepLine(source: Uint8Array, row: number): void {
    const slot = row % this.#lines.length;
    if (this.#lineRows[slot] === row) return;
    this.#lineRows[slot] = row;
    const { source: layout, regionWidth, regionOffset } = this.#plan;
    const pixels = this.#unpacked ? this.#picture : source;
    const format = this.#unpacked ? 'RGB' : layout.format;
    const levels = this.#unpacked ? undefined : this.#plan.levels;
    const start = this.#unpacked ? row * regionWidth * 3 : regionOffset + row * layout.strideBytes;
    const line = this.#lines[slot];
    if (this.#between.length === 0) {
      this.#horizontal(pixels, format, start, levels, line, 0);
      return;
    }
    const pixelBytes = bytesPerPixel[format as PackedFormat];
    for (let i = 0; i < line.length; i++) {
      line[i] = valueAt(pixels, start + Math.floor(i / 3) * pixelBytes + byteOf(format, i % 3), levels);
    }
  }

  #horizontal(
    pixels: Uint8Array,
    format: PixelFormat,
    start: number,
    levels: PicturePlan['levels'],
    line: Int32Array | Float32Array | Uint8Array,
    into: number,
  ): void {
    const { columns, method, regionWidth } = this.#plan;
    const pixelBytes = bytesPerPixel[format as PackedFormat];
    for (let x = 0; x < columns.first.length; x++) {
      for (let channel = 0; channel < 3; channel++) {
        const at = start + columns.first[x] * pixelBytes + byteOf(format, channel);
        // A table for a picture narrower than its taps reaches past the row, with weight 0.
        const taps = Math.min(columns.taps, regionWidth - columns.first[x]);
        let sum = 0;
        if (method === 'nearest') {
          sum = valueAt(pixels, at, levels);
        } else if (method === 'blend') {
          const next = valueAt(pixels, at + (taps - 1) * pixelBytes, levels);
          sum = blend(valueAt(pixels, at, levels), next, columns.weights[2 * x + 1]);
        } else if (method === 'float') {
          for (let tap = 0; tap < taps; tap++) {
            const weight = columns.weights[x * columns.taps + tap];
            sum = Math.fround(sum + Math.fround(weight * valueAt(pixels, at + tap * pixelBytes, levels)));
          }
        } else {
          for (let tap = 0; tap < taps; tap++) {
            sum += columns.weights[x * columns.taps + tap] * valueAt(pixels, at + tap * pixelBytes, levels);
          }
          sum = method === 'bilinear' ? sum >> 4 : clip((sum + 0x200000) >> 22);
        }
        line[into + x * 3 + channel] = sum;
      }
    }
  }

  // A row of `width` px.
  #vertical(y: number, row: Uint8Array | Float32Array, into: number, width: number): void {
    const { rows, method, rounding } = this.#plan;
    for (let i = 0; i < width * 3; i++) {
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
      row[into + i] = sum;
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

function grayOf(rgb: Uint8Array | Float32Array, at: number): number {
  return (9798 * rgb[at] + 19235 * rgb[at + 1] + 3735 * rgb[at + 2] + 0x4000) >> 15;
}

function quantized(y: number, { low, high, zeroPoint }: Quantization): number {
  const within = Math.max(low, Math.min(high, y));
  const below = Math.floor(within);
  const rest = within - below;
  const up = rest > 0.5 || (rest === 0.5 && below % 2 !== 0);
  return below + (up ? 1 : 0) + zeroPoint;
}

// Where a px has R, G or B.
function byteOf(format: PixelFormat, channel: number): number {
  if (format === 'GRAY8' || format === 'GRAY16') return 0;
  return format === 'BGR' || format === 'BGRA' || format === 'BGRX' ? 2 - channel : channel;
}

// A byte, or a sample of 16 bits as one.
function valueAt(source: Uint8Array, at: number, levels: PicturePlan['levels']): number {
  if (!levels) return source[at];
  const sample = source[at] | (source[at + 1] << 8);
  return Math.trunc(clip(Math.fround(Math.fround(sample * levels.gain) + levels.offset)));
}

function blend(a: number, b: number, share: number): number {
  return Math.fround(a + Math.fround(Math.fround(b - a) * share));
}
