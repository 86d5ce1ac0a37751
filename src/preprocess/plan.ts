import { ClosedError, InvalidArgumentError, ShapeError } from '../core/error.js';
import { describeLayout, LayoutMatch } from '../core/layout-match.js';
import { displaySize } from '../core/orientation.js';
import { parse } from '../core/parse.js';
import { type FrameLayout, measureLayout } from '../core/pixel-format.js';
import {
  type PreprocessSpec,
  type PreprocessSpecInput,
  preprocessedShape,
  preprocessSpecSchema,
} from '../core/preprocess-spec.js';
import { elementCount, type Tensor, tensorArrays } from '../core/tensor.js';
import type { Transform } from '../core/transform.js';
import type { KernelBuffer } from '../kernels/kernel-memory.js';
import type { Kernels } from '../kernels/kernels.js';
import { openPictureKernel, type PictureKernel } from '../kernels/picture-kernel.js';
import { type PictureOutput, type PicturePlan, planPicture, planRgb, wholePicture } from '../kernels/picture-plan.js';
import { storedPlacement } from '../kernels/stored-placement.js';
import { planLetterbox } from './letterbox.js';

/**
 * Preprocessing of frames of one layout into one tensor shape. Built once per layout; a run allocates nothing where frames and tensors
 * are those of a pool: each memory that it has not seen before costs a view of it.
 */
export interface Plan {
  /** Px of the frame as it is seen ↔ tensor px; travels with every tensor this plan fills. */
  readonly transform: Transform;
  /** Layout of the frames it takes. */
  readonly source: FrameLayout;
  /** Shape of one picture in a tensor, `[1, 3, H, W]` or `[1, H, W, 3]`; gray `[1, 1, H, W]` or `[1, H, W, 1]`. */
  readonly shape: readonly number[];
  readonly dataType: PreprocessSpec['dataType'];
  /**
   * Fills picture `index` of a tensor of {@link shape}, or of a batch, whose first dimension is how many pictures it has; borrows
   * both. The frame's bytes may lie in shared memory. A tensor in kernel memory is written in place, another is copied to.
   * @param index 0 if left out; the other pictures of a batch are left as they are.
   * @throws {ShapeError} ERR_SHAPE frame or tensor of another layout. @throws {InvalidArgumentError} ERR_ARGUMENT an index that
   *   the tensor does not have. @throws {ClosedError} ERR_CLOSED
   */
  run(frame: FrameLayout & { readonly data: Uint8Array }, tensor: Tensor, index?: number): void;
  /**
   * Of a spec with `before.background`: forgets what was learnt. `frame`, of any format and colour space, is the background then, or
   * the next frame that is run. Not for every frame: it allocates.
   * @throws {InvalidArgumentError} ERR_ARGUMENT a plan without a background; a frame whose layout is none. @throws {ShapeError} ERR_SHAPE
   *   a frame of another size than those of the plan, or too short. @throws {ClosedError} ERR_CLOSED
   */
  resetBackground(frame?: FrameLayout & { readonly data: Uint8Array }): void;
  /** Gives the plan's memory back; closing twice does nothing. */
  close(): void;
  [Symbol.dispose](): void;
}

