import type { BeforePlan } from './before-plan.js';
import type { PictureImage } from './picture-image.js';
import { bytesOf } from './resample-image.js';

const pixelBytesRgbx = 4;
const pixelBytesFloat = 16;
const medianLines = 3;

/**
 * What the C kernels' view of a plan has of the steps before the resize, for `height` rows of `width` px in buffers of `fetchedWidth`; of
 * `swapped` formats, the kernels have blue where red is.
 */
export function layOutBefore(
  before: BeforePlan,
  width: number,
  height: number,
  fetchedWidth: number,
  swapped: boolean,
): PictureImage {
  const { background, stretch, median, blur } = before;
  const tones = before.tones && (swapped ? swapTables(before.tones) : before.tones);
  const row = fetchedWidth * pixelBytesRgbx;
  return {
    numbers: {
      before: 1,
      ...(background && {
        backgroundRate: background.rate,
        backgroundThreshold: background.threshold,
        backgroundKeep: background.keep ? 1 : 0,
      }),
      median: median ? 1 : 0,
      ...(blur &&
        (blur.box ? { boxSize: blur.box } : { blurColumnTaps: blur.columns.taps, blurRowTaps: blur.rows.taps })),
    },
    sections: {
      fetched: row,
      ...(background && {
        background: width * height * pixelBytesRgbx * Int16Array.BYTES_PER_ELEMENT,
        backgroundKnown: Int32Array.BYTES_PER_ELEMENT,
      }),
      tones: stretch ? 768 : (tones ?? 0),
      stretch: stretch ? bytesOf(Float32Array.from(stretch)) : 0,
      histogram: stretch ? 768 * Int32Array.BYTES_PER_ELEMENT : 0,
      ...(median && {
        medianLines: medianLines * (width + 2) * pixelBytesRgbx,
        medianRows: medianLines * Int32Array.BYTES_PER_ELEMENT,
        medianRow: row,
      }),
      ...(blur && {
        ...(blur.box ? layOutBox(blur.box, width) : layOutBlur(blur, width)),
        blurSums: width * pixelBytesFloat,
        blurRounding: bytesOf(Float32Array.of(blur.rounding.scale, blur.rounding.bias, blur.rounding.cut ? 1 : 0)),
        blurRow: row,
      }),
    },
  };
}

/**
 * A background picture as the C kernels keep it, from tight rows of RGB: 8 fractional bits, 0 at −2^15. @param into four numbers
 * per px, the fourth of which does not count.
 */
export function layOutBackground(rgb: Uint8Array, swapped: boolean, into: Int16Array): void {
  for (let i = 0; i < rgb.length; i++) {
    const channel = i % 3;
    into[Math.floor(i / 3) * 4 + (swapped ? 2 - channel : channel)] = (rgb[i] - 128) * 256;
  }
}

function layOutBlur({ columns, rows }: NonNullable<BeforePlan['blur']>, width: number): PictureImage['sections'] {
  return {
    blurColumnFirst: bytesOf(columns.first.map((px) => px * pixelBytesRgbx)),
    blurColumnWeights: bytesOf(columns.weights),
    blurRowFirst: bytesOf(rows.first),
    blurRowWeights: bytesOf(rows.weights),
    blurLines: rows.taps * width * pixelBytesFloat,
    blurLineRows: rows.taps * Int32Array.BYTES_PER_ELEMENT,
  };
}

function layOutBox(size: number, width: number): PictureImage['sections'] {
  return {
    boxLines: (size + 1) * width * pixelBytesRgbx,
    boxSums: (width + size - 1) * 4 * Int16Array.BYTES_PER_ELEMENT,
    blurLineRows: (size + 2) * Int32Array.BYTES_PER_ELEMENT,
  };
}

function swapTables(tones: Uint8Array): Uint8Array {
  const swapped = new Uint8Array(768);
  for (let channel = 0; channel < 3; channel++) {
    swapped.set(tones.subarray(256 * channel, 256 * channel + 256), 512 - 256 * channel);
  }
  return swapped;
}
