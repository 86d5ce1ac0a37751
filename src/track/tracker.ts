import type { Detection } from '../core/result.js';

/** Gives objects an identity over time. Lives with the owner of a pipeline and survives its workers. */
export interface Tracker {
  /**
   * Takes the detections of one frame and sets `trackId` on those that belong to a confirmed track.
   * @param timestamp of the frame in µs; real time steps, so dropped frames do no harm. Must not go back.
   */
  update(detections: readonly Detection[], timestamp: number): void;
  /** Forgets all tracks; ids go on counting. */
  reset(): void;
}
