import type { Box } from './box.js';
import type { Detection } from './result.js';

/** How a large picture is cut into tiles, in px of the picture. */
export interface TileLayout {
  tileWidth: number;
  tileHeight: number;
  /** What neighbours have in common, on both axes: as long as an object that should be whole in at least one of them. 0 by default. */
  overlap?: number;
}

/** What was found in one tile of a picture: the part of the picture that it shows, and objects, both in px of the picture. */
export interface TileDetections {
  tile: Box;
  items: readonly Detection[];
}