/**
 * Plans how frames of one layout become tensors.
 * Input:  frames of `layout`, 8 bits per channel, turned upright in the same pass; alpha is ignored, gray gives three equal channels, and any picture one channel if
 *         the spec says so. Of YUV formats, chroma is centred on its luma,
 *         and `layout.colorSpace` converts: BT.601 of limited range where it says nothing. With `bilinear` and the antialiased filters each plane is
 *         resized before that; with other filters, or steps before the resize, rows become RGB in their own size first.
 * Output: tensor of `spec.dataType`, shape [1, C, H, W] (nchw) or [1, H, W, C] (nhwc), C = 3 or, gray, 1; `y = (x·scale − mean) / std`,
 *         quantised where the spec says so.
 * Owns:   memory of the kernels until `close()`; borrows `kernels`.
 * @param source kernel memory of a frame's size that frames from elsewhere are copied to, shared with other plans of the layout; borrowed.
 *   Memory of its own if left out.
 * @throws {InvalidArgumentError} ERR_ARGUMENT a spec that is none, or one with tiles, which are planned one by one, by `region`; unknown format or colour space, wrong stride or planes, unusable normalisation or
 *   quantisation; a `source` that is no open buffer of `kernels`.
 * @throws {ShapeError} ERR_SHAPE a `source` that is shorter than a frame; frame size out of range, or more than kernel memory holds, see {@link checkRoom}.
 * @throws {KernelError} ERR_KERNEL kernel memory would hold the plan, but others have taken it.
 * @source formulas: src/kernels/reference; kernels: simd/kernels; test/conformance/preprocess-goldens.test.ts, kernels.test.ts.
 */
export function createPlan(
  kernels: Kernels,
  layout: FrameLayout,
  input: PreprocessSpecInput,
  source?: KernelBuffer,
): Plan {
  const spec = parse(preprocessSpecSchema, input, 'preprocess');
  refuseTiles(spec);
  measureLayout(layout, 'layout');
  checkNormalisation(spec);
  const { width, height } = displaySize(layout);
  const { placement, transform } = planLetterbox(width, height, spec);
  const picture = planPicture(layout, spec, storedPlacement(placement, layout));
  if (source !== undefined) checkSource(kernels, source, picture);
  return new KernelPlan(kernels, picture, spec, transform, openPictureKernel(kernels, picture, source));
}

/** A plan over a picture kernel: it checks what a run is given. Owns the kernel. @internal */
export class KernelPlan implements Plan {
  readonly transform: Transform;
  readonly source: FrameLayout;
  readonly shape: readonly number[];
  readonly dataType: PreprocessSpec['dataType'];
  readonly #kernels: Kernels;
  readonly #picture: PicturePlan;
  readonly #match: LayoutMatch;
  readonly #sourceBytes: number;
  readonly #elements: number;
  #kernel: PictureKernel | undefined;

  constructor(
    kernels: Kernels,
    picture: PicturePlan,
    spec: Pick<PreprocessSpec, 'width' | 'height' | 'layout' | 'dataType' | 'colorOrder'>,
    transform: Transform,
    kernel: PictureKernel,
  ) {
    this.#kernels = kernels;
    this.#picture = picture;
    this.source = picture.source;
    this.#match = new LayoutMatch(picture.source);
    this.#sourceBytes = picture.sourceBytes;
    this.transform = transform;
    this.dataType = spec.dataType;
    this.shape = preprocessedShape(spec);
    this.#elements = elementCount(this.shape);
    this.#kernel = kernel;
  }

