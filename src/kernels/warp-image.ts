import type { PictureImage } from './picture-image.js';
import type { PicturePlan } from './picture-plan.js';
import type { WarpPart } from './warp-plan.js';

/** What the C kernels' view of a plan has of a warp, beyond or instead of what it has of others; `reverse` is that of others. */
export function layOutWarp(
  { tensorWidth, source, planar }: PicturePlan,
  warp: WarpPart,
  reverse: boolean,
): PictureImage {
  return {
    numbers: {
      warp: warp.border === 'replicate' ? 1 : 2,
      // Px are taken as they lie: what fetching turns around elsewhere, packing does here.
      reverse: reverse !== (source.format === 'BGR') ? 1 : 0,
    },
    sections: {
      mapping: new Uint8Array(Float64Array.from(warp.mapping).buffer),
      points: tensorWidth * 2 * 4,
      // Of luma, and of chroma.
      places: tensorWidth * 4 * 4 * (planar ? 2 : 1),
      samples: planar ? 0 : tensorWidth,
    },
  };
}
