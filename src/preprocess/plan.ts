import { ClosedError, InvalidArgumentError, ShapeError } from '../core/error.js';
import { bytesPerPixel, checkFrameFormat, type FrameLayout } from '../core/frame.js';
import type { PreprocessSpec } from '../core/preprocess-spec.js';
import type { Tensor } from '../core/tensor.js';
import type { Transform } from '../core/transform.js';
import type { Kernels } from '../kernels/kernels.js';
import { openPictureKernel, type PictureKernel } from '../kernels/picture-kernel.js';
import { planPicture } from '../kernels/picture-plan.js';
import { planLetterbox } from './letterbox.js';

/** Preprocessing of frames of one layout into one tensor shape. Built once per layout; a run allocates nothing. */
export interface Plan {
  /** Frame px ↔ tensor px; travels with every tensor this plan fills. */
  readonly transform: Transform;
  /** Layout of the frames it takes. */
  readonly source: FrameLayout;
  /** Shape of the tensors it fills, `[1, 3, H, W]` or `[1, H, W, 3]`. */
  readonly shape: readonly number[];
  readonly dataType: PreprocessSpec['dataType'];
  /** Copies of the whole frame that a run makes: 1 into kernel memory, 0 for frames that lie there already. */
  readonly frameCopies: 0 | 1;
  /**
   * Fills a whole tensor from a frame; borrows both. The frame's bytes may lie in shared memory.
   * A tensor in kernel memory is written in place, another is copied to.
   * @throws {ShapeError} ERR_SHAPE frame or tensor of another layout. @throws {ClosedError} ERR_CLOSED
   */
  run(frame: FrameLayout & { readonly data: Uint8Array }, tensor: Tensor): void;
  /** Gives the plan's memory back; closing twice does nothing. */
  close(): void;
  [Symbol.dispose](): void;
}

/**
 * Plans how frames of one layout become tensors.
 * Input:  frames of `layout`, 8 bits per channel, upright; alpha is ignored, gray gives three equal channels.
 * Output: tensor of `spec.dataType`, shape [1, 3, H, W] (nchw) or [1, H, W, 3] (nhwc), `y = (x·scale − mean) / std`.
 * Owns:   memory of the kernels until `close()`; borrows `kernels`.
 * @throws {InvalidArgumentError} ERR_ARGUMENT unknown format, wrong stride, unusable normalisation.
 * @throws {ShapeError} ERR_SHAPE frame size out of range.
 * @source formulas: src/kernels/reference/preprocess.ts; kernels: simd/kernels; test/conformance/preprocess.test.ts.
 */
export function createPlan(kernels: Kernels, layout: FrameLayout, spec: PreprocessSpec): Plan {
  checkLayout(layout);
  checkNormalisation(spec);
  const { placement, transform } = planLetterbox(layout.codedWidth, layout.codedHeight, spec);
  const picture = planPicture(layout, spec, placement);
  return new KernelPlan(picture.source, spec, transform, openPictureKernel(kernels, picture));
}

class KernelPlan implements Plan {
  readonly transform: Transform;
  readonly source: FrameLayout;
  readonly shape: readonly number[];
  readonly dataType: PreprocessSpec['dataType'];
  readonly frameCopies: 0 | 1;
  #kernel: PictureKernel | undefined;

  constructor(source: FrameLayout, spec: PreprocessSpec, transform: Transform, kernel: PictureKernel) {
    this.source = source;
    this.transform = transform;
    this.dataType = spec.dataType;
    this.shape = spec.layout === 'nchw' ? [1, 3, spec.height, spec.width] : [1, spec.height, spec.width, 3];
    this.frameCopies = kernel.frameCopies;
    this.#kernel = kernel;
  }

  run(frame: FrameLayout & { readonly data: Uint8Array }, tensor: Tensor): void {
    if (!this.#kernel) {
      throw new ClosedError({ subject: 'preprocessing plan', expected: 'an open plan', received: 'a closed one' });
    }
    const { format, codedWidth, codedHeight, strideBytes } = this.source;
    if (
      frame.format !== format ||
      frame.codedWidth !== codedWidth ||
      frame.codedHeight !== codedHeight ||
      frame.strideBytes !== strideBytes
    ) {
      throw new ShapeError({
        subject: 'frame',
        expected: describe(this.source),
        received: describe(frame),
        remedy: 'A plan fits one layout; create another for this one.',
      });
    }
    const needed = strideBytes * (codedHeight - 1) + codedWidth * bytesPerPixel[format];
    const pixels = frame.data;
    if (pixels.byteLength < needed) {
      throw new ShapeError({ subject: 'frame.data', expected: `${needed} bytes`, received: `${pixels.byteLength}` });
    }
    if (tensor.dataType !== this.dataType || !this.#fits(tensor.shape)) {
      throw new ShapeError({
        subject: `tensor ${tensor.name}`,
        expected: `${this.dataType} [${this.shape.join(', ')}]`,
        received: `${tensor.dataType} [${tensor.shape.join(', ')}]`,
      });
    }
    this.#kernel.run(pixels, tensor.data as Float32Array | Uint16Array | Uint8Array);
  }

  #fits(shape: readonly number[]): boolean {
    if (shape.length !== 4) return false;
    for (let i = 0; i < 4; i++) if (shape[i] !== this.shape[i]) return false;
    return true;
  }

  close(): void {
    this.#kernel?.close();
    this.#kernel = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function describe(layout: FrameLayout): string {
  return `${layout.codedWidth} × ${layout.codedHeight} ${layout.format}, stride ${layout.strideBytes}`;
}

function checkLayout(layout: FrameLayout): void {
  const { codedWidth, strideBytes } = layout;
  const pixelBytes = checkFrameFormat(layout);
  if (!Number.isInteger(strideBytes) || strideBytes < codedWidth * pixelBytes || strideBytes > 2 ** 24) {
    throw new InvalidArgumentError({
      subject: 'layout.strideBytes',
      expected: `a whole number from ${codedWidth * pixelBytes} (codedWidth × ${pixelBytes}) to ${2 ** 24}`,
      received: String(strideBytes),
    });
  }
}

function checkNormalisation({ dataType, scale, mean, std }: PreprocessSpec): void {
  if (dataType !== 'uint8') return;
  const plain = (value: number | number[], neutral: number) => [value].flat().every((each) => each === neutral);
  if (plain(scale, 1) && plain(mean, 0) && plain(std, 1)) return;
  throw new InvalidArgumentError({
    subject: 'preprocess: scale, mean, std',
    expected: '1, 0 and 1 with the data type uint8, which takes no normalisation',
    received: `${scale}, ${mean}, ${std}`,
    remedy: 'Use float32 or float16, or leave the three out.',
  });
}
