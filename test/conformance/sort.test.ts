import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { intersectionOverUnion } from '../../src/core/box.js';
import type { Detection } from '../../src/core/result.js';
import { createTracker } from '../../src/track/create-tracker.js';
import { assetPath, describeWithAssets } from '../assets.js';

const folder = 'eval/mot/TUD-Campus';

/** Rows of a MOTChallenge file by frame: frame, id, x, y, width, height, confidence. */
function readRows(name: string): Map<number, number[][]> {
  const frames = new Map<number, number[][]>();
  for (const line of readFileSync(assetPath(`${folder}/${name}`), 'utf8')
    .trim()
    .split('\n')) {
    const row = line.split(',').map(Number);
    const rows = frames.get(row[0]);
    if (rows) rows.push(row);
    else frames.set(row[0], [row]);
  }
  return frames;
}

const boxOf = ([, , x, y, width, height]: number[]) => ({ x, y, width, height });

describeWithAssets('SORT on TUD-Campus with its public detections', () => {
  it('is no worse than the published tracker of that sequence', () => {
    const published = JSON.parse(readFileSync(assetPath('eval/mot/EXPECTED.json'), 'utf8'))['TUD-Campus'].metrics;
    const truth = readRows('gt.txt');
    const detections = readRows('det.txt');
    const tracker = createTracker({ type: 'sort', maxAgeMs: 200, minHits: 3, iouThreshold: 0.3 });
    const lastId = new Map<number, number>();
    let [objects, misses, falseAlarms, switches] = [0, 0, 0, 0];
    for (let frame = 1; frame <= 71; frame++) {
      const found = (detections.get(frame) ?? []).map(
        (row): Detection => ({ box: boxOf(row), score: row[6] / 100, classId: 0, label: 'person' }),
      );
      // 25 frames per second.
      tracker.update(found, frame * 40_000);
      const tracked = found.filter(({ trackId }) => trackId !== undefined);
      const expected = truth.get(frame) ?? [];
      const pairs = expected
        .flatMap((row) => tracked.map((item) => ({ row, item, overlap: intersectionOverUnion(boxOf(row), item.box) })))
        .filter(({ overlap }) => overlap >= 0.5)
        .sort((a, b) => b.overlap - a.overlap);
      const taken = new Set<unknown>();
      for (const { row, item } of pairs) {
        if (taken.has(row) || taken.has(item)) continue;
        taken.add(row).add(item);
        if ((lastId.get(row[1]) ?? item.trackId) !== item.trackId) switches++;
        lastId.set(row[1], item.trackId as number);
      }
      objects += expected.length;
      misses += expected.length - taken.size / 2;
      falseAlarms += tracked.length - taken.size / 2;
    }
    expect(objects).toBe(359);
    const accuracy = 1 - (misses + falseAlarms + switches) / objects;
    expect(accuracy).toBeGreaterThanOrEqual(published.mota);
  });
});
