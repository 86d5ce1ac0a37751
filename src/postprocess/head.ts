import type { Item } from '../core/result.js';
import type { Tensor } from '../core/tensor.js';
import type { Transform } from '../core/transform.js';

/** Limits on what a head reports. */
export interface HeadLimits {
  /** Items below this score are left out. */
  scoreThreshold: number;
  /** Boxes of one class that overlap a better one by more than this are left out. */
  iouThreshold: number;
  /** At most this many items, best first. */
  topK: number;
}

/** Reads the outputs of a model. Pure: outputs and transform in, plain values out; decoding allocates nothing but the items. */
export interface Head {
  /**
   * @param outputs the model's output tensors; borrowed.
   * @param transform where the frame lies in the input tensor.
   * @returns items in frame px, best first; none is a view into a tensor.
   */
  decode(outputs: readonly Tensor[], transform: Transform): Item[];
}
