import type { PicturePlan } from '../picture-plan.js';
import type { PlanarPart, PlaneTables, SamplePlane } from '../planar-plan.js';
import { multiplyQ15 } from '../yuv-matrix.js';

/**
 * The oracle of YUV pictures: each plane is resized by itself to the size of the result, with chroma in the middle of
 * the luma it serves; the matrix comes last. It is a formula of its own, unlike converting first.
 *
 * - `bilinear`: `u = m(k, r)` and `l = k − u` for a column weight k (14 bits) and the upper row's weight r (15 bits);
 *   `(Σ u·x_upper + Σ l·x_lower) >> 7` keeps 7 fractional bits. Nothing is rounded to 8 bits before the matrix, so the
 *   result is within 1 of the same in real numbers.
 * - `bilinear-antialias`: as a gray picture, columns then rows, each rounded to 8 bits as Pillow does; times 2^7. The result is within 1
 *   of the matrix in real numbers on Pillow's planes.
 * - matrix: {@link yuvMatrix}, with `m` from there.
 *
 * Allocates nothing per run.
 */
export class ReferencePlanar {
  readonly #plan: PicturePlan;
  readonly #planar: PlanarPart;
  /** A row of each plane, with 7 fractional bits. */
  readonly #samples: readonly Int32Array[];

  constructor(plan: PicturePlan, planar: PlanarPart) {
    this.#plan = plan;
    this.#planar = planar;
    this.#samples = planar.planes.map(() => new Int32Array(plan.placement.width));
  }

  /** Row `y` of the resized picture as RGB px from `at` on. */
  row(source: Uint8Array, y: number, target: Uint8Array, at: number): void {
    const { planes, luma, chroma } = this.#planar;
    for (let which = 0; which < 3; which++) {
      const tables = which === 0 ? luma : chroma;
      if (this.#plan.filter === 'bilinear') this.#bilinear(source, planes[which], tables, y, this.#samples[which]);
      else this.#antialias(source, planes[which], tables, y, this.#samples[which]);
    }
    this.#convert(target, at);
  }

  #bilinear(source: Uint8Array, plane: SamplePlane, { columns, rows }: PlaneTables, y: number, out: Int32Array): void {
    const upper = plane.offset + inside(rows.first[y], plane.height) * plane.stride;
    const lower = plane.offset + inside(rows.first[y] + 1, plane.height) * plane.stride;
    for (let x = 0; x < out.length; x++) {
      let sum = 0;
      for (let tap = 0; tap < 2; tap++) {
        const sample = inside(columns.first[x] + tap, plane.width) * plane.step;
        const weight = columns.weights[2 * x + tap];
        const above = multiplyQ15(weight, rows.weights[2 * y]);
        sum += above * source[upper + sample] + (weight - above) * source[lower + sample];
      }
      out[x] = sum >> 7;
    }
  }

  #antialias(source: Uint8Array, plane: SamplePlane, { columns, rows }: PlaneTables, y: number, out: Int32Array): void {
    for (let x = 0; x < out.length; x++) {
      let sum = 0x200000;
      for (let tap = 0; tap < rows.taps; tap++) {
        const row = plane.offset + inside(rows.first[y] + tap, plane.height) * plane.stride;
        let line = 0x200000;
        for (let column = 0; column < columns.taps; column++) {
          const sample = inside(columns.first[x] + column, plane.width) * plane.step;
          line += columns.weights[x * columns.taps + column] * source[row + sample];
        }
        sum += rows.weights[y * rows.taps + tap] * clip(line >> 22);
      }
      out[x] = clip(sum >> 22) << 7;
    }
  }

  #convert(target: Uint8Array, at: number): void {
    const [luma, redV, greenU, greenV, blueU, red, green, blue] = this.#planar.matrix;
    const [ys, us, vs] = this.#samples;
    for (let x = 0, to = at; x < ys.length; x++, to += 3) {
      const y = multiplyQ15(ys[x], luma);
      target[to] = clip((y + multiplyQ15(vs[x], redV) + red) >> 5);
      target[to + 1] = clip((y + multiplyQ15(us[x], greenU) + multiplyQ15(vs[x], greenV) + green) >> 5);
      target[to + 2] = clip((y + multiplyQ15(us[x], blueU) + blue) >> 5);
    }
  }
}

function inside(index: number, size: number): number {
  return Math.max(0, Math.min(index, size - 1));
}

function clip(value: number): number {
  return Math.max(0, Math.min(value, 255));
}
