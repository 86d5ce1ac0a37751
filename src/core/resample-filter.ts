/**
 * How a picture is resized, each filter named after what it equals. x is a coordinate along an axis, px centres at half px.
 *
 * Whole-number results, rounded to 8 bits:
 * - `nearest`: OpenCV `INTER_NEAREST`, exactly.
 * - `bilinear`: OpenCV `INTER_LINEAR`, exactly.
 * - `bilinear-antialias`, `bicubic-antialias`, `lanczos-antialias`: Pillow `BILINEAR`, `BICUBIC` (a = −0.5) and `LANCZOS`,
 *   exactly, columns before rows: the filter widens when a picture shrinks. Where Pillow takes rows first, which it does when that
 *   is less work, steep edges may differ: black and white noise by up to 1, 30 and 53.
 * - `area`: OpenCV `INTER_AREA`, exactly: the mean of the area that a px covers; on an axis that grows, OpenCV's own blend of two px.
 *   Exact up to 65,536 px per px.
 * - `bicubic`: OpenCV `INTER_CUBIC` (a = −0.75), within 1: OpenCV itself rounds otherwise by its build and by the column.
 *
 * A picture that is turned by 90° or 270°, by `rotation` or as it is stored, is filtered as it lies; but where a filter rounds to 8 bits
 * between the axes, columns of the turned picture, which are rows there, come first, too. It gives what the turned picture does: the
 * same with the three of Pillow; of RGB and gray the same with `nearest` and within 1 with the others; of YUV within 1 with `nearest`
 * and the bilinear ones, and within 2 with the others, because rows become RGB as they lie. Where YUV has an odd side and fewer samples of chroma than of
 * luma, these lie at the other end of the turned picture.
 *
 * Real results: these reach a float32 or float16 tensor without a rounding to 8 bits in between; a uint8 tensor gets the nearest
 * whole number, a half the even one.
 * - `bilinear-float`: PyTorch `interpolate(mode='bilinear', align_corners=False)`, ONNX `Resize` `linear` with `half_pixel`.
 * - `bicubic-float`: PyTorch `interpolate(mode='bicubic')`, ONNX `Resize` `cubic` with `half_pixel`: a = −0.75, edges repeated.
 * - `bicubic-float-catmull-rom`: ONNX `Resize` `cubic` with `cubic_coeff_a` −0.5 and `exclude_outside` 1: what lies outside the
 *   picture does not count.
 * - `bicubic-float-antialias`: ONNX `Resize` `cubic` with `antialias` 1: as `bicubic-float`, and the filter widens when a picture
 *   shrinks. PyTorch's `antialias=True` is another one: a = −0.5 and edges left out, which `bicubic-antialias` is in 8 bits.
 * - `bilinear-tf-legacy`: TensorFlow 1 `resize_bilinear` with `align_corners` and `half_pixel_centers` false, exactly: px `i` is
 *   sampled at `i·from/to`. A uint8 tensor gets the number cut off, as a cast does there.
 */
export const resampleFilters = [
  'bilinear',
  'bilinear-antialias',
  'bicubic-antialias',
  'lanczos-antialias',
  'nearest',
  'area',
  'bicubic',
  'bilinear-float',
  'bicubic-float',
  'bicubic-float-catmull-rom',
  'bicubic-float-antialias',
  'bilinear-tf-legacy',
] as const;

/** One of {@link resampleFilters}. */
export type ResampleFilter = (typeof resampleFilters)[number];
