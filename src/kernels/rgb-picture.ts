import { LayoutMatch } from '../core/layout-match.js';
import { displaySize } from '../core/orientation.js';
import { type FrameLayout, measureLayout } from '../core/pixel-format.js';
import { planRgb, wholePicture } from './picture-plan.js';
import { ReferencePreprocess } from './reference/preprocess.js';
import { storedPlacement } from './stored-placement.js';

/**
 * Frames upright and in their own size as RGB, for looking at and for files: the numbers that preprocessing gives where it does not
 * resize. Plain TypeScript, for places that have no kernels; keeps the plan of the last layout.
 */
export class RgbPicture {
  #match: LayoutMatch | undefined;
  #reference: ReferencePreprocess | undefined;

  /** Writes tight rows of RGB as the frame is seen, 3 · codedWidth · codedHeight bytes. @throws as {@link measureLayout}. */
  write(frame: FrameLayout & { readonly data: Uint8Array }, rgb: Uint8Array): void {
    if (!this.#reference || !this.#match?.fits(frame)) {
      const { format, codedWidth, codedHeight, rotation, flip, planes, colorSpace } = frame;
      const { strideBytes } = measureLayout(frame);
      const layout = { format, codedWidth, codedHeight, rotation, flip, strideBytes, planes, colorSpace };
      const { width, height } = displaySize(layout);
      const placement = storedPlacement(wholePicture(width, height), layout);
      this.#reference = new ReferencePreprocess(planRgb(layout, placement));
      this.#match = new LayoutMatch(layout);
    }
    this.#reference.run(frame.data, rgb);
  }
}