  run(frame: FrameLayout & { readonly data: Uint8Array }, tensor: Tensor, index = 0): void {
    if (!this.#kernel) {
      throw new ClosedError({ subject: 'preprocessing plan', expected: 'an open plan', received: 'a closed one' });
    }
    if (!(frame?.data instanceof Uint8Array)) throw noBytes(frame, 'frame');
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
    if (tensor?.dataType !== this.dataType || !this.#fits(tensor.shape)) {
      throw new ShapeError({
        subject: `tensor ${tensor?.name}`,
        expected: `${this.dataType} [${this.shape.join(', ')}], or a batch of them`,
        received: tensor ? `${tensor.dataType} [${tensor.shape?.join(', ')}]` : String(tensor),
      });
    }
    // Kernels write where a tensor lies; one that was moved away, or is shorter than it says, would let them write elsewhere.
    const output = tensor.data as PictureOutput;
    const [count] = tensor.shape;
    if (!(output instanceof tensorArrays[this.dataType])) {
      throw new InvalidArgumentError({
        subject: `tensor ${tensor.name}: data`,
        expected: `a ${tensorArrays[this.dataType].name} of ${this.dataType}`,
        received: Object.prototype.toString.call(output),
      });
    }
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

  resetBackground(frame?: FrameLayout & { readonly data: Uint8Array }): void {
    if (!this.#kernel) {
      throw new ClosedError({ subject: 'preprocessing plan', expected: 'an open plan', received: 'a closed one' });
    }
    if (!this.#picture.before?.background) {
      throw new InvalidArgumentError({
        subject: 'resetBackground()',
        expected: 'a plan of a spec with before.background',
        received: 'one without',
      });
    }
    this.#kernel.setBackground(frame === undefined ? frame : readRgb(this.#kernels, frame, this.#picture));
  }

  #fits(shape: readonly number[]): boolean {
    if (shape?.length !== 4 || !Number.isInteger(shape[0]) || shape[0] < 1) return false;
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

function noBytes(frame: { readonly data: unknown } | undefined, subject: string): InvalidArgumentError {
  return new InvalidArgumentError({
    subject: `${subject}.data`,
    expected: 'a Uint8Array',
    received: frame ? Object.prototype.toString.call(frame.data) : String(frame),
  });
}

// What of a frame a plan takes, as tight rows of RGB, turned as the plan's frames are stored.
function readRgb(
  kernels: Kernels,
  frame: FrameLayout & { readonly data: Uint8Array },
  { source, placement: { region } }: PicturePlan,
): Uint8Array {
  if (!(frame?.data instanceof Uint8Array)) throw noBytes(frame, 'background');
  measureLayout(frame, 'background');
  const [seen, expected] = [displaySize(frame), displaySize(source)];
  if (seen.width !== expected.width || seen.height !== expected.height) {
    throw new ShapeError({
      subject: 'background',
      expected: `${expected.width} × ${expected.height} px, as the frames have`,
      received: `${seen.width} × ${seen.height}`,
      remedy: 'Take a picture with the same camera in the same mode.',
    });
  }
  const { codedWidth, codedHeight, rotation = 0, flip = false } = source;
  const back = (flip ? rotation : (360 - rotation) % 360) as typeof rotation;
  const turned = { ...wholePicture(codedWidth, codedHeight), rotation: back, mirror: flip };
  const whole = { x: 0, y: 0, ...seen };
  const plan = planRgb(frame, storedPlacement({ ...turned, region: whole }, frame));
  if (frame.data.byteLength < plan.sourceBytes) {
    throw new ShapeError({
      subject: 'background.data',
      expected: `${plan.sourceBytes} bytes`,
      received: `${frame.data.byteLength}`,
    });
  }
  const rgb = new Uint8Array(codedWidth * codedHeight * 3);
  const kernel = openPictureKernel(kernels, plan);
  try {
    kernel.run(frame.data, rgb);
  } finally {
    kernel.close();
  }
  const taken = new Uint8Array(region.width * region.height * 3);
  const bytes = region.width * 3;
  for (let y = 0; y < region.height; y++) {
    const from = ((region.y + y) * codedWidth + region.x) * 3;
    taken.set(rgb.subarray(from, from + bytes), y * bytes);
  }
  return taken;
}

// Kernels read a whole frame where it begins, whatever lies behind it.
function checkSource(kernels: Kernels, source: KernelBuffer, { sourceBytes }: PicturePlan): void {
  if (!kernels.holds(source)) {
    throw new InvalidArgumentError({
      subject: 'source of a plan',
      expected: 'an open buffer of the same kernels',
      received: 'another',
      remedy: 'Take one of kernels.allocate(), and close it after the plan.',
    });
  }
  if (source.byteLength >= sourceBytes) return;
  throw new ShapeError({
    subject: 'source of a plan',
    expected: `at least the ${sourceBytes} bytes of a frame`,
    received: `${source.byteLength}`,
  });
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
