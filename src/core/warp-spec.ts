import * as v from 'valibot';
import { preprocessSpecSchema } from './preprocess-spec.js';

const { width, height, colorOrder, scale, mean, std, layout, dataType, quantization, levels } =
  preprocessSpecSchema.entries;
const pad = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255)), 0);

/**
 * How pictures that are warped become tensors: what a `PreprocessSpec` says of the tensor, and
 *
 * - `border`: what lies beside the frame: `replicate` repeats the px at its edge, `constant` is `pad`.
 * - `pad`: 0…255, before normalisation.
 * - `origin`: where the coordinates of matrices and regions begin. `edge`: at the outer edge of the first px, as everywhere in
 *   this package; a px is sampled in its middle, (i + ½, j + ½). `center`: in the middle of the first px of frame and tensor, as the
 *   matrices of OpenCV's `warpAffine` and `warpPerspective`, and the crops of MediaPipe's `ImageToTensorCalculator`, have it.
 * - `keepAspect`: whether a region is made wider or higher, until it has the proportions of the tensor.
 */
export const warpSpecSchema = v.strictObject({
  ...{ width, height, colorOrder, scale, mean, std, layout, dataType, quantization, levels, pad },
  border: v.optional(v.picklist(['replicate', 'constant']), 'replicate'),
  origin: v.optional(v.picklist(['edge', 'center']), 'edge'),
  keepAspect: v.optional(v.boolean(), false),
});

/** A complete {@link warpSpecSchema} with every default filled in. */
export type WarpSpec = v.InferOutput<typeof warpSpecSchema>;

/** A spec as a user types it: only `width` and `height` are required. */
export type WarpSpecInput = v.InferInput<typeof warpSpecSchema>;
