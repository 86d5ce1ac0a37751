import { bytesPerPixel, type PackedFormat } from '../../core/pixel-format.js';
import type { PicturePlan } from '../picture-plan.js';
import type { SamplePlane } from '../planar-plan.js';
import type { WarpPart } from '../warp-plan.js';
import { clip } from './round.js';

const { fround, trunc, max, min } = Math;

/**
 * The oracle of warped pictures. Per row j of the tensor, with each step of what follows rounded to float32:
 *
 * - *points*: with `X = m0·0 + m1·j + m2`, Y and W in the same way, computed in float64 and rounded once,
 *   px i lies at `x = (m0·i + X) / (m6·i + W)`, `y = (m3·i + Y) / (m6·i + W)`; see {@link WarpPart}.
 * - *places*, on each axis of a plane of `size` samples that serve n px each: `s = x/n + (1/n − 1)/2`, cut to 0 … size − 1, which
 *   repeats the edge; the first sample is `trunc(s)`, at most size − 2, and the next one weighs `b = trunc((s − first)·2^14 + ½)`
 *   of 2^14.
 * - *bilinear*, in whole numbers: `h = (a·x₀ + b·x₁) >> 7` of the upper and of the lower pair, `s = (c·h₀ + d·h₁) >> 14`, which has
 *   7 fractional bits; as a byte `(s + 2^6) >> 7`. A sample of `GRAY16` is made 8 bits before; Y, U and V become RGB as they are, by the
 *   matrix of {@link ReferencePlanar}, so that px are rounded once.
 * - *border* `constant`: a px that lies in the picture to the part `k = min(1, x + 1, width − x) · (the same of y)`, not below 0,
 *   becomes `(c·px + (2^14 − c)·pad + 2^13) >> 14` with `c = trunc(k·2^14 + ½)`: as bilinear among px that are pad outside.
 *
 * Weights have 14 bits where OpenCV's have 5. Up to 4096 px each way, places are within 2^-9 px of those in real numbers.
 * Allocates nothing per run.
 */
export class ReferenceWarp {
  readonly #plan: PicturePlan;
  readonly #border: WarpPart['border'];
  readonly #mapping: Float64Array;
  /** Where the samples of Y, U and V lie, or of red, green and blue, and how many px each serves on an axis. */
  readonly #planes: readonly (SamplePlane & { readonly across: number; readonly down: number })[];
  /** Where the px lies that is being made: x, y. A field, because numbers that are handed on are boxed. */
  readonly #point = new Float32Array(2);
  /** What it is made of, with 7 fractional bits. */
  readonly #px = new Int16Array(3);

