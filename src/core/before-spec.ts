import * as v from 'valibot';

const gamma = v.pipe(v.number(), v.minValue(0.01), v.maxValue(100));
const byte = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255));
const percent = v.pipe(v.number(), v.minValue(0), v.maxValue(100));
const size = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(3),
  v.maxValue(31),
  v.check((taps) => taps % 2 === 1, 'an odd number of px'),
);

const count256 = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(256));

/**
 * What is done to a picture before it is resized, in this order; industrial cameras need it. Values are 8 bits, edges as of the
 * reference.
 *
 * - `background`: what stands still goes away. The background is a running average of the frames that a plan has seen, one by one
 *   in the order of its runs, b = (b·(256 − r) + 256·x·r + 2^7) >> 8 with 8 fractional bits: OpenCV's `accumulateWeighted` with alpha r/256,
 *   within 1. Its first frame, or a `picture`, is what it begins with. Then, per channel, `difference` is OpenCV's `absdiff` of the frame
 *   and the background before that frame, exactly; px that differ by less than `threshold` in every channel are 0. With `output`
 *   `foreground` the others stay as they are in the frame. `learningRate` is r, of 256: 0 never learns and 256 compares
 *   with the last frame; 4 is the default, with a `picture` 0. `picture` is the path of a picture as large as the frames,
 *   in pipelines; plans have `resetBackground(frame)`.
 * - `tones`, per channel in the order R, G, B: `gamma` `round(255·(x/255)^gamma)`, one number or three; `table` of 256 values, or of
 *   three times 256; `stretch` spreads the values of each picture over 0 … 255 after leaving out so many percent of the px at the
 *   dark and at the bright end: Pillow's `ImageOps.autocontrast`, exactly.
 * - `median` 3: OpenCV's `medianBlur` of 3 × 3, exactly.
 * - `blur`: `gaussian` OpenCV's `GaussianBlur`, `box` its `blur`, exactly, of `size` × `size` px, edges mirrored without their
 *   last px. `sigma` is in px; 0, the default, means `0.3·((size − 1)/2 − 1) + 0.8`, and OpenCV's own tables up to size 9.
 */
export const beforeSpecSchema = v.strictObject({
  background: v.optional(
    v.strictObject({
      learningRate: v.optional(count256),
      output: v.optional(v.picklist(['difference', 'foreground']), 'difference'),
      threshold: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(255)), 1),
      picture: v.optional(v.pipe(v.string(), v.nonEmpty())),
    }),
  ),
  tones: v.optional(
    v.union([
      v.strictObject({ gamma: v.union([gamma, v.tuple([gamma, gamma, gamma])]) }),
      v.strictObject({
        table: v.pipe(
          v.array(byte),
          v.check(({ length }) => length === 256 || length === 768, '256 numbers, or three times as many'),
        ),
      }),
      v.strictObject({ stretch: v.tuple([percent, percent]) }),
    ]),
  ),
  median: v.optional(v.literal(3)),
  blur: v.optional(
    v.union([
      v.strictObject({ kind: v.literal('box'), size }),
      v.strictObject({
        kind: v.literal('gaussian'),
        size,
        sigma: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(100)), 0),
      }),
    ]),
  ),
});

/** A complete {@link beforeSpecSchema}. */
export type BeforeSpec = v.InferOutput<typeof beforeSpecSchema>;
