/**
 * Which source pixels make each output pixel along one axis, and with what whole-number weight.
 * Output i is made of the sources `first[i]` … `first[i] + taps − 1`, weighted by `weights[i·taps …]`.
 * `taps` is even; where a filter needs fewer, weights are 0.
 */
export interface ResampleTable {
  readonly taps: number;
  readonly first: Int32Array;
  readonly weights: Int32Array;
}

/** Filters of the preprocessing kernels. */
export type ResampleFilter = 'bilinear' | 'bilinear-antialias';

// Nearest whole number, a half goes to the even one, as C's lrint.
function roundHalfEven(x: number): number {
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
export function bilinearTable(from: number, to: number, axis: 'columns' | 'rows'): ResampleTable {
  const first = new Int32Array(to);
  const weights = new Int32Array(to * 2);
  const scale = 1 / (to / from);
  for (let i = 0; i < to; i++) {
    const centre = Math.fround((i + 0.5) * scale - 0.5);
    let index = Math.floor(centre);
    const fraction = Math.fround(centre - index);
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

/**
 * Columns or rows of Pillow's `Image.resize(BILINEAR)` on 8-bit pictures: a triangle that widens when
 * scaling down, 22-bit weights. `first + taps ≤ max(from, taps)`. The picture is `extent` of the `from` samples wide
 * and begins at `begin`, as with Pillow's `box`: all of them, but for chroma at odd sides.
 * @source Pillow src/libImaging/Resample.c; goldens in test/fixtures/resize-goldens.json.
 */
export function antialiasTable(from: number, to: number, extent = from, begin = 0): ResampleTable {
  const scale = extent / to;
  const support = Math.max(scale, 1);
  const rows: { start: number; weights: number[] }[] = [];
  let taps = 2;
  for (let i = 0; i < to; i++) {
    const centre = begin + (i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(from, Math.trunc(centre + support + 0.5));
    const raw: number[] = [];
    let sum = 0;
    for (let x = start; x < end; x++) {
      // Multiplied by the inverse, as there: a division rounds otherwise.
      const weight = Math.max(0, 1 - Math.abs((x - centre + 0.5) * (1 / support)));
      raw.push(weight);
      sum += weight;
    }
    const whole = raw.map((weight) => Math.trunc(0.5 + (sum !== 0 ? weight / sum : weight) * (1 << 22)));
    while (whole.length > 1 && whole[whole.length - 1] === 0) whole.pop();
    taps = Math.max(taps, whole.length);
    rows.push({ start, weights: whole });
  }
  taps += taps & 1;
  const first = new Int32Array(to);
  const weights = new Int32Array(to * taps);
  const last = Math.max(0, from - taps);
  rows.forEach(({ start, weights: whole }, i) => {
    first[i] = Math.min(start, last);
    weights.set(whole, i * taps + start - first[i]);
  });
  return { taps, first, weights };
}
