import type { PixelFormat } from '../core/pixel-format.js';
import { bytesPerElement } from '../core/tensor.js';
import { layOutBefore } from './before-image.js';
import type { PicturePlanField } from './kernel-exports.js';
import { beginsWithRows, type PicturePlan } from './picture-plan.js';
import { layOutPlanes } from './planar-image.js';
import { bytesOf, layOutTable } from './resample-image.js';
import { type ResampleMethod, resampleMethods } from './resample-plan.js';
import { layOutWarp } from './warp-image.js';

/** The C kernels' view of a picture plan: values of the number fields, and content or size of what the pointers name. */
export interface PictureImage {
  readonly numbers: Readonly<Partial<Record<PicturePlanField, number>>>;
  /** Bytes to be put there, or how many to reserve; 0 is a null pointer. */
  readonly sections: Readonly<Partial<Record<PicturePlanField, Uint8Array | number>>>;
}

// What the kernels call them: four bytes in the order of red and blue that `reverse` says, and so on.
const formats: Readonly<Record<PixelFormat, number>> = {
  ...{ RGBA: 0, RGBX: 0, BGRA: 0, BGRX: 0, RGB: 1, BGR: 2, GRAY8: 3, GRAY16: 5 },
  ...{ I420: 4, I422: 4, I444: 4, NV12: 4, NV21: 4, YUY2: 4, UYVY: 4 },
};
const dataTypes = ['float32', 'float16', 'uint8'] as const;
const quantizedType = dataTypes.length;
const pixelBytesRgbx = 4;
const samplesAtOnce = 4;
// Of the lines between the horizontal and the vertical step.
const linePixelBytes: Readonly<Record<ResampleMethod, number>> = {
  bilinear: 8,
  antialias: 4,
  nearest: 4,
  float: 16,
  blend: 16,
};

/** True of formats whose rows the kernels read where they lie, with blue where red is. */
export function isSwapped(format: PixelFormat): boolean {
  return format === 'BGRA' || format === 'BGRX';
}

/** Lays a plan out as the C kernels read it (struct picture_plan in simd/kernels.def). */
export function layOutPicture(plan: PicturePlan, pointerBytes = 4): PictureImage {
  const { source, columns, rows, placement, tensorWidth, tensorHeight, turned, regionWidth, method, rounding } = plan;
  // What the kernels fill row by row; of a turned picture that is a column of the tensor.
  const [left, top, width, height] = turned
    ? [placement.top, placement.left, placement.height, placement.width]
    : [placement.left, placement.top, placement.width, placement.height];
  const [rowWidth, rowCount] = turned ? [tensorHeight, tensorWidth] : [tensorWidth, tensorHeight];
  const { quantization, channels, dataType } = plan;
  const format = formats[source.format];
  const swapped = isSwapped(source.format);
  // RGBX is read where it lies, unless the picture is narrower than the filter, which then sees px of weight 0 past it.
  const onePlane = source.format === 'GRAY8' && channels === 1 && !plan.before && !plan.warp;
  const expanded = (format !== 0 && !onePlane) || regionWidth < columns.taps || beginsWithRows(plan);
  const fetchedWidth = Math.max(regionWidth, columns.taps, plan.before?.blur?.columns.taps ?? 0);
  const before = plan.before && layOutBefore(plan.before, regionWidth, plan.regionHeight, fetchedWidth, swapped);
  // Of one plane samples are filtered four at a time.
  const filteredBytes = onePlane
    ? Math.ceil(width / samplesAtOnce) * linePixelBytes[method]
    : width * linePixelBytes[method];
  const lineBytes = beginsWithRows(plan) ? regionWidth * pixelBytesRgbx : filteredBytes;
  const planar = plan.planar && layOutPlanes(plan, plan.planar, pointerBytes);
  const reverse = (plan.colorOrder === 'bgr') !== swapped;
  const warp = plan.warp && layOutWarp(plan, plan.warp, reverse);
  const normal = new Float32Array(9);
  normal.set(plan.gain);
  normal.set(plan.offset, 3);
  if (quantization) normal.set([quantization.low, quantization.high, quantization.zeroPoint], 6);
  return {
    numbers: {
      format,
      filter: resampleMethods.indexOf(method),
      stride: source.strideBytes,
      sourceOffset: plan.regionOffset,
      sourceWidth: regionWidth,
      sourceHeight: plan.regionHeight,
      fetchedWidth,
      lineBytes,
      lineCount: rows.taps,
      columnTaps: columns.taps,
      rowTaps: rows.taps,
      left,
      top,
      width,
      height,
      tensorWidth: rowWidth,
      tensorHeight: rowCount,
      turned: turned ? 1 : 0,
      channels,
      // One channel lies the same way in both.
      layout: plan.layout === 'nchw' || channels === 1 ? 0 : 1,
      onePlane: onePlane ? 1 : 0,
      dataType: quantization || dataType === 'int8' ? quantizedType : dataTypes.indexOf(dataType),
      reverse: reverse ? 1 : 0,
      pad: plan.pad,
      ...before?.numbers,
      ...planar?.numbers,
      ...warp?.numbers,
    },
    sections: {
      source: plan.sourceBytes,
      tensor: tensorWidth * tensorHeight * channels * bytesPerElement[dataType],
      fetched: expanded ? fetchedWidth * pixelBytesRgbx : 0,
      lines: lineBytes * rows.taps,
      lineRows: rows.taps * 4,
      taps: rows.taps * pointerBytes,
      row: rowWidth * pixelBytesRgbx,
      packed: turned ? rowWidth * channels * bytesPerElement[dataType] : 0,
      gray: channels === 1 ? rowWidth : 0,
      columnFirst: bytesOf(onePlane ? columns.first : columns.first.map((px) => px * pixelBytesRgbx)),
      columnWeights: layOutTable(method, columns),
      rowFirst: bytesOf(rows.first),
      rowWeights: layOutTable(method, rows),
      normal: bytesOf(normal),
      levels: plan.levels ? bytesOf(Float32Array.of(plan.levels.gain, plan.levels.offset)) : 0,
      floatRow: linePixelBytes[method] === 16 ? rowWidth * 16 : 0,
      rounding: rounding ? bytesOf(Float32Array.of(rounding.scale, rounding.bias, rounding.cut ? 1 : 0)) : 0,
      ...before?.sections,
      ...planar?.sections,
      ...warp?.sections,
    },
  };
}
