import { ClosedError, InvalidArgumentError } from '../core/error.js';
import { describeLayout } from '../core/layout-match.js';
import { isTurned } from '../core/orientation.js';
import { parse } from '../core/parse.js';
import type { FrameLayout } from '../core/pixel-format.js';
import { measureLayout } from '../core/pixel-format.js';
import type { Tensor } from '../core/tensor.js';
import type { Transform } from '../core/transform.js';
import { type WarpSpec, type WarpSpecInput, warpSpecSchema } from '../core/warp-spec.js';
import type { Kernels } from '../kernels/kernels.js';
import { openPictureKernel, type PictureKernel } from '../kernels/picture-kernel.js';
import { planWarp } from '../kernels/warp-plan.js';
import { checkNormalisation, KernelPlan, type Plan } from './plan.js';
import { type RotatedRegion, regionMatrix } from './rotated-region.js';
import { invertMapping, moveOrigin } from './warp-mapping.js';

/** Warps frames of one layout into one tensor shape, each by a matrix or a region of its own. Built once; a run allocates nothing. */
export interface Warp extends Pick<Plan, 'source' | 'shape' | 'dataType' | 'close'> {
  /**
   * Fills a whole tensor from a frame; borrows both. `where` is a matrix (frame px → tensor px, affine or perspective), or a region
   * that becomes the tensor; see `origin` in {@link warpSpecSchema} for where their coordinates begin.
   * @returns the matrix in this package's own coordinates, for heads to bring points and boxes back to the frame with: one
   *   object, which the next run overwrites.
   * @throws {InvalidArgumentError} ERR_ARGUMENT neither matrix nor region; as {@link invertMapping} and {@link regionMatrix}.
   * @throws {ShapeError} ERR_SHAPE frame or tensor of another layout. @throws {ClosedError} ERR_CLOSED
   */
  run(frame: FrameLayout & { readonly data: Uint8Array }, tensor: Tensor, where: Transform | RotatedRegion): Transform;
  [Symbol.dispose](): void;
}

/**
 * Plans how frames of one layout are warped into tensors: crops that follow a face or a hand, a plane seen at an angle made
 * upright, a camera's picture turned by any angle.
 * Input:  frames of `layout`, any format, stored upright; px beside the frame are those at its edge, or `spec.pad`.
 * Output: tensor of `spec.dataType`, shape [1, 3, H, W] (nchw) or [1, H, W, 3] (nhwc), one channel of gray, `y = (x·scale − mean) / std`. Each px is taken by
 *         bilinear at one place, so a picture that shrinks by more than 2 loses detail to chance: make it smaller first. Of
 *         YUV formats each plane is sampled by itself, chroma centred on its luma, and then converted by `layout.colorSpace`.
 * Owns:   memory of the kernels until `close()`; borrows `kernels`.
 * @throws {InvalidArgumentError} ERR_ARGUMENT a spec that is none; unknown format or colour space, wrong stride or planes, unusable
 *   normalisation. @throws {ShapeError} ERR_SHAPE as {@link createPlan}.
 * @source formulas: src/kernels/reference/warp.ts; kernels: simd/warp.c; test/conformance/warp-goldens.test.ts, kernels.test.ts.
 */
export function createWarp(kernels: Kernels, layout: FrameLayout, input: WarpSpecInput): Warp {
  const spec = parse(warpSpecSchema, input, 'warp');
  measureLayout(layout, 'layout');
  refuseTurned(layout);
  checkNormalisation(spec);
  const picture = planWarp(layout, spec);
  const kernel = openPictureKernel(kernels, picture);
  return new KernelWarp(kernel, new KernelPlan(kernels, picture, spec, identity, kernel), spec);
}

function refuseTurned(layout: FrameLayout): void {
  if (!isTurned(layout)) return;
  throw new InvalidArgumentError({
    subject: 'warp: layout',
    expected: 'frames that are stored upright',
    received: describeLayout(layout),
    remedy: 'Leave rotation and flip out, and let the matrix turn the picture as it is stored.',
  });
}

const identity: Transform = { a: 1, b: 0, c: 0, d: 1, e: 0, f: 0 };

class KernelWarp implements Warp {
  readonly #kernel: PictureKernel;
  readonly #plan: Plan;
  readonly #spec: WarpSpec;
  readonly #matrix = new Float64Array(9);
  readonly #mapping = new Float64Array(9);
  #closed = false;
  // Begun with numbers that are not whole: the engine then has room for such ones, and boxes none of a run.
  readonly #transform: { -readonly [K in keyof Transform]-?: number } = unknownTransform();

  constructor(kernel: PictureKernel, plan: Plan, spec: WarpSpec) {
    this.#kernel = kernel;
    this.#plan = plan;
    this.#spec = spec;
  }

  get source(): FrameLayout {
    return this.#plan.source;
  }

  get shape(): readonly number[] {
    return this.#plan.shape;
  }

  get dataType(): Plan['dataType'] {
    return this.#plan.dataType;
  }

  run(frame: FrameLayout & { readonly data: Uint8Array }, tensor: Tensor, where: Transform | RotatedRegion): Transform {
    if (this.#closed) throw new ClosedError({ subject: 'warp', expected: 'an open warp', received: 'a closed one' });
    if (typeof where !== 'object' || where === null) {
      throw new InvalidArgumentError({
        subject: 'matrix or region of a warp',
        expected: 'a Transform or a RotatedRegion',
        received: String(where),
      });
    }
    const matrix = this.#matrix;
    if ('rotation' in where) regionMatrix(where, this.#spec, matrix);
    else readTransform(where, matrix);
    const centered = this.#spec.origin === 'center';
    if (!centered) this.#tell(matrix);
    // The kernels count from the middle of px.
    if (!centered) moveOrigin(matrix, -0.5);
    invertMapping(matrix, this.#spec, this.#mapping);
    this.#kernel.map(this.#mapping);
    this.#plan.run(frame, tensor);
    if (centered) {
      moveOrigin(matrix, 0.5);
      this.#tell(matrix);
    }
    return this.#transform;
  }

  #tell(matrix: Float64Array): void {
    const transform = this.#transform;
    transform.a = matrix[0];
    transform.c = matrix[1];
    transform.e = matrix[2];
    transform.b = matrix[3];
    transform.d = matrix[4];
    transform.f = matrix[5];
    transform.m14 = matrix[6];
    transform.m24 = matrix[7];
    transform.m44 = matrix[8];
  }

  close(): void {
    this.#closed = true;
    this.#plan.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function unknownTransform(): { -readonly [K in keyof Transform]-?: number } {
  const none = Number.NaN;
  return { a: none, b: none, c: none, d: none, e: none, f: none, m14: none, m24: none, m44: none };
}

function readTransform({ a, b, c, d, e, f, m14 = 0, m24 = 0, m44 = 1 }: Transform, matrix: Float64Array): void {
  matrix[0] = a;
  matrix[1] = c;
  matrix[2] = e;
  matrix[3] = b;
  matrix[4] = d;
  matrix[5] = f;
  matrix[6] = m14;
  matrix[7] = m24;
  matrix[8] = m44;
}
