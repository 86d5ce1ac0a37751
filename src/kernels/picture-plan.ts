import { InvalidArgumentError } from '../core/error.js';
import { bytesPerPixel, type FrameLayout, isYuvFormat, measureLayout } from '../core/pixel-format.js';
import { channelsOf, type PreprocessSpec } from '../core/preprocess-spec.js';
import type { TensorDataType, TensorLayout } from '../core/tensor.js';
import { type BeforePlan, planBefore } from './before-plan.js';
import { type PlanarPart, planConversion, planPlanes } from './planar-plan.js';
import { planResample, type ResampleMethod, type ResamplePlan, type Rounding } from './resample-plan.js';
import { isAntialias, type ResampleFilter, type ResampleTable } from './resample-table.js';
import { mirroredTable, type SourceAxes, type SourceAxis, shownPart, sourceAxes } from './source-axis.js';
import type { WarpPart } from './warp-plan.js';

/** What of a picture, as it is stored, goes where in a tensor, in whole px. */
export interface Placement {
  /** Of the tensor. */
  left: number;
  top: number;
  width: number;
  height: number;
  /** Part of the picture that is taken. */
  region: { x: number; y: number; width: number; height: number };
  /** Degrees by which it is turned, clockwise, before it is mirrored and resized. */
  rotation: 0 | 90 | 180 | 270;
  mirror: boolean;
  /** Its size when it is resized, of which `width` × `height` px from `cutLeft`, `cutTop` on are shown. */
  resizedWidth: number;
  resizedHeight: number;
  cutLeft: number;
  cutTop: number;
}

/** A picture as it is. */
export function wholePicture(width: number, height: number): Placement {
  return {
    ...{ left: 0, top: 0, width, height, region: { x: 0, y: 0, width, height } },
    ...{ rotation: 0, mirror: false, resizedWidth: width, resizedHeight: height, cutLeft: 0, cutTop: 0 },
  };
}

/** Plans frames of a layout as tight rows of RGB of the placement's size. @throws as {@link planPicture}. */
export function planRgb(
  layout: FrameLayout,
  placement = wholePicture(layout.codedWidth, layout.codedHeight),
): PicturePlan {
  const { width, height } = placement;
  const spec: PreprocessSpec = {
    ...{ width, height, rotation: 0, mirror: false, resize: 'stretch', align: 'top-left', rounding: 'round', pad: 0 },
    ...{ filter: 'bilinear', colorOrder: 'rgb', scale: 1, mean: 0, std: 1, layout: 'nhwc', dataType: 'uint8' },
  };
  return planPicture(layout, spec, placement);
}

/** What of a picture's region is resized, in px of it that need not be whole. Filters see the px beside it. */
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
  /** The part of the picture that is read, in px; of RGB and gray, bytes from the first of the frame to its own. */
  readonly regionWidth: number;
  readonly regionHeight: number;
  readonly regionOffset: number;
  /** Of GRAY16: a sample s is x = trunc(s·gain + offset) of 0…255, each step rounded to float32. */
  readonly levels?: { readonly gain: number; readonly offset: number };
  /** Of a YUV picture: where its planes lie, and how they become RGB. */
  readonly planar?: PlanarPart;
  /** Of a YUV picture: its rows become RGB in their own size, and all else is done with them as with RGB. */
  readonly converted?: true;
  /** Of a picture that is warped: where its px go; the tables of columns and rows are not looked at then. */
  readonly warp?: WarpPart;
  readonly before?: BeforePlan;
  readonly filter: ResampleFilter;
  readonly method: ResampleMethod;
  /** Of a YUV picture that is not `converted`, those of its luma. */
  readonly columns: ResampleTable<Int32Array | Float32Array>;
  readonly rows: ResampleTable<Int32Array | Float32Array>;
  /** Of the methods `float` and `blend`: how a resized row becomes bytes. Absent: it reaches the tensor as float32. */
  readonly rounding?: Rounding;
  /** True if columns of the picture become rows of the tensor. */
  readonly turned: boolean;
  readonly tensorWidth: number;
  readonly tensorHeight: number;
  readonly placement: Placement;
  readonly layout: TensorLayout;
  readonly dataType: Extract<TensorDataType, 'float32' | 'float16' | 'uint8' | 'int8'>;
  readonly colorOrder: PreprocessSpec['colorOrder'];
  /** Of the tensor; 1 is gray. */
  readonly channels: 1 | 3;
  /** 0…255, before normalisation. */
  readonly pad: number;
  /** Per channel of the tensor: y = x·gain + offset, each step rounded to float32. */
  readonly gain: Float32Array;
  readonly offset: Float32Array;
  /** Of a quantised tensor, whose scale is in `gain` and `offset`: q = round(clamp(y, low, high)) + zeroPoint, a half to the even one. */
  readonly quantization?: Quantization;
}

