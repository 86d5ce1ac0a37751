import { InvalidArgumentError } from '../core/error.js';
import { type FrameLayout, isYuvFormat, measureLayout } from '../core/pixel-format.js';
import type { PreprocessSpec } from '../core/preprocess-spec.js';
import type { TensorDataType, TensorLayout } from '../core/tensor.js';
import { type BeforePlan, planBefore } from './before-plan.js';
import { type PlanarPart, planPlanes } from './planar-plan.js';
import { planResample, type ResampleMethod, type Rounding } from './resample-plan.js';
import { isAntialias, type ResampleFilter, type ResampleTable } from './resample-table.js';

/** Where a resized picture lies in a tensor, in whole tensor px. */
export interface Placement {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** What of a picture is resized, in source px that need not be whole. Filters see the px beside it. */
export interface SourceRegion {
  left: number;
  top: number;
  width: number;
  height: number;
}

/**
 * All numbers that turn pictures of one layout into tensors of one shape; what every spelling of the kernels
 * executes. Plain data.
 */
export interface PicturePlan {
  readonly source: FrameLayout;
  /** From the first byte of a frame to the end of its last row. */
  readonly sourceBytes: number;
  /** Of a YUV picture: where its planes lie, and how they become RGB. */
  readonly planar?: PlanarPart;
  readonly before?: BeforePlan;
  readonly filter: ResampleFilter;
  readonly method: ResampleMethod;
  /** Of a YUV picture, those of its luma. */
  readonly columns: ResampleTable<Int32Array | Float32Array>;
  readonly rows: ResampleTable<Int32Array | Float32Array>;
  /** Of the methods `float` and `blend`: how a resized row becomes bytes. Absent: it reaches the tensor as float32. */
  readonly rounding?: Rounding;
  readonly tensorWidth: number;
  readonly tensorHeight: number;
  readonly placement: Placement;
  readonly layout: TensorLayout;
  readonly dataType: Extract<TensorDataType, 'float32' | 'float16' | 'uint8'>;
  readonly colorOrder: 'rgb' | 'bgr';
  /** 0…255, before normalisation. */
  readonly pad: number;
  /** Per channel of the tensor: y = x·gain + offset, each step rounded to float32. */
  readonly gain: Float32Array;
  readonly offset: Float32Array;
}

/**
 * The numbers of a plan. `gain = fround(scale / std)`, `offset = fround(−mean / std)` per channel. `region` is the whole picture by
 * default; a YUV picture has no other.
 * @throws {InvalidArgumentError} ERR_ARGUMENT a list of other than 1 or 3 numbers, a std of 0, a value that is not finite in float32,
 *   a filter or a region that YUV pictures do not have; and as {@link measureLayout}.
 */
export function planPicture(
  source: FrameLayout,
  spec: PreprocessSpec,
  placement: Placement,
  region: SourceRegion = { left: 0, top: 0, width: source.codedWidth, height: source.codedHeight },
): PicturePlan {
  const scale = perChannel(spec.scale, 'scale');
  const mean = perChannel(spec.mean, 'mean');
  const std = perChannel(spec.std, 'std');
  const gain = new Float32Array(3);
  const offset = new Float32Array(3);
  for (let c = 0; c < 3; c++) {
    gain[c] = scale[c] / std[c];
    offset[c] = mean[c] === 0 ? 0 : -mean[c] / std[c];
    if (!Number.isFinite(gain[c]) || !Number.isFinite(offset[c])) {
      throw new InvalidArgumentError({
        subject: `preprocess: scale, mean and std of channel ${c}`,
        expected: 'numbers with a finite scale/std and mean/std in float32, std not 0',
        received: `${scale[c]}, ${mean[c]}, ${std[c]}`,
      });
    }
  }
  const { codedWidth, codedHeight, format, colorSpace } = source;
  const { strideBytes, planes, byteLength } = measureLayout(source, 'layout');
  if (isYuvFormat(format)) checkPlanar(source, spec, region);
  const planar = planes && isYuvFormat(format) ? planPlanes(format, source, planes, spec.filter, placement) : undefined;
  const { left, top, width, height } = region;
  const resample = planar
    ? { ...planar.luma, method: isAntialias(spec.filter) ? ('antialias' as const) : ('bilinear' as const) }
    : planResample(
        spec.filter,
        { from: codedWidth, to: placement.width, extent: width, start: left },
        { from: codedHeight, to: placement.height, extent: height, start: top },
        spec.dataType === 'uint8',
      );
  return {
    source: { format, codedWidth, codedHeight, strideBytes, ...(planes && { planes, colorSpace }) },
    sourceBytes: byteLength,
    planar,
    before: planBefore(spec.before, codedWidth, codedHeight),
    filter: spec.filter,
    ...resample,
    tensorWidth: spec.width,
    tensorHeight: spec.height,
    placement,
    layout: spec.layout,
    dataType: spec.dataType,
    colorOrder: spec.colorOrder,
    pad: spec.pad,
    gain,
    offset,
  };
}

function checkPlanar(source: FrameLayout, { filter, before }: PreprocessSpec, region: SourceRegion): void {
  const { format, codedWidth, codedHeight } = source;
  const { left, top, width, height } = region;
  const isWhole = left === 0 && top === 0 && width === codedWidth && height === codedHeight;
  if (isWhole && !before && (filter === 'bilinear' || isAntialias(filter))) return;
  throw new InvalidArgumentError({
    subject: `preprocessing of ${format} frames`,
    expected:
      'a whole frame, no steps before, and the filter bilinear, bilinear-antialias, bicubic-antialias or lanczos-antialias',
    received: `${filter}${before ? ', with steps before' : ''}, ${width}×${height} px at ${left}, ${top}`,
    remedy: 'Leave these out, or let the source give RGBA frames.',
  });
}

function perChannel(value: number | number[], name: string): number[] {
  if (typeof value === 'number') return [value, value, value];
  if (value.length === 1) return [value[0], value[0], value[0]];
  if (value.length === 3) return value;
  throw new InvalidArgumentError({
    subject: `preprocess: ${name}`,
    expected: 'one number, or three',
    received: `${value.length}`,
    remedy: 'Every tensor has three channels; a gray picture gives three equal ones.',
  });
}
