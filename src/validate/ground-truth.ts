import type { Box } from '../core/box.js';

/** One object that is really in a frame. */
export interface TruthObject {
  /** The same number in every frame that shows the object. */
  id: number;
  label: string;
  /** Upright frame px, not clipped. */
  box: Box;
  /** Share of the object that lies inside the frame and in sight, 0…1. */
  visible: number;
}

/**
 * What is known about the frames of a source, in a channel that the pipeline cannot see: the objects of a frame, or
 * `undefined` where nothing is known of it.
 */
export type GroundTruth = (frame: number) => readonly TruthObject[] | undefined;
