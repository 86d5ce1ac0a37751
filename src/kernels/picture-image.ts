import { bytesPerPixel } from '../core/frame.js';
import { bytesPerElement } from '../core/tensor.js';
import type { PicturePlanField } from './kernel-exports.js';
import type { PicturePlan } from './picture-plan.js';
import type { ResampleTable } from './resample-table.js';

/** The C kernels' view of a picture plan: values of the number fields, and content or size of what the pointers name. */
export interface PictureImage {
  readonly numbers: Readonly<Partial<Record<PicturePlanField, number>>>;
  /** Bytes to be put there, or how many to reserve; 0 is a null pointer. */
  readonly sections: Readonly<Partial<Record<PicturePlanField, Uint8Array | number>>>;
}

const formats = ['RGBA', 'RGB', 'BGR', 'GRAY8'] as const;
const dataTypes = ['float32', 'float16', 'uint8'] as const;
const pixelBytesRgbx = 4;

/** Bytes of a picture from its first to its last px. */
export function sourceBytes({ source }: PicturePlan): number {
  return source.strideBytes * (source.codedHeight - 1) + source.codedWidth * bytesPerPixel[source.format];
}

/** Lays a plan out as the C kernels read it (struct picture_plan in simd/kernels.def). */
export function layOutPicture(plan: PicturePlan, pointerBytes = 4): PictureImage {
  const { source, columns, rows, placement, tensorWidth, tensorHeight } = plan;
  const bilinear = plan.filter === 'bilinear';
  // RGBA is read where it lies, unless the picture is narrower than the filter, which then sees px of weight 0 past it.
  const expanded = source.format !== 'RGBA' || source.codedWidth < columns.taps;
  const fetchedWidth = Math.max(source.codedWidth, columns.taps);
  const lineBytes = placement.width * (bilinear ? 8 : 4);
  const weights = bilinear ? bilinearWeights : antialiasWeights;
  const normal = new Float32Array(6);
  normal.set(plan.gain);
  normal.set(plan.offset, 3);
  return {
    numbers: {
      format: formats.indexOf(source.format),
      filter: bilinear ? 0 : 1,
      stride: source.strideBytes,
      sourceWidth: source.codedWidth,
      sourceHeight: source.codedHeight,
      fetchedWidth,
      lineBytes,
      columnTaps: columns.taps,
      rowTaps: rows.taps,
      left: placement.left,
      top: placement.top,
      width: placement.width,
      height: placement.height,
      tensorWidth,
      tensorHeight,
      layout: plan.layout === 'nchw' ? 0 : 1,
      dataType: dataTypes.indexOf(plan.dataType),
      reverse: plan.colorOrder === 'bgr' ? 1 : 0,
      pad: plan.pad,
    },
    sections: {
      source: sourceBytes(plan),
      tensor: tensorWidth * tensorHeight * 3 * bytesPerElement[plan.dataType],
      fetched: expanded ? fetchedWidth * pixelBytesRgbx : 0,
      lines: lineBytes * rows.taps,
      lineRows: rows.taps * 4,
      taps: rows.taps * pointerBytes,
      row: tensorWidth * pixelBytesRgbx,
      columnFirst: bytesOf(columns.first.map((px) => px * pixelBytesRgbx)),
      columnWeights: bytesOf(weights(columns)),
      rowFirst: bytesOf(rows.first),
      rowWeights: bytesOf(weights(rows)),
      normal: bytesOf(normal),
    },
  };
}

function bilinearWeights({ weights }: ResampleTable): Int16Array {
  return Int16Array.from(weights);
}

// Two taps at a time: high parts, then low parts of 11 bits, so that a 16-bit dot product takes both.
function antialiasWeights({ weights }: ResampleTable): Int16Array {
  const parts = new Int16Array(weights.length * 2);
  for (let i = 0; i < weights.length; i += 2) {
    parts[2 * i] = weights[i] >> 11;
    parts[2 * i + 1] = weights[i + 1] >> 11;
    parts[2 * i + 2] = weights[i] & 2047;
    parts[2 * i + 3] = weights[i + 1] & 2047;
  }
  return parts;
}

function bytesOf(array: Int16Array | Int32Array | Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
