import * as v from 'valibot';
import { beforeSpecSchema } from './before-spec.js';
import { resampleFilters } from './resample-filter.js';

const perChannel = v.union([
  v.pipe(v.number(), v.finite()),
  v.pipe(
    v.array(v.pipe(v.number(), v.finite())),
    v.check(({ length }) => length === 1 || length === 3, 'one number, or three'),
  ),
]);
const divisor = v.pipe(
  perChannel,
  v.check((std) => ![std].flat().includes(0), 'numbers other than 0, because they divide'),
);

const offset = v.pipe(v.number(), v.integer(), v.minValue(0));
const sample = v.pipe(v.number(), v.minValue(0), v.maxValue(65535));
const side = v.pipe(v.number(), v.integer(), v.minValue(1));
const quantizationSchema = v.strictObject({
  scale: v.pipe(v.number(), v.finite(), v.gtValue(0)),
  zeroPoint: v.pipe(v.number(), v.integer(), v.minValue(-128), v.maxValue(255)),
});

/**
 * How a frame becomes the input tensor of a model; the part of a manifest that must agree with training.
 * The picture is resized, as 8-bit values unless the filter gives real ones, then `y = (x·scale − mean) / std` per channel, x in 0…255.
 *
 * - `tiles`: frames are cut into tiles that overlap, each of which becomes a tensor of its own, as a `region` would; what is found in
 *   them is put together for the whole frame. Of detection models, in pipelines, whose `recovery.hangMs` must leave time for all tiles.
 * - `region`: the part of the frame that is taken, in px of the frame; all of it if absent.
 * - `levels`: of frames with more than 8 bits (`GRAY16`), the samples that become 0 and 255; what is beyond them is cut off.
 * - `rotation`: degrees by which that part is turned, clockwise, then `mirror`: whether left and right change places.
 * - `resize`: `letterbox` keeps the aspect ratio and pads, `crop` keeps it and cuts off what is too much on both sides alike,
 *   `stretch` does not keep it.
 * - `shorterSide`: with `crop`, the px that the shorter side gets before cutting; if absent, as many as fill the tensor.
 * - `align`: where a letterboxed picture sits; with `center` an odd pad pixel goes right and below.
 * - `rounding`: how the scaled size of a letterboxed or cropped picture is made whole; at least 1 px.
 * - `pad`: 0…255, before normalisation.
 * - `filter`: how px are made of px, named after the reference that it equals; see {@link resampleFilters}.
 * - `before`: steps on the picture before it is resized; see {@link beforeSpecSchema}.
 * - `scale`, `mean`, `std`: one number, or one per channel in the order of the tensor.
 * - `colorOrder`: `gray` makes one channel, `(9798·R + 19235·G + 3735·B + 2^14) >> 15` of the resized picture: OpenCV's `RGB2GRAY`.
 *   Of gray frames that is the sample itself; of YUV frames it is made of R, G and B, too, not of their luma.
 * - `dataType`: `uint8` without `quantization` writes the resized picture as it is and takes no normalisation.
 * - `quantization`: of an `int8` or `uint8` tensor, per tensor, in the words of ONNX and TensorFlow Lite:
 *   `q = clamp(round(y / scale) + zeroPoint)`, a half to the even number.
 */
export const preprocessSpecSchema = v.strictObject({
  width: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4096)),
  height: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4096)),
  region: v.optional(v.strictObject({ x: offset, y: offset, width: side, height: side })),
  tiles: v.optional(v.strictObject({ tileWidth: side, tileHeight: side, overlap: v.optional(offset, 0) })),
  levels: v.optional(
    v.pipe(
      v.tuple([sample, sample]),
      v.check(([black, white]) => black < white, 'black below white'),
    ),
  ),
  rotation: v.optional(v.picklist([0, 90, 180, 270]), 0),
  mirror: v.optional(v.boolean(), false),
  resize: v.optional(v.picklist(['letterbox', 'stretch', 'crop']), 'letterbox'),
  shorterSide: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(16384))),
  align: v.optional(v.picklist(['center', 'top-left']), 'center'),
  rounding: v.optional(v.picklist(['round', 'floor']), 'round'),
  pad: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255)), 114),
  filter: v.optional(v.picklist(resampleFilters), 'bilinear'),
  before: v.optional(beforeSpecSchema),
  colorOrder: v.optional(v.picklist(['rgb', 'bgr', 'gray']), 'rgb'),
  scale: v.optional(perChannel, 1),
  mean: v.optional(perChannel, 0),
  std: v.optional(divisor, 1),
  layout: v.optional(v.picklist(['nchw', 'nhwc']), 'nchw'),
  dataType: v.optional(v.picklist(['float32', 'float16', 'uint8', 'int8']), 'float32'),
  quantization: v.optional(quantizationSchema),
});

/** A complete {@link preprocessSpecSchema} with every default filled in. */
export type PreprocessSpec = v.InferOutput<typeof preprocessSpecSchema>;

/** A spec as a user types it: only `width` and `height` are required. */
export type PreprocessSpecInput = v.InferInput<typeof preprocessSpecSchema>;

/** Channels of the tensor that a spec makes. */
export function channelsOf({ colorOrder }: Pick<PreprocessSpec, 'colorOrder'>): 1 | 3 {
  return colorOrder === 'gray' ? 1 : 3;
}

/** Shape of the tensor that a spec makes: `[1, 3, height, width]` or `[1, height, width, 3]`; 1 for 3 where it is gray. */
export function preprocessedShape(
  spec: Pick<PreprocessSpec, 'width' | 'height' | 'layout' | 'colorOrder'>,
): readonly number[] {
  const { width, height, layout } = spec;
  const channels = channelsOf(spec);
  return layout === 'nchw' ? [1, channels, height, width] : [1, height, width, channels];
}
