import { ClosedError, InvalidArgumentError, ShapeError } from '../core/error.js';
import { describeLayout, LayoutMatch } from '../core/layout-match.js';
import { type FrameLayout, measureLayout } from '../core/pixel-format.js';
import { type PreprocessSpec, preprocessedShape } from '../core/preprocess-spec.js';
import { elementCount, type Tensor } from '../core/tensor.js';
import type { Transform } from '../core/transform.js';
import type { KernelBuffer } from '../kernels/kernel-memory.js';
import type { Kernels } from '../kernels/kernels.js';
import { openPictureKernel, type PictureKernel } from '../kernels/picture-kernel.js';
import { type PictureOutput, type PicturePlan, planPicture } from '../kernels/picture-plan.js';
import { planLetterbox } from './letterbox.js';

/** Preprocessing of frames of one layout into one tensor shape. Built once per layout; a run allocates nothing. */
export interface Plan {
  /** Frame px ↔ tensor px; travels with every tensor this plan fills. */
  readonly transform: Transform;
  /** Layout of the frames it takes. */
  readonly source: FrameLayout;
  /** Shape of one picture in a tensor, `[1, 3, H, W]` or `[1, H, W, 3]`; gray `[1, 1, H, W]` or `[1, H, W, 1]`. */
  readonly shape: readonly number[];
  readonly dataType: PreprocessSpec['dataType'];
  /** Copies of the whole frame that a run makes: 1 into kernel memory, 0 for frames that lie there already and on native tiers. */
  readonly frameCopies: 0 | 1;
  /**
   * Fills picture `index` of a tensor of {@link shape}, or of a batch, whose first dimension is how many pictures it has; borrows
   * both. The frame's bytes may lie in shared memory. A tensor in kernel memory is written in place, another is copied to.
   * @param index 0 if left out; the other pictures of a batch are left as they are.
   * @throws {ShapeError} ERR_SHAPE frame or tensor of another layout. @throws {InvalidArgumentError} ERR_ARGUMENT an index that
   *   the tensor does not have. @throws {ClosedError} ERR_CLOSED
   */
  run(frame: FrameLayout & { readonly data: Uint8Array }, tensor: Tensor, index?: number): void;
  /** Gives the plan's memory back; closing twice does nothing. */
  close(): void;
  [Symbol.dispose](): void;
}

/**
 * Plans how frames of one layout become tensors.
 * Input:  frames of `layout`, 8 bits per channel, upright; alpha is ignored, gray gives three equal channels, and any picture one channel if
 *         the spec says so. Of YUV formats, chroma is centred on its luma,
 *         and `layout.colorSpace` converts: BT.601 of limited range where it says nothing. With `bilinear` and the antialiased filters each plane is
 *         resized before that; with other filters, or steps before the resize, rows become RGB in their own size first.
 * Output: tensor of `spec.dataType`, shape [1, C, H, W] (nchw) or [1, H, W, C] (nhwc), C = 3 or, gray, 1; `y = (x·scale − mean) / std`,
 *         quantised where the spec says so.
 * Owns:   memory of the kernels until `close()`; borrows `kernels`.
 * @param source kernel memory of a frame's size that frames from elsewhere are copied to, shared with other plans of the layout; borrowed.
 *   Memory of its own if left out.
 * @throws {InvalidArgumentError} ERR_ARGUMENT a spec with tiles, which are planned one by one, by `region`; unknown format or colour space, wrong stride or planes, unusable normalisation or
 *   quantisation.
 * @throws {ShapeError} ERR_SHAPE frame size out of range.
 * @source formulas: src/kernels/reference; kernels: simd/kernels; test/conformance/preprocess-goldens.test.ts, kernels.test.ts.
 */
