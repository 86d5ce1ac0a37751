import { LayoutMatch } from '../core/layout-match.js';
import { type FrameLayout, measureLayout } from '../core/pixel-format.js';
import { planRgb } from './picture-plan.js';
import { ReferencePreprocess } from './reference/preprocess.js';

/**
 * Frames in their own size as RGB, for looking at and for files: the numbers that preprocessing gives where it does not
 * resize. Plain TypeScript, for places that have no kernels; keeps the plan of the last layout.
 */
export class RgbPicture {
  #match: LayoutMatch | undefined;
  #reference: ReferencePreprocess | undefined;

  /** Writes tight rows of RGB, 3 · codedWidth · codedHeight bytes. @throws as {@link measureLayout}. */
  write(frame: FrameLayout & { readonly data: Uint8Array }, rgb: Uint8Array): void {
    if (!this.#reference || !this.#match?.fits(frame)) {
      const { format, codedWidth: width, codedHeight: height, planes, colorSpace } = frame;
      const { strideBytes } = measureLayout(frame);
      const layout: FrameLayout = { format, codedWidth: width, codedHeight: height, strideBytes, planes, colorSpace };
      this.#reference = new ReferencePreprocess(planRgb(layout));
      this.#match = new LayoutMatch(layout);
    }
    this.#reference.run(frame.data, rgb);
  }
}
