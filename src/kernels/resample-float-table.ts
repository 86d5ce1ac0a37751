import { cubicWeight, type ResampleTable, roundHalfEven, type Span, spanTable } from './resample-table.js';

/** A table of float32 weights; windows lie within the samples wherever there are enough of them. */
export type FloatTable = ResampleTable<Float32Array>;

// Samples outside count as the edge sample.
function repeatEdges(from: number, start: number, weights: readonly number[]): Span {
  const inside = (x: number) => Math.max(0, Math.min(x, from - 1));
  const first = inside(start);
  const last = inside(start + weights.length - 1);
  const sums = new Array<number>(last - first + 1).fill(0);
  weights.forEach((weight, tap) => {
    sums[inside(start + tap) - first] += weight;
  });
  return { first, weights: sums };
}

// Samples outside do not count; what is left is made 1 in all.
function dropOutside(from: number, start: number, weights: readonly number[]): Span {
  const kept = weights.map((weight, tap) => (start + tap < 0 || start + tap >= from ? 0 : weight));
  const sum = kept.reduce((total, weight) => total + weight, 0);
  if (sum === 0) return repeatEdges(from, start, weights);
  const shares = kept.map((weight) => weight / sum);
  return repeatEdges(from, start, shares);
}

const floats = (from: number, spans: Span[]) => spanTable(from, spans, (length) => new Float32Array(length));

/** Columns or rows of `bilinear-float`: between the two nearest pixel centres, edges repeated. @source ONNX Resize, `linear` and `half_pixel`. */
export function bilinearFloatTable(from: number, to: number, extent = from, start = 0): FloatTable {
  const spans = Array.from({ length: to }, (_, i) => {
    const centre = start + ((i + 0.5) * extent) / to - 0.5;
    const share = centre - Math.floor(centre);
    return repeatEdges(from, Math.floor(centre), [1 - share, share]);
  });
  return floats(from, spans);
}

/**
 * Columns or rows of `bilinear-tf-legacy`: pixel i at `start + i·extent / to`, in float32 as there. Two taps, of which the second
 * weight is the share of the second sample. Columns satisfy `first + 2 ≤ max(from, 2)`; the last row has the one after it beside it,
 * which the kernel clamps: `a + (b − a)` of rows need not be b.
 * @source TensorFlow core/kernels/image/resize_bilinear_op.cc, LegacyScaler
 */
export function legacyTable(from: number, to: number, axis: 'columns' | 'rows', extent = from, start = 0): FloatTable {
  const scale = Math.fround(extent / to);
  const first = new Int32Array(to);
  const weights = new Float32Array(2 * to);
  for (let i = 0; i < to; i++) {
    const at = Math.max(0, Math.min(Math.fround(Math.fround(i * scale) + start), from - 1));
    let index = Math.floor(at);
    let share = Math.fround(at - index);
    // The last sample alone, named as the second of a pair so that both lie in the row.
    if (axis === 'columns' && index === from - 1 && from > 1) [index, share] = [from - 2, 1];
    first[i] = index;
    weights.set([1 - share, share], 2 * i);
  }
  return { taps: 2, first, weights };
}

// Weights of the four samples around a point `share` after the second; every step goes through `f`.
function cubicWeights(share: number, a: number, f: (x: number) => number = (x) => x): [number, number, number, number] {
  const near = (x: number) => f(f(f(f(f((a + 2) * x) - (a + 3)) * x) * x) + 1);
  const far = (x: number) => f(f(f(f(f(f(a * x) - 5 * a) * x) + 8 * a) * x) - 4 * a);
  return [far(f(1 + share)), near(share), near(f(1 - share)), far(f(2 - share))];
}

/**
 * Columns or rows of `bicubic-float` (a = −0.75, edges repeated) and `bicubic-float-catmull-rom` (a = −0.5, what is outside
 * does not count). @source ONNX Resize, `cubic` and `half_pixel`, `cubic_coeff_a`, `exclude_outside`.
 */
