import { InvalidArgumentError } from '../core/error.js';
import type { WarpSpec } from '../core/warp-spec.js';

/**
 * A rectangle of a frame that may be turned, in px of the frame; it may reach beyond it. MediaPipe's `NormalizedRect` has the same
 * numbers as parts of the frame's width and height.
 */
export interface RotatedRegion {
  readonly centerX: number;
  readonly centerY: number;
  /** Before it is turned; above 0. */
  readonly width: number;
  readonly height: number;
  /** Radians, clockwise: what is right of the centre in the region is below it in the frame after a quarter turn. */
  readonly rotation: number;
}

/**
 * The matrix (frame px → tensor px, rows of nine numbers) that makes a region the whole tensor of W × H. With
 * `keepAspect` a region that is too wide for it is made higher around its centre, one that is too high wider.
 * With r, w × h and (x₀, y₀) the rotation, size and centre:
 * `x' = W·(½ + (cos r·(x − x₀) + sin r·(y − y₀)) / w)`, `y' = H·(½ + (cos r·(y − y₀) − sin r·(x − x₀)) / h)`.
 * Writes into `matrix`; allocates nothing.
 * @throws {InvalidArgumentError} ERR_ARGUMENT a number that is not finite, a side that is not above 0.
 * @source MediaPipe calculators/tensor/image_to_tensor_utils.cc, `GetRoi` and `PadRoi`.
 */
export function regionMatrix(region: RotatedRegion, spec: WarpSpec, matrix: Float64Array): void {
  const { centerX, centerY, rotation } = region;
  let { width, height } = region;
  const numbers = Number.isFinite(centerX) && Number.isFinite(centerY) && Number.isFinite(rotation);
  if (!numbers || !Number.isFinite(width) || !Number.isFinite(height) || !(width > 0) || !(height > 0)) {
    throw new InvalidArgumentError({
      subject: 'region of a warp',
      expected: 'finite numbers, with a width and a height above 0',
      received: `${width} × ${height} around ${centerX}, ${centerY}, turned by ${rotation}`,
    });
  }
  if (spec.keepAspect) {
    const aspect = spec.height / spec.width;
    if (aspect > height / width) height = width * aspect;
    else width = height / aspect;
  }
  const cos = Math.cos(rotation);
  const sin = Math.sin(rotation);
  const across = spec.width / width;
  const down = spec.height / height;
  matrix[0] = across * cos;
  matrix[1] = across * sin;
  matrix[2] = spec.width / 2 - matrix[0] * centerX - matrix[1] * centerY;
  matrix[3] = -down * sin;
  matrix[4] = down * cos;
  matrix[5] = spec.height / 2 - matrix[3] * centerX - matrix[4] * centerY;
  matrix[6] = 0;
  matrix[7] = 0;
  matrix[8] = 1;
}
