import { InvalidArgumentError } from '../core/error.js';
import { type FrameLayout, isYuvFormat, measureLayout } from '../core/pixel-format.js';
import type { PreprocessSpec } from '../core/preprocess-spec.js';
import type { TensorDataType, TensorLayout } from '../core/tensor.js';
import { type PlanarPart, planPlanes } from './planar-plan.js';
import { antialiasTable, bilinearTable, type ResampleFilter, type ResampleTable } from './resample-table.js';

/** Where a resized picture lies in a tensor, in whole tensor px. */
export interface Placement {
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
  readonly filter: ResampleFilter;
  /** Of a YUV picture, those of its luma. */
  readonly columns: ResampleTable;
  readonly rows: ResampleTable;
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
 * The numbers of a plan. `gain = fround(scale / std)`, `offset = fround(−mean / std)` per channel.
 * @throws {InvalidArgumentError} ERR_ARGUMENT a list of other than 1 or 3 numbers, a std of 0, a value that is not finite in float32;
 *   and as {@link measureLayout}.
 */
export function planPicture(source: FrameLayout, spec: PreprocessSpec, placement: Placement): PicturePlan {
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
  const table = (from: number, to: number, axis: 'columns' | 'rows') =>
    spec.filter === 'bilinear-antialias' ? antialiasTable(from, to) : bilinearTable(from, to, axis);
  const planar = planes && isYuvFormat(format) ? planPlanes(format, source, planes, spec.filter, placement) : undefined;
  return {
    source: { format, codedWidth, codedHeight, strideBytes, ...(planes && { planes, colorSpace }) },
    sourceBytes: byteLength,
    planar,
    filter: spec.filter,
    columns: planar?.luma.columns ?? table(codedWidth, placement.width, 'columns'),
    rows: planar?.luma.rows ?? table(codedHeight, placement.height, 'rows'),
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