export function bicubicFloatTable(
  from: number,
  to: number,
  extent = from,
  start = 0,
  filter: 'bicubic-float' | 'bicubic-float-catmull-rom' = 'bicubic-float',
): FloatTable {
  const [a, ends] = filter === 'bicubic-float' ? [-0.75, repeatEdges] : [-0.5, dropOutside];
  const spans = Array.from({ length: to }, (_, i) => {
    const centre = start + ((i + 0.5) * extent) / to - 0.5;
    return ends(from, Math.floor(centre) - 1, cubicWeights(centre - Math.floor(centre), a));
  });
  return floats(from, spans);
}

/**
 * Columns or rows of `bicubic-float-antialias`: a = −0.75, as wide as an output px where an axis shrinks, edges repeated.
 * @source ONNX Resize, `cubic`, `half_pixel` and `antialias`.
 */
export function bicubicFloatAntialiasTable(from: number, to: number, extent = from, start = 0): FloatTable {
  const scale = extent / to;
  const stretch = Math.max(scale, 1);
  const spans = Array.from({ length: to }, (_, i) => {
    const centre = start + (i + 0.5) * scale;
    const [low, high] = [-2, 2].map((support) => Math.floor(centre + support * stretch + 0.5));
    const weights = Array.from({ length: high - low }, (_, k) =>
      cubicWeight((low + k + 0.5 - centre) / stretch, -0.75),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const shares = weights.map((weight) => weight / sum);
    return repeatEdges(from, low, shares);
  });
  return floats(from, spans);
}

/**
 * Columns or rows of OpenCV's `INTER_CUBIC` on 8-bit pictures: weights of 11 bits, a = −0.75, edges repeated. Columns hold
 * them as whole numbers, so that a line is exact; rows bring the 2^22 of both axes back.
 * @source OpenCV modules/imgproc/src/resize.cpp, `interpolateCubic` and `VResizeCubicVec_32s8u`
 */
export function bicubicTable(from: number, to: number, axis: 'columns' | 'rows', extent = from, start = 0): FloatTable {
  const scale = 1 / (to / extent);
  const one = axis === 'columns' ? 1 : 2 ** -22;
  const spans = Array.from({ length: to }, (_, i) => {
    const centre = Math.fround((i + 0.5) * scale - 0.5 + start);
    const index = Math.floor(centre);
    const [far, near, next] = cubicWeights(Math.fround(centre - index), -0.75, Math.fround);
    const rest = Math.fround(Math.fround(Math.fround(1 - far) - near) - next);
    const weights = [far, near, next, rest].map((weight) => roundHalfEven(weight * 2048) * one);
    return repeatEdges(from, index - 1, weights);
  });
  return floats(from, spans);
}

/**
 * Columns or rows of OpenCV's `INTER_AREA` where both axes shrink: the share of each sample in the area that a pixel covers.
 * @source OpenCV modules/imgproc/src/resize.cpp, `computeResizeAreaTab`
 */
export function areaTable(from: number, to: number, extent = from, start = 0): FloatTable {
  // A share smaller than this is none.
  const least = 1e-3;
  const scale = 1 / (to / extent);
  const spans = Array.from({ length: to }, (_, i) => {
    const low = Math.max(0, Math.min(i * scale + start, from - 1));
    const cell = Math.max(Math.min(scale, from - low), least);
    const high = low + scale;
    const whole = Math.min(Math.ceil(low), Math.min(Math.floor(high), from - 1));
    const end = Math.min(Math.floor(high), from - 1);
    const weights: number[] = [];
    const begins = whole - low > least;
    if (begins) weights.push((whole - low) / cell);
    for (let x = whole; x < end; x++) weights.push(1 / cell);
    if (high - end > least || weights.length === 0) weights.push(Math.min(high - end, 1, cell) / cell);
    return repeatEdges(from, begins ? whole - 1 : whole, weights);
  });
  return floats(from, spans);
}

/** Columns or rows of the mean of `factor` whole samples, as a sum: to be divided once, at the end, as OpenCV does. */
export function sumTable(from: number, to: number, factor: number, start = 0): FloatTable {
  const ones = new Array<number>(factor).fill(1);
  return floats(
    from,
    Array.from({ length: to }, (_, i) => repeatEdges(from, start + i * factor, ones)),
  );
}