/**
 * Whether rows of the picture, as it is stored, are filtered before its columns. The antialiased filters round in between, so
 * that the order counts: columns of the tensor come first, and those of a turned picture are rows.
 */
export function beginsWithRows({ method, turned }: Pick<PicturePlan, 'method' | 'turned'>): boolean {
  return turned && method === 'antialias';
}

/** Carriers of the tensors that plans fill. */
export type PictureOutput = Float32Array | Uint16Array | Uint8Array | Int8Array;

/** How a quantised tensor's numbers are limited and moved. */
export interface Quantization {
  readonly low: number;
  readonly high: number;
  readonly zeroPoint: number;
}

/**
 * The numbers of a plan. `gain = fround(scale / std)`, `offset = fround(−mean / std)` per channel; of a quantised tensor
 * both are divided by its scale before they are rounded to float32, so that a px is rounded three times: as x·gain, as that plus offset,
 * and to the whole number. `part` is the whole region by default.
 * @throws {InvalidArgumentError} ERR_ARGUMENT a list of other than 1 or 3 numbers, or 3 for a gray tensor, a std of 0, a value that is not
 *   finite in float32, `levels` too near to each other for that, a quantisation that does not fit the data type; and as {@link measureLayout}.
 */
export function planPicture(
  source: FrameLayout,
  spec: PreprocessSpec,
  placement: Placement,
  part?: SourceRegion,
): PicturePlan {
  const channels = channelsOf(spec);
  const quantization = quantizationOf(spec);
  const step = spec.quantization?.scale ?? 1;
  const scale = perChannel(spec.scale, 'scale', channels);
  const mean = perChannel(spec.mean, 'mean', channels);
  const std = perChannel(spec.std, 'std', channels);
  const gain = new Float32Array(3);
  const offset = new Float32Array(3);
  for (let c = 0; c < 3; c++) {
    gain[c] = scale[c] / (std[c] * step);
    offset[c] = mean[c] === 0 ? 0 : -mean[c] / (std[c] * step);
    if (!Number.isFinite(gain[c]) || !Number.isFinite(offset[c])) {
      throw new InvalidArgumentError({
        subject: `preprocess: scale, mean and std of channel ${c}`,
        expected: 'numbers with a finite scale/std and mean/std in float32, std not 0',
        received: `${scale[c]}, ${mean[c]}, ${std[c]}${step === 1 ? '' : `, divided by the quantisation's ${step}`}`,
      });
    }
  }
  const { codedWidth, codedHeight, format, colorSpace, rotation, flip } = source;
  const { strideBytes, planes, byteLength } = measureLayout(source, 'layout');
  const axes = sourceAxes(placement);
  const { region } = placement;
  const { x, y, width, height } = region;
  const before = planBefore(spec.before, width, height);
  // Planes are resized before they become RGB where a kernel does that; else rows become RGB first, in their own size.
  const converted =
    isYuvFormat(format) && (before || part || (spec.filter !== 'bilinear' && !isAntialias(spec.filter)))
      ? true
      : undefined;
  const planar =
    planes && isYuvFormat(format)
      ? converted
        ? planConversion(format, source, planes, region)
        : planPlanes(format, source, planes, spec.filter, axes)
      : undefined;
  const resample =
    planar && !converted
      ? { ...planar.luma, method: isAntialias(spec.filter) ? ('antialias' as const) : ('bilinear' as const) }
      : planPacked(spec, axes, part ?? { left: 0, top: 0, width, height });
  return {
    source: { format, codedWidth, codedHeight, rotation, flip, strideBytes, ...(planes && { planes, colorSpace }) },
    sourceBytes: byteLength,
    ...(format === 'GRAY16' && { levels: levelsOf(spec.levels) }),
    planar,
    ...(converted && { converted }),
    before,
    filter: spec.filter,
    ...resample,
    regionWidth: width,
    regionHeight: height,
    regionOffset: isYuvFormat(format) ? 0 : y * strideBytes + x * bytesPerPixel[format],
    turned: axes.turned,
    tensorWidth: spec.width,
    tensorHeight: spec.height,
    placement,
    layout: spec.layout,
    dataType: spec.dataType,
    colorOrder: spec.colorOrder,
    channels,
    pad: spec.pad,
    gain,
    offset,
    ...(quantization && { quantization }),
  };
}

