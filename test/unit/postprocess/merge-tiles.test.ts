import { describe, expect, it } from 'vitest';
import type { Box } from '../../../src/core/box.js';
import type { Detection } from '../../../src/core/result.js';
import type { TileDetections, TileLayout } from '../../../src/core/tile.js';
import { mergeTiles } from '../../../src/postprocess/merge-tiles.js';
import { planTiles } from '../../../src/preprocess/plan-tiles.js';

const boxOf = (x: number, y: number, width: number, height: number): Box => ({ x, y, width, height });
const item = (box: Box, score = 0.9, classId = 0): Detection => ({ box, score, classId, label: `class ${classId}` });

/** What a perfect detector would find in each tile: the part of each object that the tile shows, if that is `least` px or more. */
function look(objects: readonly Detection[], tiles: readonly Box[], least = 4): TileDetections[] {
  return tiles.map((tile) => ({
    tile,
    items: objects.flatMap((object, n) => {
      const { box } = object;
      const [x, y] = [Math.max(box.x, tile.x), Math.max(box.y, tile.y)];
      const width = Math.min(box.x + box.width, tile.x + tile.width) - x;
      const height = Math.min(box.y + box.height, tile.y + tile.height) - y;
      if (width < least || height < least) return [];
      const part = (width * height) / (box.width * box.height);
      return [{ ...object, box: { x, y, width, height }, score: object.score * (0.5 + part / 2) - n * 1e-6 }];
    }),
  }));
}

const [width, height] = [1000, 400];
const merge = (parts: readonly TileDetections[], options = {}) => mergeTiles(parts, width, height, options);
const cut = (layout: TileLayout) => planTiles(width, height, layout);

