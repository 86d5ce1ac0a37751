import { ClosedError, InvalidArgumentError, ShapeError } from '../core/error.js';
import { describeLayout, LayoutMatch } from '../core/layout-match.js';
import { type FrameLayout, measureLayout } from '../core/pixel-format.js';
import type { PreprocessSpec } from '../core/preprocess-spec.js';
import type { Tensor } from '../core/tensor.js';
import type { Transform } from '../core/transform.js';
import type { Kernels } from '../kernels/kernels.js';
import { openPictureKernel, type PictureKernel } from '../kernels/picture-kernel.js';
import { type PicturePlan, planPicture } from '../kernels/picture-plan.js';
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
  /** Copies of the whole frame that a run makes: 1 into kernel memory, 0 for frames that lie there already and on native tiers. */
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
 * Input:  frames of `layout`, 8 bits per channel, upright; alpha is ignored, gray gives three equal channels. Of YUV formats each
 *         plane is resized with `spec.filter`, chroma being centred on its luma, and then converted by `layout.colorSpace`:
 *         BT.601 of limited range where it says nothing.
 * Output: tensor of `spec.dataType`, shape [1, 3, H, W] (nchw) or [1, H, W, 3] (nhwc), `y = (x·scale − mean) / std`.
 * Owns:   memory of the kernels until `close()`; borrows `kernels`.
 * @throws {InvalidArgumentError} ERR_ARGUMENT unknown format or colour space, wrong stride or planes, unusable normalisation.
 * @throws {ShapeError} ERR_SHAPE frame size out of range.
 * @source formulas: src/kernels/reference; kernels: simd/kernels; test/conformance/preprocess-goldens.test.ts, kernels.test.ts.
 */
export function createPlan(kernels: Kernels, layout: FrameLayout, spec: PreprocessSpec): Plan {
  measureLayout(layout, 'layout');
  checkNormalisation(spec);
  const { placement, transform } = planLetterbox(layout.codedWidth, layout.codedHeight, spec);
  const picture = planPicture(layout, spec, placement);
  return new KernelPlan(picture, spec, transform, openPictureKernel(kernels, picture));
}

class KernelPlan implements Plan {
  readonly transform: Transform;
  readonly source: FrameLayout;
  readonly shape: readonly number[];
  readonly dataType: PreprocessSpec['dataType'];
  readonly frameCopies: 0 | 1;
  readonly #match: LayoutMatch;
  readonly #sourceBytes: number;
  readonly #elements: number;
  #kernel: PictureKernel | undefined;

  constructor(picture: PicturePlan, spec: PreprocessSpec, transform: Transform, kernel: PictureKernel) {
    this.source = picture.source;
    this.#match = new LayoutMatch(picture.source);
    this.#sourceBytes = picture.sourceBytes;
    this.#elements = spec.width * spec.height * 3;
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
    if (!this.#match.fits(frame)) {
      throw new ShapeError({
        subject: 'frame',
        expected: describeLayout(this.source),
        received: describeLayout(frame),
        remedy: 'A plan fits one layout; create another for this one.',
      });
    }
    const pixels = frame.data;
    if (pixels.byteLength < this.#sourceBytes) {
      throw new ShapeError({
        subject: 'frame.data',
        expected: `${this.#sourceBytes} bytes`,
        received: `${pixels.byteLength}`,
      });
    }
    if (tensor.dataType !== this.dataType || !this.#fits(tensor.shape)) {
      throw new ShapeError({
        subject: `tensor ${tensor.name}`,
        expected: `${this.dataType} [${this.shape.join(', ')}]`,
        received: `${tensor.dataType} [${tensor.shape.join(', ')}]`,
      });
    }
    // Kernels write where a tensor lies; one that was moved away, or is shorter than it says, would let them write elsewhere.
    const output = tensor.data as Float32Array | Uint16Array | Uint8Array;
    if (output.length !== this.#elements) {
      throw new ShapeError({
        subject: `tensor ${tensor.name}: data`,
        expected: `${this.#elements} elements`,
        received: `${output.length}`,
      });
    }
    this.#kernel.run(pixels, output);
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
