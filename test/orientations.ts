import { type FrameLayout, measureLayout, pixelFormats } from '../src/core/pixel-format.js';

/** Every way to turn a picture: clockwise, then mirrored left to right. */
export const orientations = ([0, 90, 180, 270] as const).flatMap((rotation) =>
  [false, true].map((flip) => ({ rotation, flip })),
);

/** Numbers of samples, row by row. */
interface Grid {
  width: number;
  height: number;
  cells: Int32Array;
}

/** Turned as a sheet of paper is: quarter by quarter, what is on the left going up; then seen from behind. */
function turn(grid: Grid, rotation: number, flip: boolean): Grid {
  let { width, height, cells } = grid;
  for (let angle = 0; angle < rotation; angle += 90) {
    const before = cells;
    const [columns, rows] = [width, height];
    cells = new Int32Array(before.length);
    let at = 0;
    for (let column = 0; column < columns; column++) {
      for (let row = rows - 1; row >= 0; row--) cells[at++] = before[row * columns + column];
    }
    [width, height] = [rows, columns];
  }
  if (flip) for (let y = 0; y < height; y++) cells.subarray(y * width, (y + 1) * width).reverse();
  return { width, height, cells };
}

/**
 * The frame that is seen where a stored one is turned, stored upright: the planes of a tight frame turned one by one, sample by
 * sample. Of formats with chroma the sides must be even.
 */
export function seenFrame(stored: FrameLayout, data: Uint8Array): { layout: FrameLayout; data: Uint8Array } {
  const { format, codedWidth, codedHeight, rotation = 0, flip = false, colorSpace } = stored;
  const out = new Uint8Array(measureLayout(stored).byteLength);
  let size = { width: 0, height: 0 };
  let end = 0;
  pixelFormats[format].forEach(({ bytes, across, down }, i) => {
    const offset = measureLayout(stored).planes?.[i].offset ?? 0;
    const [width, height] = [codedWidth / across, codedHeight / down];
    const turned = turn(
      { width, height, cells: Int32Array.from({ length: width * height }, (_, n) => n) },
      rotation,
      flip,
    );
    if (i === 0) size = turned;
    for (const cell of turned.cells) {
      for (let byte = 0; byte < bytes; byte++) out[end++] = data[offset + cell * bytes + byte];
    }
  });
  const layout = { format, codedWidth: size.width, codedHeight: size.height, colorSpace };
  return { layout: { ...layout, strideBytes: measureLayout(layout).strideBytes }, data: out };
}
