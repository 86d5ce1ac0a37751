import { InvalidArgumentError } from '../core/error.js';
import type { WarpSpec } from '../core/warp-spec.js';

/** How far from the frame's origin a corner of the tensor may lie, in px: float32 counts no further. */
const farthest = 2 ** 24;

/** How much smaller than the largest w of a tensor the smallest may be: what float32 still tells from 0. */
const leastW = 2 ** -16;

/** Moves the origin of a matrix on both sides by `by` px: S(by) · M · S(−by), in place. Of 3 × 3 numbers, row by row. */
export function moveOrigin(matrix: Float64Array, by: number): void {
  for (let row = 0; row < 9; row += 3) matrix[row + 2] -= by * (matrix[row] + matrix[row + 1]);
  for (let column = 0; column < 3; column++) {
    matrix[column] += by * matrix[6 + column];
    matrix[3 + column] += by * matrix[6 + column];
  }
}

/**
 * Turns a matrix `m` (frame px → tensor px, whole numbers in the middle of px) around, into where each px of a tensor is taken;
 * see WarpPart. w is 1 everywhere if it is constant, else 1 at the corner where it is largest. Writes into `out`; allocates nothing.
 * @throws {InvalidArgumentError} ERR_ARGUMENT a number that is not finite; a matrix that maps the frame to a line; a tensor that the
 *   horizon crosses, or nearly (w at one corner below 2^-16 of that at another, or of another sign); a tensor with a corner more than
 *   2^24 px away.
 */
export function invertMapping(
  m: Float64Array,
  { width, height }: Pick<WarpSpec, 'width' | 'height'>,
  out: Float64Array,
): void {
  out[0] = m[4] * m[8] - m[5] * m[7];
  out[1] = m[2] * m[7] - m[1] * m[8];
  out[2] = m[1] * m[5] - m[2] * m[4];
  out[3] = m[5] * m[6] - m[3] * m[8];
  out[4] = m[0] * m[8] - m[2] * m[6];
  out[5] = m[2] * m[3] - m[0] * m[5];
  out[6] = m[3] * m[7] - m[4] * m[6];
  out[7] = m[1] * m[6] - m[0] * m[7];
  out[8] = m[0] * m[4] - m[1] * m[3];
  const determinant = m[0] * out[0] + m[1] * out[3] + m[2] * out[6];
  // Also where a number is not finite, or so large that products are not.
  if (!(Math.abs(determinant) > 0) || !Number.isFinite(determinant))
    throw refused(m, 'an invertible matrix of finite numbers');
  // w is linear: at the corners it is smallest and largest.
  const sign = at(out, 6, 0, width, height) < 0 ? -1 : 1;
  let smallest = Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let corner = 0; corner < 4; corner++) {
    const w = sign * at(out, 6, corner, width, height);
    smallest = Math.min(smallest, w);
    largest = Math.max(largest, w);
  }
  if (!(largest > 0 && smallest >= largest * leastW)) throw refused(m, 'a tensor on one side of the horizon');
  const constant = out[6] === 0 && out[7] === 0;
  for (let i = 0; i < 9; i++) out[i] *= sign / largest;
  if (constant) out[8] = 1;
  for (let corner = 0; corner < 4; corner++) {
    const x = at(out, 0, corner, width, height);
    const y = at(out, 3, corner, width, height);
    const reach = Math.max(Math.abs(x), Math.abs(y)) / at(out, 6, corner, width, height);
    if (!(reach <= farthest)) throw refused(m, `a tensor that lies within ${farthest} px of the frame's origin`);
  }
}

// A row of the matrix at the first or last px of the first or last row.
function at(m: Float64Array, row: number, corner: number, width: number, height: number): number {
  return m[row] * (corner & 1 ? width - 1 : 0) + m[row + 1] * (corner & 2 ? height - 1 : 0) + m[row + 2];
}

function refused(m: Float64Array, expected: string): InvalidArgumentError {
  const [a, c, e, b, d, f, m14, m24, m44] = m;
  return new InvalidArgumentError({
    subject: 'matrix of a warp',
    expected,
    received: Object.entries({ a, b, c, d, e, f, m14, m24, m44 })
      .map(([name, value]) => `${name} ${value}`)
      .join(', '),
    remedy: 'A matrix maps frame px to tensor px; give the inverse of one that maps the other way.',
  });
}
