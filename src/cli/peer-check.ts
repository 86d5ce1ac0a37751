import { type FrameLayout, isYuvFormat, measureLayout, pixelFormats } from '../core/pixel-format.js';
import type { PreprocessSpec } from '../core/preprocess-spec.js';

/** How far another library's tensor may be from ours, in steps of 8 bits. */
export interface Tolerance {
  /** Of the worst element. */
  most: number;
  /** Of all elements, on average. */
  mean: number;
}

/** How far it is. */
export type TensorDifference = Tolerance;

/**
 * A picture of soft waves, of which every filter makes nearly the same: five across and four down, shifted from channel to
 * channel, so that a wrong place, size or order of channels shows. Limited in range, so that no YUV leaves RGB.
 */
export function softPicture(layout: FrameLayout): Uint8Array {
  const { format, codedWidth, codedHeight } = layout;
  const { byteLength, planes, strideBytes } = measureLayout(layout);
  const picture = new Uint8Array(byteLength);
  const yuv = isYuvFormat(format);
  pixelFormats[format].forEach(({ bytes, across, down }, plane) => {
    const { offset, stride } = planes?.[plane] ?? { offset: 0, stride: strideBytes };
    const width = Math.ceil(codedWidth / across);
    const height = Math.ceil(codedHeight / down);
    // The fourth byte is opaque where it means something.
    const amplitude = yuv && plane > 0 ? 22 : 55;
    for (let channel = 0; channel < bytes; channel++) {
      const shift = plane + channel;
      const columns = waves(width, 5, amplitude, shift * 2.1);
      const rows = waves(height, 4, amplitude, shift * 1.3);
      for (let y = 0; y < height; y++) {
        for (let x = 0, at = offset + y * stride + channel; x < width; x++, at += bytes) {
          picture[at] = channel === 3 ? 255 : Math.round(126 + columns[x] + rows[y]);
        }
      }
    }
  });
  return picture;
}

function waves(count: number, periods: number, amplitude: number, phase: number): Float64Array {
  return Float64Array.from(
    { length: count },
    (_, i) => amplitude * Math.sin((2 * Math.PI * periods * (i + 0.5)) / count + phase),
  );
}

/**
 * Compares two tensors of one spec. Values are brought back to 0…255 first.
 * Returns undefined where the lengths differ, or where one holds what is no number.
 */
export function tensorDifference(
  { dataType, scale }: Pick<PreprocessSpec, 'dataType' | 'scale'>,
  own: Uint8Array,
  other: Uint8Array,
): TensorDifference | undefined {
  if (own.byteLength !== other.byteLength) return undefined;
  const values = (bytes: Uint8Array) => {
    if (dataType === 'float32') return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
    return dataType === 'int8' ? new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : bytes;
  };
  const [a, b] = [values(own), values(other)];
  const step = dataType === 'float32' ? Number(scale) : 1;
  let most = 0;
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i] - b[i]) / step;
    sum += difference;
    if (difference > most) most = difference;
  }
  return Number.isFinite(sum) ? { most, mean: sum / a.length } : undefined;
}
