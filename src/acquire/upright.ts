/** How a stored picture is turned to be seen: first clockwise, then mirrored left to right, as WebCodecs has it. */
export interface Orientation {
  rotation: 0 | 90 | 180 | 270;
  flip: boolean;
}

/**
 * Turns a stored picture upright, pixel by pixel.
 *
 * @param from Pixels of 4 bytes, `width × height`, tight. @param to As many; `height × width` after a quarter turn.
 * @param orientation What has to be done to the stored picture.
 * @source WebCodecs, VideoFrame `rotation` and `flip`.
 */
export function turnUpright(
  from: Uint32Array,
  width: number,
  height: number,
  { rotation, flip }: Orientation,
  to: Uint32Array,
): void {
  const quarter = rotation === 90 || rotation === 270;
  const outWidth = quarter ? height : width;
  const outHeight = quarter ? width : height;
  // Where the pixel at the top left of the upright picture is stored, and what a step right and down adds.
  const [origin, right, down] = {
    0: [0, 1, width],
    90: [(height - 1) * width, -width, 1],
    180: [width * height - 1, -1, -width],
    270: [width - 1, width, -1],
  }[rotation];
  const begin = flip ? origin + (outWidth - 1) * right : origin;
  const step = flip ? -right : right;
  let out = 0;
  for (let y = 0; y < outHeight; y++) {
    let at = begin + y * down;
    for (let x = 0; x < outWidth; x++, at += step) to[out++] = from[at];
  }
}
