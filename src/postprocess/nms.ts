/** Suppresses boxes that overlap a better one of their class. Holds the memory that candidates are written into. */
export interface Nms {
  /** x1, y1, x2, y2 of each candidate. */
  readonly boxes: Float32Array;
  readonly scores: Float32Array;
  readonly classIds: Int32Array;
  /** After `run`: the candidates that stay, best first. */
  readonly kept: Int32Array;
  /**
   * @param count candidates written. @param iouThreshold pairs above it are thinned. @param limit at most this many stay.
   * @returns how many stay.
   */
  run(count: number, iouThreshold: number, limit: number): number;
}

/** Where a head gets its suppression from. */
export interface NmsAllocator {
  createNms(capacity: number): Nms;
}