export function createPlan(kernels: Kernels, layout: FrameLayout, spec: PreprocessSpec, source?: KernelBuffer): Plan {
  refuseTiles(spec);
  measureLayout(layout, 'layout');
  checkNormalisation(spec);
  const { placement, transform } = planLetterbox(layout.codedWidth, layout.codedHeight, spec);
  const picture = planPicture(layout, spec, placement);
  return new KernelPlan(picture, spec, transform, openPictureKernel(kernels, picture, source));
}

/** A plan over a picture kernel: it checks what a run is given. Owns the kernel. @internal */
export class KernelPlan implements Plan {
  readonly transform: Transform;
  readonly source: FrameLayout;
  readonly shape: readonly number[];
  readonly dataType: PreprocessSpec['dataType'];
  readonly frameCopies: 0 | 1;
  readonly #match: LayoutMatch;
  readonly #sourceBytes: number;
  readonly #elements: number;
  #kernel: PictureKernel | undefined;

  constructor(
    picture: PicturePlan,
    spec: Pick<PreprocessSpec, 'width' | 'height' | 'layout' | 'dataType' | 'colorOrder'>,
    transform: Transform,
    kernel: PictureKernel,
  ) {
    this.source = picture.source;
    this.#match = new LayoutMatch(picture.source);
    this.#sourceBytes = picture.sourceBytes;
    this.transform = transform;
    this.dataType = spec.dataType;
    this.shape = preprocessedShape(spec);
    this.#elements = elementCount(this.shape);
    this.frameCopies = kernel.frameCopies;
    this.#kernel = kernel;
  }

  run(frame: FrameLayout & { readonly data: Uint8Array }, tensor: Tensor, index = 0): void {
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
        expected: `${this.dataType} [${this.shape.join(', ')}], or a batch of them`,
        received: `${tensor.dataType} [${tensor.shape.join(', ')}]`,
      });
    }
    // Kernels write where a tensor lies; one that was moved away, or is shorter than it says, would let them write elsewhere.
    const output = tensor.data as PictureOutput;
    const [count] = tensor.shape;
    if (output.length !== this.#elements * count) {
      throw new ShapeError({
        subject: `tensor ${tensor.name}: data`,
        expected: `${this.#elements * count} elements`,
        received: `${output.length}`,
      });
    }
    if (!(Number.isInteger(index) && index >= 0 && index < count)) {
      throw new InvalidArgumentError({
        subject: `index of a picture in tensor ${tensor.name}`,
        expected: `a whole number from 0 to ${count - 1}`,
        received: String(index),
      });
    }
    this.#kernel.run(pixels, output, index * this.#elements);
  }

  #fits(shape: readonly number[]): boolean {
    if (shape.length !== 4 || !(shape[0] >= 1)) return false;
    for (let i = 1; i < 4; i++) if (shape[i] !== this.shape[i]) return false;
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

function refuseTiles({ tiles }: PreprocessSpec): void {
  if (!tiles) return;
  throw new InvalidArgumentError({
    subject: 'preprocess: tiles',
    expected: 'none in a plan, which fills one tensor',
    received: `${tiles.tileWidth} × ${tiles.tileHeight} px`,
    remedy: 'Plan each of planTiles() as a region, and put what is found together with mergeTiles().',
  });
}

/** @throws {InvalidArgumentError} ERR_ARGUMENT a normalisation that the data type does not take. @internal */
export function checkNormalisation({
  dataType,
  quantization,
  scale,
  mean,
  std,
}: Pick<PreprocessSpec, 'dataType' | 'quantization' | 'scale' | 'mean' | 'std'>): void {
  if (dataType !== 'uint8' || quantization) return;
  const plain = (value: number | number[], neutral: number) => [value].flat().every((each) => each === neutral);
  if (plain(scale, 1) && plain(mean, 0) && plain(std, 1)) return;
  throw new InvalidArgumentError({
    subject: 'preprocess: scale, mean, std',
    expected: '1, 0 and 1 with the data type uint8, which takes no normalisation without a quantization',
    received: `${scale}, ${mean}, ${std}`,
    remedy: 'Give the quantization of the input of the model, use float32 or float16, or leave the three out.',
  });
}
