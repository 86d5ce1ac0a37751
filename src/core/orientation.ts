/** How a stored picture is turned to be seen: first clockwise, then mirrored left to right, as WebCodecs has it. */
export interface Orientation {
  /** Degrees, clockwise. */
  readonly rotation: 0 | 90 | 180 | 270;
  readonly flip: boolean;
}

/** A stored picture: its size in px, and what has to be done to it, nothing if that is left out. */
export interface StoredPicture extends Partial<Orientation> {
  readonly codedWidth: number;
  readonly codedHeight: number;
}

/** True where the picture is not seen as it is stored. */
export function isTurned({ rotation = 0, flip = false }: StoredPicture): boolean {
  return rotation !== 0 || flip;
}

/** Size of the picture as it is seen, in px: what coordinates of results are in. */
export function displaySize({ codedWidth, codedHeight, rotation = 0 }: StoredPicture): {
  width: number;
  height: number;
} {
  const quarter = rotation === 90 || rotation === 270;
  return quarter ? { width: codedHeight, height: codedWidth } : { width: codedWidth, height: codedHeight };
}
