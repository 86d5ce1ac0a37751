export type { ResampleFilter } from '../core/resample-filter.js';

/**
 * Which source pixels make each output pixel along one axis, and with what weight: a whole number, or a float32.
 * Output i is made of the sources `first[i]` … `first[i] + taps − 1`, weighted by `weights[i·taps …]`.
 * Where a filter needs fewer than `taps`, weights are 0; `nearest` has one tap and no weights.
 *
 * Tables are made for `from` samples, of which an interval becomes `to` pixels: `extent` samples wide (all of them by default),
 * beginning at `start` (0 by default), neither of them whole. Filters see the samples beside the interval, and the edge
 * sample instead of what is not there.
 */
export interface ResampleTable<Weights extends Int32Array | Float32Array = Int32Array> {
  readonly taps: number;
  readonly first: Int32Array;
  readonly weights: Weights;
}

/**
 * Columns or rows of OpenCV's `INTER_NEAREST`: output i is the sample at `start + i·extent / to`, rounded down.
 * @source OpenCV modules/imgproc/src/resize.cpp `resizeNN`; goldens in test/fixtures/resize-goldens.json.
 */
export function nearestTable(from: number, to: number, extent = from, start = 0): ResampleTable {
  const scale = 1 / (to / extent);
  const first = new Int32Array(to);
  for (let i = 0; i < to; i++) first[i] = Math.max(0, Math.min(Math.floor(i * scale + start), from - 1));
  return { taps: 1, first, weights: new Int32Array(0) };
}

/** Nearest whole number, a half goes to the even one, as C's lrint. */
export function roundHalfEven(x: number): number {
  const low = Math.floor(x);
  const rest = x - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? low + 1 : low;
}

/**
 * Columns and rows of OpenCV's `INTER_LINEAR` on 8-bit pictures: 11-bit weights, pixel centres at half px.
 * A column that would lean over an edge takes the edge pixel alone. A row that does keeps its two weights and names a
 * row outside the picture (−1 or `from`), which the kernel clamps: the vertical step cuts the two products
 * apart, so 2048 = a + b would not give the same value. Columns satisfy `first + 2 ≤ max(from, 2)`.
 * @source OpenCV modules/imgproc/src/resize.cpp; goldens in test/fixtures/resize-goldens.json.
 */
export function bilinearTable(
  from: number,
  to: number,
  axis: 'columns' | 'rows',
  extent = from,
  start = 0,
): ResampleTable {
  const scale = 1 / (to / extent);
  const samples = Array.from({ length: to }, (_, i): [number, number] => {
    const centre = Math.fround((i + 0.5) * scale - 0.5 + start);
    return [Math.floor(centre), Math.fround(centre - Math.floor(centre))];
  });
  return pairTable(from, samples, axis);
}

/**
 * Columns and rows of `INTER_AREA` where an axis grows: weights as of {@link bilinearTable}, for how much of an output pixel
 * lies in each of the two samples that it touches.
 * @source OpenCV modules/imgproc/src/resize.cpp; goldens in test/fixtures/resize-goldens.json.
 */
export function areaPairTable(
  from: number,
  to: number,
  axis: 'columns' | 'rows',
  extent = from,
  start = 0,
): ResampleTable {
  const inverse = to / extent;
  const scale = 1 / inverse;
  const samples = Array.from({ length: to }, (_, i): [number, number] => {
    const index = Math.floor(i * scale + start);
    const beyond = Math.fround(i + 1 - (index + 1 - start) * inverse);
    return [index, beyond <= 0 ? 0 : Math.fround(beyond - Math.floor(beyond))];
  });
  return pairTable(from, samples, axis);
}

// The first of two samples, and the share of the second, as 11-bit weights.
function pairTable(from: number, samples: [number, number][], axis: 'columns' | 'rows'): ResampleTable {
  const to = samples.length;
  const first = new Int32Array(to);
  const weights = new Int32Array(to * 2);
  for (let i = 0; i < to; i++) {
    const [sample, fraction] = samples[i];
    let index = sample;
    let low = roundHalfEven(Math.fround(Math.fround(1 - fraction) * 2048));
    let high = roundHalfEven(fraction * 2048);
    if (axis === 'columns') {
      if (index < 0) {
        [index, low, high] = [0, 2048, 0];
      } else if (index >= from - 1) {
        // The last pixel alone, named as the right one of a pair so that both lie in the row.
        [index, low, high] = from > 1 ? [from - 2, 0, 2048] : [0, 2048, 0];
      }
    }
    first[i] = index;
    weights[2 * i] = low;
    weights[2 * i + 1] = high;
  }
  return { taps: 2, first, weights };
}

/**
 * Columns and rows of `bilinear` on a plane of a YUV picture: pixel centres at half px, and no rounding in between,
 * where {@link bilinearTable} rounds as OpenCV does. `from` samples are there, and the picture is `extent` of them wide,
 * from `start` on: half a sample less where chroma goes past an odd side, half a sample later where a region begins between two. Columns have two weights of 14 bits, `first + 2 ≤ max(from, 2)`.
 * Rows have the weight of the first row, 15 bits and below 2^15, what it leaves to the second being that one's; they name
 * rows outside the picture (−1 or `from`), which the kernel clamps.
 */
