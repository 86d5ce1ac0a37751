/** What the numbers of a YUV picture mean, all of it said. */
export interface Space {
  matrix: string;
  fullRange: boolean;
}

// Shares of red and blue in luma: ITU-R BT.601-7 §2.5.1, BT.709-6 §3.2, BT.2020-2 table 4.
const shares: Record<string, [number, number]> = {
  bt470bg: [0.299, 0.114],
  smpte170m: [0.299, 0.114],
  bt709: [0.2126, 0.0722],
  'bt2020-ncl': [0.2627, 0.0593],
};

/** Red, green and blue in real numbers, neither rounded nor clipped, from the definition: E'Y = Kr·R + Kg·G + Kb·B. */
export function yuvToRgb({ matrix, fullRange }: Space, y: number, u: number, v: number): [number, number, number] {
  const [kr, kb] = shares[matrix];
  const luma = fullRange ? y / 255 : (y - 16) / 219;
  const cb = (u - 128) / (fullRange ? 255 : 224);
  const cr = (v - 128) / (fullRange ? 255 : 224);
  const red = luma + 2 * (1 - kr) * cr;
  const blue = luma + 2 * (1 - kb) * cb;
  const green = (luma - kr * red - kb * blue) / (1 - kr - kb);
  return [red * 255, green * 255, blue * 255];
}

/** A plane in real numbers. */
export interface RealPlane {
  width: number;
  height: number;
  at(x: number, y: number): number;
}

/**
 * The plane at output px `x`, `y` of `to`, by bilinear between sample centres, edges repeated; it stands for a picture
 * `extent` of its samples wide and high.
 */
export function resizedSample(
  plane: RealPlane,
  extent: readonly [number, number],
  to: readonly [number, number],
  x: number,
  y: number,
): number {
  const sourceX = ((x + 0.5) * extent[0]) / to[0] - 0.5;
  const sourceY = ((y + 0.5) * extent[1]) / to[1] - 0.5;
  const [x0, y0] = [Math.floor(sourceX), Math.floor(sourceY)];
  const [fx, fy] = [sourceX - x0, sourceY - y0];
  const sample = (column: number, row: number) =>
    plane.at(Math.min(Math.max(column, 0), plane.width - 1), Math.min(Math.max(row, 0), plane.height - 1));
  const upper = sample(x0, y0) * (1 - fx) + sample(x0 + 1, y0) * fx;
  const lower = sample(x0, y0 + 1) * (1 - fx) + sample(x0 + 1, y0 + 1) * fx;
  return upper * (1 - fy) + lower * fy;
}