const ranges = { int8: [-128, 127], uint8: [0, 255] } as const;

function quantizationOf({ dataType, quantization }: PreprocessSpec): Quantization | undefined {
  const range = dataType === 'int8' || dataType === 'uint8' ? ranges[dataType] : undefined;
  if (!quantization) {
    if (dataType !== 'int8') return undefined;
    throw new InvalidArgumentError({
      subject: 'preprocess: quantization',
      expected: 'a scale and a zeroPoint with the data type int8',
      received: 'none',
      remedy: 'Take those of the input of the model: its QuantizeLinear, or quantization in TensorFlow Lite.',
    });
  }
  if (!range) {
    throw new InvalidArgumentError({
      subject: 'preprocess: quantization',
      expected: 'none with a data type other than int8 and uint8',
      received: `one with ${dataType}`,
      remedy: 'Leave it out, or set dataType to int8 or uint8.',
    });
  }
  const { zeroPoint } = quantization;
  if (zeroPoint < range[0] || zeroPoint > range[1]) {
    throw new InvalidArgumentError({
      subject: 'preprocess: quantization.zeroPoint',
      expected: `a whole number from ${range[0]} to ${range[1]}, as ${dataType} has them`,
      received: `${zeroPoint}`,
    });
  }
  return { low: range[0] - zeroPoint, high: range[1] - zeroPoint, zeroPoint };
}

/** Filters that give another picture of a mirrored one than the mirrored picture. */
const lopsided: ReadonlySet<ResampleFilter> = new Set(['nearest', 'area', 'bilinear-tf-legacy']);

// The tables of a picture whose px lie side by side.
function planPacked(spec: PreprocessSpec, { columns, rows }: SourceAxes, part: SourceRegion): ResamplePlan {
  const plan = planResample(
    spec.filter,
    { from: columns.length, to: columns.resized, extent: part.width, start: part.left },
    { from: rows.length, to: rows.resized, extent: part.height, start: part.top },
    // Of whole numbers, and of gray, px are bytes.
    spec.colorOrder === 'gray' || spec.dataType === 'uint8' || spec.dataType === 'int8',
  );
  const shown = (table: ResamplePlan['columns'], axis: SourceAxis) =>
    axis.reversed && lopsided.has(spec.filter)
      ? shownPart(mirroredTable(table, axis), { ...axis, reversed: false })
      : shownPart(table, axis);
  return { ...plan, columns: shown(plan.columns, columns), rows: shown(plan.rows, rows) };
}

function perChannel(value: number | number[], name: string, channels: 1 | 3): number[] {
  if (typeof value === 'number') return [value, value, value];
  if (value.length === 1) return [value[0], value[0], value[0]];
  if (value.length === 3 && channels === 3) return value;
  throw new InvalidArgumentError({
    subject: `preprocess: ${name}`,
    expected: channels === 3 ? 'one number, or three' : 'one number, for a gray tensor',
    received: `${value.length}`,
    remedy:
      channels === 3
        ? 'This tensor has three channels; a gray picture gives three equal ones.'
        : 'Give its one channel one.',
  });
}

// Black becomes 0 and white 255; the half rounds.
function levelsOf([black, white]: readonly [number, number] = [0, 65535]): PicturePlan['levels'] {
  const gain = Math.fround(255 / (white - black));
  if (!Number.isFinite(Math.fround(65535 * gain))) {
    throw new InvalidArgumentError({
      subject: 'preprocess: levels',
      expected: 'black and white so far apart that 65535 · 255 / (white − black) is finite in float32',
      received: `${black}, ${white}`,
    });
  }
  return { gain, offset: Math.fround(0.5 - gain * black) };
}
