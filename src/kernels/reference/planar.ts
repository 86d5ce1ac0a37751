import type { PicturePlan } from '../picture-plan.js';
import type { PlanarPart, PlaneTables, SamplePlane } from '../planar-plan.js';
import { clip } from './round.js';

/**
 * The oracle of YUV pictures: each plane is resized by itself to the size of the result, with chroma in the middle of
 * the luma it serves; the matrix comes last. It is a formula of its own, unlike converting first.
 *
 * - `bilinear`: along a row `h = (a·x₀ + b·x₁) >> 7` of the upper and of the lower row (14-bit weights), 7 fractional bits.
 *   Each factor f of {@link yuvMatrix} is shared out to the two rows, `f₀ = (f·r + 2^14) >> 15` and `f − f₀` (r: 15-bit weight
 *   of the upper row), so that rows and matrix are one step: `m = (f₀·h₀ + (f − f₀)·h₁) >> 16`. Nothing is rounded to 8 bits
 *   before: the result is within 1 of the same in real numbers.
 * - the antialiased filters: as a gray picture, columns then rows, or rows first, each rounded to 8 bits as Pillow does, then the
 *   matrix. The result is within 1 of the matrix in real numbers on Pillow's planes.
 *
 * Allocates nothing per run.
 */
export class ReferencePlanar {
  readonly #planar: PlanarPart;
  readonly #bilinear: boolean;
  readonly #rowsFirst: boolean;
  /** Of Y, U and V a row each, or for `bilinear` an upper and a lower one. */
  readonly #rows: readonly Int32Array[];

  /** @param rowsFirst of `antialias`: see {@link beginsWithRows}. */
  constructor(planar: PlanarPart, filter: PicturePlan['filter'], rowsFirst = false) {
    this.#planar = planar;
    this.#rowsFirst = rowsFirst;
    this.#bilinear = filter === 'bilinear';
    this.#rows = Array.from({ length: 6 }, () => new Int32Array(planar.luma.columns.first.length));
  }

  /** Row `y` of the resized picture as RGB px from `at` on. */
  row(source: Uint8Array, y: number, target: Uint8Array, at: number): void {
    const { planes, luma, chroma } = this.#planar;
    for (let which = 0; which < 3; which++) {
      const tables = which === 0 ? luma : chroma;
      if (this.#bilinear) {
        filterRow(source, planes[which], tables, tables.rows.first[y], this.#rows[2 * which]);
        filterRow(source, planes[which], tables, tables.rows.first[y] + 1, this.#rows[2 * which + 1]);
      } else {
        antialiasRow(source, planes[which], tables, y, this.#rows[2 * which], this.#rowsFirst);
      }
    }
    this.#convert(y, target, at);
  }

  #convert(y: number, target: Uint8Array, at: number): void {
    const { matrix, luma, chroma } = this.#planar;
    const [y0, y1, u0, u1, v0, v1] = this.#rows;
    const lumaRow = this.#bilinear ? luma.rows.weights[2 * y] : 2 ** 15;
    const chromaRow = this.#bilinear ? chroma.rows.weights[2 * y] : 2 ** 15;
    for (let x = 0, to = at; x < y0.length; x++, to += 3) {
      const light = product(matrix[0], lumaRow, y0[x], y1[x]);
      const red = light + product(matrix[1], chromaRow, v0[x], v1[x]) + matrix[5];
      const greenU = product(matrix[2], chromaRow, u0[x], u1[x]);
      const green = light + greenU + product(matrix[3], chromaRow, v0[x], v1[x]) + matrix[6];
      const blue = light + product(matrix[4], chromaRow, u0[x], u1[x]) + matrix[7];
      target[to] = clip(red >> 4);
      target[to + 1] = clip(green >> 4);
      target[to + 2] = clip(blue >> 4);
    }
  }
}

function filterRow(
  source: Uint8Array,
  plane: SamplePlane,
  { columns }: PlaneTables,
  row: number,
  out: Int32Array,
): void {
  const start = plane.offset + inside(row, plane.height) * plane.stride;
  for (let x = 0; x < out.length; x++) {
    let sum = 0;
    for (let tap = 0; tap < 2; tap++) {
      const sample = inside(columns.first[x] + tap, plane.width) * plane.step;
      sum += columns.weights[2 * x + tap] * source[start + sample];
    }
    out[x] = sum >> 7;
  }
}

function antialiasRow(
  source: Uint8Array,
  plane: SamplePlane,
  tables: PlaneTables,
  y: number,
  out: Int32Array,
  rowsFirst: boolean,
): void {
  const [firstTable, lastTable] = rowsFirst ? [tables.rows, tables.columns] : [tables.columns, tables.rows];
  for (let x = 0; x < out.length; x++) {
    const [firstAt, lastAt] = rowsFirst ? [y, x] : [x, y];
    let sum = 0x200000;
    for (let last = 0; last < lastTable.taps; last++) {
      let line = 0x200000;
      for (let first = 0; first < firstTable.taps; first++) {
        const column = tables.columns.first[x] + (rowsFirst ? last : first);
        const row = tables.rows.first[y] + (rowsFirst ? first : last);
        const at = inside(row, plane.height) * plane.stride + inside(column, plane.width) * plane.step;
        line += firstTable.weights[firstAt * firstTable.taps + first] * source[plane.offset + at];
      }
      sum += lastTable.weights[lastAt * lastTable.taps + last] * clip(line >> 22);
    }
    out[x] = clip(sum >> 22) * 2 ** 7;
  }
}

function product(factor: number, row: number, upper: number, lower: number): number {
  const above = (factor * row + 0x4000) >> 15;
  return (above * upper + (factor - above) * lower) >> 16;
}

function inside(index: number, size: number): number {
  return Math.max(0, Math.min(index, size - 1));
}
