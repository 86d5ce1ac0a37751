import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planTiles } from '../../../src/preprocess/plan-tiles.js';

const layoutOf = (tileWidth: number, tileHeight: number, overlap?: number) => ({ tileWidth, tileHeight, overlap });

describe('planTiles', () => {
  it('goes row by row, and moves the last ones back inside', () => {
    expect(planTiles(250, 100, layoutOf(100, 60, 20)).map(({ x, y }) => [x, y])).toEqual([
      [0, 0],
      [80, 0],
      [150, 0],
      [0, 40],
      [80, 40],
      [150, 40],
    ]);
    expect(planTiles(200, 100, layoutOf(100, 100))).toEqual([
      { x: 0, y: 0, width: 100, height: 100 },
      { x: 100, y: 0, width: 100, height: 100 },
    ]);
  });

  it('is one tile, as long as the picture, where the picture is shorter', () => {
    expect(planTiles(90, 40, layoutOf(100, 60, 30))).toEqual([{ x: 0, y: 0, width: 90, height: 40 }]);
    expect(planTiles(90, 60, layoutOf(100, 60, 59))).toEqual([{ x: 0, y: 0, width: 90, height: 60 }]);
  });

  it('covers every px, in tiles of one size that overlap by what was asked or more, none of them needless', () => {
    const side = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(side, side, side, side, fc.nat(), (width, height, tileWidth, tileHeight, seed) => {
        const overlap = seed % Math.min(tileWidth, tileHeight);
        const tiles = planTiles(width, height, { tileWidth, tileHeight, overlap });
        const covered = new Set<number>();
        for (const tile of tiles) {
          expect([tile.width, tile.height]).toEqual([Math.min(tileWidth, width), Math.min(tileHeight, height)]);
          expect(tile.x >= 0 && tile.y >= 0 && tile.x + tile.width <= width && tile.y + tile.height <= height).toBe(
            true,
          );
          for (let y = tile.y; y < tile.y + tile.height; y++) {
            for (let x = tile.x; x < tile.x + tile.width; x++) covered.add(y * width + x);
          }
        }
        expect(covered.size).toBe(width * height);
        const starts = [...new Set(tiles.map(({ x }) => x))];
        for (let i = 1; i < starts.length; i++) {
          expect(starts[i]).toBeGreaterThan(starts[i - 1]);
          const shared = starts[i - 1] + tileWidth - starts[i];
          if (i < starts.length - 1) expect(shared).toBe(overlap);
          else expect(shared).toBeGreaterThanOrEqual(overlap);
        }
        // With one fewer they would not reach the end.
        if (starts.length > 1) {
          expect((starts.length - 2) * (tileWidth - overlap) + tileWidth).toBeLessThan(width);
        }
      }),
    );
  });

  it.each([
    [0, 10, layoutOf(5, 5)],
    [10, 10.5, layoutOf(5, 5)],
    [10, 10, layoutOf(0, 5)],
    [10, 10, layoutOf(5, Number.NaN)],
    [10, 10, layoutOf(5, 4, 4)],
    [10, 10, layoutOf(5, 5, -1)],
    [10, 10, layoutOf(5, 5, 0.5)],
    [16384, 16384, layoutOf(64, 64, 1)],
    [10, 10, undefined as never],
    [10, 10, null as never],
  ])('refuses %s × %s px in %o', (width, height, tiles) => {
    expect(() => planTiles(width, height, tiles)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
  });
});