  constructor(plan: PicturePlan, { border, mapping }: WarpPart) {
    this.#plan = plan;
    this.#border = border;
    this.#mapping = Float64Array.from(mapping);
    const { regionWidth, regionHeight } = plan;
    this.#planes = (plan.planar?.planes ?? colorPlanes(plan)).map((plane) => ({
      ...plane,
      across: plane.width < regionWidth ? 2 : 1,
      down: plane.height < regionHeight ? 2 : 1,
    }));
  }

  /** Another mapping for the next run. */
  map(mapping: Float64Array): void {
    this.#mapping.set(mapping);
  }

  /** Row `j` of the warped picture as RGB px from `at` on. */
  row(source: Uint8Array, j: number, target: Uint8Array, at: number): void {
    const { tensorWidth } = this.#plan;
    const m = this.#mapping;
    const dx = fround(m[0]);
    const dy = fround(m[3]);
    const dw = fround(m[6]);
    const startX = fround(m[1] * j + m[2]);
    const startY = fround(m[4] * j + m[5]);
    const startW = fround(m[7] * j + m[8]);
    for (let i = 0; i < tensorWidth; i++) {
      const w = fround(fround(i * dw) + startW);
      this.#point[0] = fround(fround(i * dx) + startX) / w;
      this.#point[1] = fround(fround(i * dy) + startY) / w;
      this.#pixel(source, target, at + i * 3);
      if (this.#border === 'constant') this.#cover(target, at + i * 3);
    }
  }

  #pixel(source: Uint8Array, target: Uint8Array, at: number): void {
    const { planar } = this.#plan;
    for (let c = 0; c < 3; c++) this.#px[c] = this.#sample(source, c);
    if (planar) convert(this.#px, planar.matrix, target, at);
    else for (let c = 0; c < 3; c++) target[at + c] = (this.#px[c] + 64) >> 7;
  }

  #sample(source: Uint8Array, which: number): number {
    const { offset, stride, step, width, height, across, down } = this.#planes[which];
    const column = fround(fround(this.#point[0] / across) + (1 / across - 1) / 2);
    const row = fround(fround(this.#point[1] / down) + (1 / down - 1) / 2);
    const at = offset + first(row, height) * stride + first(column, width) * step;
    const right = width > 1 ? step : 0;
    const below = height > 1 ? stride : 0;
    const b = weight(column, width);
    const d = weight(row, height);
    const upper = ((2 ** 14 - b) * this.#level(source, at) + b * this.#level(source, at + right)) >> 7;
    const lower = ((2 ** 14 - b) * this.#level(source, at + below) + b * this.#level(source, at + below + right)) >> 7;
    return ((2 ** 14 - d) * upper + d * lower) >> 14;
  }

  #level(source: Uint8Array, at: number): number {
    const { levels } = this.#plan;
    if (!levels) return source[at];
    const sample = source[at] | (source[at + 1] << 8);
    return trunc(max(0, min(255, fround(fround(sample * levels.gain) + levels.offset))));
  }

  #cover(target: Uint8Array, at: number): void {
    const { regionWidth, regionHeight, pad } = this.#plan;
    const share = fround(inside(this.#point[0], regionWidth) * inside(this.#point[1], regionHeight));
    const c = trunc(fround(fround(share * 2 ** 14) + 0.5));
    for (let k = 0; k < 3; k++) target[at + k] = (c * target[at + k] + (2 ** 14 - c) * pad + 2 ** 13) >> 14;
  }
}

// Of a picture whose px lie side by side: red, green and blue, or the same gray three times.
function colorPlanes({ source, regionOffset, regionWidth, regionHeight }: PicturePlan): SamplePlane[] {
  const { format, strideBytes } = source;
  const step = bytesPerPixel[format as PackedFormat];
  const swapped = format === 'BGR' || format === 'BGRA' || format === 'BGRX';
  return [0, 1, 2].map((color) => {
    const byte = step < 3 ? 0 : swapped ? 2 - color : color;
    return { offset: regionOffset + byte, stride: strideBytes, step, width: regionWidth, height: regionHeight };
  });
}

// The sample before a place on an axis.
function first(at: number, size: number): number {
  return trunc(max(0, min(at, size - 1, max(size - 2, 0))));
}

// What the one after it weighs.
function weight(at: number, size: number): number {
  const s = max(0, min(at, size - 1));
  return trunc(fround(fround(fround(s - first(at, size)) * 2 ** 14) + 0.5));
}

// How much of a px at this place lies beside none of the two ends of an axis.
function inside(at: number, size: number): number {
  return max(0, min(1, fround(at + 1), fround(size - at)));
}

function convert(samples: Int16Array, matrix: Int32Array, target: Uint8Array, at: number): void {
  const product = (factor: number, sample: number) => (matrix[factor] * sample) >> 16;
  const [y, u, v] = samples;
  const light = product(0, y);
  target[at] = clip((light + product(1, v) + matrix[5]) >> 4);
  target[at + 1] = clip((light + product(2, u) + product(3, v) + matrix[6]) >> 4);
  target[at + 2] = clip((light + product(4, u) + matrix[7]) >> 4);
}