describe('mergeTiles', () => {
  it('finds each object once, whole, wherever tiles cut it', () => {
    const objects = [
      item(boxOf(10, 10, 80, 60)),
      item(boxOf(280, 30, 90, 40)), // in two tiles
      item(boxOf(280, 180, 90, 90), 0.8), // in four
      item(boxOf(250, 300, 500, 40), 0.7), // longer than a tile
      item(boxOf(900, 350, 100, 50), 0.6, 1), // at the corner of the picture
      item(boxOf(320, 80, 20, 20), 0.5, 1), // whole in two
    ];
    const tiles = cut({ tileWidth: 320, tileHeight: 220, overlap: 60 });
    const parts = look(objects, tiles);
    expect(parts.flatMap(({ items }) => items).length).toBeGreaterThan(objects.length + 5);
    const merged = merge(parts);
    const byPlace = (a: Box, b: Box) => a.y - b.y || a.x - b.x;
    expect(merged.map(({ box }) => box).sort(byPlace)).toEqual(objects.map(({ box }) => box).sort(byPlace));
    expect(merged.map(({ score }) => score)).toEqual(merged.map(({ score }) => score).toSorted((a, b) => b - a));
  });

  it('joins what is cut where tiles only touch', () => {
    const tiles = cut({ tileWidth: 250, tileHeight: 200 });
    const objects = [item(boxOf(200, 150, 100, 100)), item(boxOf(400, 20, 200, 50)), item(boxOf(600, 150, 40, 100))];
    const merged = merge(look(objects, tiles));
    expect(new Set(merged.map(({ box }) => JSON.stringify(box)))).toEqual(
      new Set(objects.map(({ box }) => JSON.stringify(box))),
    );
    // Side by side at the line, but of other heights; and near it, but cut by nothing.
    const parts = [
      { tile: tiles[0], items: [item(boxOf(150, 20, 100, 40)), item(boxOf(150, 100, 90, 40))] },
      { tile: tiles[1], items: [item(boxOf(250, 50, 100, 40)), item(boxOf(260, 100, 90, 40))] },
    ];
    expect(merge(parts)).toHaveLength(4);
  });

  it('keeps neighbours apart, classes, and a small object before a large one', () => {
    const tiles = cut({ tileWidth: 320, tileHeight: 220, overlap: 60 });
    const objects = [
      item(boxOf(265, 20, 20, 20)),
      item(boxOf(288, 20, 20, 20)),
      item(boxOf(265, 60, 40, 40)),
      item(boxOf(265, 60, 40, 40), 0.8, 1),
      item(boxOf(200, 120, 180, 80)),
      item(boxOf(270, 150, 20, 20), 0.7),
    ];
    expect(merge(look(objects, tiles))).toHaveLength(objects.length);
  });

  it('takes a part for a part where the other tile saw more of it, though the parts differ in what both show', () => {
    const [first, second] = cut({ tileWidth: 320, tileHeight: 400, overlap: 60 });
    const whole = item(boxOf(262, 100, 100, 100), 0.9);
    // The first tile shows 58 px of it, and its detector sees 20 of these.
    const parts = [
      { tile: first, items: [item(boxOf(300, 110, 20, 60), 0.4)] },
      { tile: second, items: [whole] },
    ];
    expect(merge(parts)).toEqual([whole]);
    expect(merge(parts, { threshold: 1 })).toEqual([whole]);
    parts[0].items[0].box.y = 20;
    expect(merge(parts, { threshold: 1 })).toHaveLength(2);
  });

  it('takes the best of those that are whole, and the highest score of those that are not', () => {
    const [first, second] = cut({ tileWidth: 320, tileHeight: 400, overlap: 60 });
    const seen = [item(boxOf(270, 50, 30, 30), 0.6), item(boxOf(271, 50, 30, 30), 0.7)];
    expect(
      merge([
        { tile: first, items: [seen[0]] },
        { tile: second, items: [seen[1]] },
      ]),
    ).toEqual([seen[1]]);
    const halves = [item(boxOf(100, 50, 220, 30), 0.3), item(boxOf(260, 52, 300, 30), 0.5)];
    const parts = [
      { tile: first, items: [halves[0]] },
      { tile: second, items: [halves[1]] },
    ];
    expect(merge(parts)).toEqual([item(boxOf(100, 50, 460, 32), 0.5)]);
    expect(halves[0].box).toEqual(boxOf(100, 50, 220, 30));
  });

  it('leaves what one tile found as it is, and takes the best', () => {
    const items = [item(boxOf(0, 0, 50, 50), 0.5), item(boxOf(0, 0, 50, 49), 0.6), item(boxOf(0, 0, 320, 400), 0.7)];
    const [tile] = cut({ tileWidth: 320, tileHeight: 400, overlap: 60 });
    expect(merge([{ tile, items }])).toEqual([items[2], items[1], items[0]]);
    expect(merge([{ tile, items }], { topK: 2 })).toEqual([items[2], items[1]]);
    expect(merge([])).toEqual([]);
  });
});

it.each([
  ['no parts', null, width, {}],
  ['parts that are no list', {}, width, {}],
  ['a part that is none', [null], width, {}],
  ['a tile that is none', [{ tile: null, items: [] }], width, {}],
  ['a tile of what is no number', [{ tile: boxOf(0, 0, Number.NaN, 5), items: [] }], width, {}],
  ['items that are none', [{ tile: boxOf(0, 0, 5, 5) }], width, {}],
  ['an item without a box', [{ tile: boxOf(0, 0, 5, 5), items: [{ score: 1, classId: 0 }] }], width, {}],
  ['a width that is none', [], undefined, {}],
  ['no options', [], width, null],
  ['an option that it has not', [], width, { iouThreshold: Number.NaN }],
  ['a threshold that is no number', [], width, { threshold: Number.NaN }],
  ['a threshold above 1', [], width, { threshold: 1.5 }],
  ['half an object', [], width, { topK: 0.5 }],
])('mergeTiles refuses %s', (_, parts, across, options) => {
  const refusal = expect.objectContaining({ code: 'ERR_ARGUMENT' });
  expect(() => mergeTiles(parts as never, across as never, height, options as never)).toThrow(refusal);
});
