import type { Box } from '../core/box.js';
import { displaySize } from '../core/orientation.js';
import type { FrameLayout } from '../core/pixel-format.js';
import type { PreprocessSpec } from '../core/preprocess-spec.js';
import type { Kernels } from '../kernels/kernels.js';
import { createPlan, type Plan } from './plan.js';

/** A frame's layout and bytes. */
export type PlannedFrame = FrameLayout & { readonly data: Uint8Array };

/** Preprocessing of frames of one layout, in one piece or, where the spec says so, in tiles. */
export interface FramePlans {
  /** What of the frame each plan takes, in px of the frame as it is seen; without tiles all of it. */
  readonly tiles: readonly Box[];
  /** One per tile. Their transforms lead to px of the frame, so that what is found in a tile needs no moving. */
  readonly plans: readonly Plan[];
  /**
   * The frame where every plan reads it without a copy of its own. Valid until the next call.
   * Without tiles, and where plans read frames anywhere, it is the frame itself.
   */
  enter(frame: PlannedFrame): PlannedFrame;
  /** Gives the memory of all plans back; closing twice does nothing. */
  close(): void;
}

/** Plans frames of one layout in one piece. @throws as {@link createPlan}. */
export function createFramePlans(
  kernels: Kernels,
  layout: FrameLayout,
  spec: Omit<PreprocessSpec, 'tiles'>,
): FramePlans {
  const plan = createPlan(kernels, layout, spec);
  return {
    tiles: [{ x: 0, y: 0, ...displaySize(layout) }],
    plans: [plan],
    enter: (frame) => frame,
    close: () => plan.close(),
  };
}