export function planeTable(
  from: number,
  extent: number,
  to: number,
  axis: 'columns' | 'rows',
  start = 0,
): ResampleTable {
  const first = new Int32Array(to);
  const weights = new Int32Array(to * 2);
  for (let i = 0; i < to; i++) {
    const centre = start + ((i + 0.5) * extent) / to - 0.5;
    let index = Math.floor(centre);
    let fraction = centre - index;
    if (axis === 'rows') {
      weights[2 * i] = Math.min(32767, Math.round((1 - fraction) * 32768));
    } else {
      if (index < 0) [index, fraction] = [0, 0];
      else if (index >= from - 1) [index, fraction] = from > 1 ? [from - 2, 1] : [0, 0];
      weights[2 * i + 1] = Math.round(fraction * 16384);
      weights[2 * i] = 16384 - weights[2 * i + 1];
    }
    first[i] = index;
  }
  return { taps: 2, first, weights };
}

/** A filter of Pillow's `Image.resize`: its weight at a distance in output pixels, which is 0 beyond `support`. */
interface AntialiasShape {
  readonly support: number;
  weight(distance: number): number;
}

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));

/** The cubic kernel of Keys at a distance in samples, by its parameter `a`: 0 from 2 on. */
export function cubicWeight(distance: number, a: number): number {
  const x = Math.abs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

const antialiasShapes = {
  'bilinear-antialias': { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  'bicubic-antialias': {
    support: 2,
    weight: (distance) => cubicWeight(distance, -0.5),
  },
  'lanczos-antialias': { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
} satisfies Record<string, AntialiasShape>;

/** The filters that {@link antialiasTable} makes tables of. */
export type AntialiasFilter = keyof typeof antialiasShapes;

/** Whether a filter is one of Pillow's. */
export function isAntialias(filter: string): filter is AntialiasFilter {
  return Object.hasOwn(antialiasShapes, filter);
}

/**
 * Columns or rows of Pillow's `Image.resize` on 8-bit pictures: a filter that widens when scaling down, signed weights of 22
 * bits, an even number of taps, `first + taps ≤ max(from, taps)`. An interval is Pillow's `box`.
 * @source Pillow src/libImaging/Resample.c; goldens in test/fixtures/resize-goldens.json.
 */
export function antialiasTable(
  from: number,
  to: number,
  extent = from,
  start = 0,
  filter: AntialiasFilter = 'bilinear-antialias',
): ResampleTable {
  const shape: AntialiasShape = antialiasShapes[filter];
  const scale = extent / to;
  const stretch = Math.max(scale, 1);
  const support = shape.support * stretch;
  const spans: Span[] = [];
  for (let i = 0; i < to; i++) {
    // Beside the picture there is nothing to weigh: its edge stands for it.
    const centre = Math.max(0, Math.min(start + (i + 0.5) * scale, from));
    const low = Math.max(0, Math.trunc(centre - support + 0.5));
    const high = Math.min(from, Math.trunc(centre + support + 0.5));
    const raw: number[] = [];
    let sum = 0;
    for (let x = low; x < high; x++) {
      // Multiplied by the inverse, as there: a division rounds otherwise.
      const weight = shape.weight((x - centre + 0.5) * (1 / stretch));
      raw.push(weight);
      sum += weight;
    }
    const whole = raw.map((weight) => {
      const scaled = (sum !== 0 ? weight / sum : weight) * (1 << 22);
      return Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    });
    spans.push({ first: low, weights: whole });
  }
  return spanTable(from, spans, (length) => new Int32Array(length), 2);
}

/** What one output is made of: samples side by side. */
export interface Span {
  readonly first: number;
  readonly weights: number[];
}

/**
 * A table of spans that lie within `from` samples: as many taps as the longest needs, made a multiple of `multiple`; windows are
 * moved to the left where they would leave the row. Drops zeros at the end of a span.
 */
export function spanTable<Weights extends Int32Array | Float32Array>(
  from: number,
  spans: readonly Span[],
  allocate: (length: number) => Weights,
  multiple = 1,
): ResampleTable<Weights> {
  const used = ({ weights }: Span) => Math.max(1, weights.findLastIndex((weight) => weight !== 0) + 1);
  const most = spans.reduce((taps, span) => Math.max(taps, used(span)), 1);
  const taps = Math.ceil(most / multiple) * multiple;
  const first = new Int32Array(spans.length);
  const weights = allocate(spans.length * taps);
  const last = Math.max(0, from - taps);
  spans.forEach((span, i) => {
    first[i] = Math.min(span.first, last);
    weights.set(span.weights.slice(0, used(span)), i * taps + span.first - first[i]);
  });
  return { taps, first, weights };
}
