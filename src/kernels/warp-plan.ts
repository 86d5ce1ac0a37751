import { parse } from '../core/parse.js';
import type { FrameLayout } from '../core/pixel-format.js';
import { preprocessSpecSchema } from '../core/preprocess-spec.js';
import type { WarpSpec } from '../core/warp-spec.js';
import { type PicturePlan, planPicture, wholePicture } from './picture-plan.js';

/** What a plan of a warp has beyond others. */
export interface WarpPart {
  readonly border: WarpSpec['border'];
  /**
   * Nine numbers m, row by row: px i of row j of the tensor, both counted from 0, takes the colour at
   * `x = (m0·i + m1·j + m2) / w`, `y = (m3·i + m4·j + m5) / w`, `w = m6·i + m7·j + m8` of the picture, where whole numbers are
   * the middles of px. The one that a kernel begins with; another comes with each run.
   */
  readonly mapping: Float64Array;
}

/** A plan of a warp. */
export type WarpPlan = PicturePlan & { readonly warp: WarpPart };

/**
 * The numbers of a warp, which takes px i of row j of the picture until it is told otherwise.
 * @throws as {@link planPicture}.
 */
export function planWarp(source: FrameLayout, spec: WarpSpec): WarpPlan {
  const { border, origin, keepAspect, ...output } = spec;
  const { width, height } = output;
  const { codedWidth, codedHeight } = source;
  // The tables of a resize are made and not used: a warp has its places from the mapping.
  const placement = {
    ...wholePicture(codedWidth, codedHeight),
    width,
    height,
    resizedWidth: width,
    resizedHeight: height,
  };
  const plain = parse(preprocessSpecSchema, { ...output, resize: 'stretch', filter: 'bilinear' }, 'spec');
  return {
    ...planPicture(source, plain, placement),
    warp: { border, mapping: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1) },
  };
}
