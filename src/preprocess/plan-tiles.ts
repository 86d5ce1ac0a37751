import type { Box } from '../core/box.js';
import { InvalidArgumentError } from '../core/error.js';
import type { TileLayout } from '../core/tile.js';

/** More than this is a mistake: a picture would take minutes. */
const mostTiles = 4096;

/**
 * The regions that a large picture is cut into, row by row from the top left: all of one size, and every px in at least one. Each begins
 * `tileWidth − overlap` px right of the one before it; the last one of a row or column is moved back inside rather than made
 * smaller, so that models see objects in one scale, and overlaps more. On a side that is shorter than a tile, tiles are as
 * long as the picture.
 * @param width of the picture in px, as `height`.
 * @returns whole px; each is a `region` of a {@link PreprocessSpec}.
 * @throws {InvalidArgumentError} ERR_ARGUMENT no layout, sides that are not whole numbers of at least 1, an overlap that is not one from 0 to less than the
 *   shorter side of a tile, more than 4096 tiles.
 */
export function planTiles(width: number, height: number, layout: TileLayout): Box[] {
  if (typeof layout !== 'object' || layout === null) {
    throw new InvalidArgumentError({
      subject: 'tiles',
      expected: 'an object with tileWidth and tileHeight',
      received: String(layout),
    });
  }
  const { tileWidth, tileHeight, overlap = 0 } = layout;
  requireWhole('picture width', width, 1);
  requireWhole('picture height', height, 1);
  requireWhole('tileWidth', tileWidth, 1);
  requireWhole('tileHeight', tileHeight, 1);
  requireWhole('overlap', overlap, 0, Math.min(tileWidth, tileHeight) - 1);
  const count = countAlong(width, tileWidth, overlap) * countAlong(height, tileHeight, overlap);
  if (count > mostTiles) {
    throw new InvalidArgumentError({
      subject: `tiles of a picture of ${width} × ${height} px`,
      expected: `at most ${mostTiles}`,
      received: `${count}, of ${tileWidth} × ${tileHeight} px that overlap by ${overlap}`,
      remedy: 'Take larger tiles, or a smaller overlap.',
    });
  }
  const columns = startsAlong(width, tileWidth, overlap);
  const size = { width: Math.min(tileWidth, width), height: Math.min(tileHeight, height) };
  return startsAlong(height, tileHeight, overlap).flatMap((y) => columns.map((x) => ({ x, y, ...size })));
}

function countAlong(length: number, tile: number, overlap: number): number {
  return length <= tile ? 1 : 1 + Math.ceil((length - tile) / (tile - overlap));
}

function startsAlong(length: number, tile: number, overlap: number): number[] {
  const last = Math.max(0, length - tile);
  return Array.from({ length: countAlong(length, tile, overlap) }, (_, i) => Math.min(i * (tile - overlap), last));
}

function requireWhole(name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new InvalidArgumentError({
    subject: `tiles: ${name}`,
    expected: `a whole number of px, at least ${least}${most === Number.MAX_SAFE_INTEGER ? '' : ` and at most ${most}`}`,
    received: String(value),
  });
}
