import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AveragePrecision, anyClass } from '../../../src/validate/average-precision.js';
import { assetPath, describeWithAssets } from '../../assets.js';

type Corners = [x: number, y: number, width: number, height: number];
interface Case {
  name: string;
  classes: number;
  frames: {
    truth: { box: Corners; classId: number; ignore: boolean }[];
    detections: { box: Corners; classId: number; score: number }[];
  }[];
  expected: { mean: number; perClass: (number | null)[] };
}

const boxOf = ([x, y, width, height]: Corners) => ({ x, y, width, height });
const readJson = (path: string | URL) => JSON.parse(readFileSync(path, 'utf8'));

describe('average precision equals pycocotools', () => {
  const { cases, tolerance } = readJson(new URL('../../fixtures/average-precision/cases.json', import.meta.url)) as {
    cases: Case[];
    tolerance: number;
  };
  it.each(cases)('$name', ({ classes, frames, expected }) => {
    const precision = new AveragePrecision(classes);
    for (const { truth, detections } of frames) {
      precision.add(
        detections.map((d) => ({ ...d, box: boxOf(d.box) })),
        truth.map((t) => ({ ...t, box: boxOf(t.box) })),
      );
    }
    const { mean, perClass } = precision.report();
    expect(Math.abs(mean! - expected.mean)).toBeLessThan(tolerance);
    expected.perClass.forEach((ap, classId) => {
      if (ap === null) expect(perClass[classId]).toBeNull();
      else expect(Math.abs(perClass[classId]! - ap)).toBeLessThan(tolerance);
    });
  });
});

describeWithAssets('average precision on COCO val2014', () => {
  it('gives the published AP50', () => {
    const truth = readJson(assetPath('eval/coco_map/instances_val2014_100.json'));
    const found = readJson(assetPath('eval/coco_map/instances_val2014_fakebbox100_results.json'));
    const { stats } = readJson(assetPath('eval/coco_map/EXPECTED.json')).cases[0];
    const classIds = new Map<number, number>(truth.categories.map((c: { id: number }, index: number) => [c.id, index]));
    const precision = new AveragePrecision(classIds.size);
    const images = truth.images.map((image: { id: number }) => image.id).sort((a: number, b: number) => a - b);
    for (const image of images) {
      const here = (entry: { image_id: number }) => entry.image_id === image;
      precision.add(
        found.filter(here).map((d: { bbox: Corners; category_id: number; score: number }) => ({
          box: boxOf(d.bbox),
          classId: classIds.get(d.category_id)!,
          score: d.score,
        })),
        truth.annotations.filter(here).map((t: { bbox: Corners; category_id: number; iscrowd: number }) => ({
          box: boxOf(t.bbox),
          classId: classIds.get(t.category_id)!,
          ignore: t.iscrowd === 1,
        })),
      );
    }
    expect(precision.report().mean).toBeCloseTo(stats.AP50, 10);
  });
});

describe('average precision at its edges', () => {
  const square = { x: 10, y: 10, width: 20, height: 20 };

  it('is unknown where there is no truth, and 0 where nothing was found', () => {
    const precision = new AveragePrecision(2);
    precision.add([], [{ box: square, classId: 0 }]);
    expect(precision.report()).toEqual({ mean: 0, perClass: [0, null] });
    expect(new AveragePrecision(2).report()).toEqual({ mean: null, perClass: [null, null] });
  });

  it('takes an overlap of exactly the threshold', () => {
    const precision = new AveragePrecision(1, 0.5);
    precision.add([{ box: { ...square, height: 10 }, classId: 0, score: 1 }], [{ box: square, classId: 0 }]);
    expect(precision.report().mean).toBe(1);
  });

  it('lets a region of every class excuse a detection of any class', () => {
    const precision = new AveragePrecision(2);
    const far = { x: 300, y: 10, width: 20, height: 20 };
    const truth = [
      { box: square, classId: 0 },
      { box: far, classId: anyClass, ignore: true },
    ];
    precision.add(
      [
        { box: far, classId: 0, score: 0.9 },
        { box: far, classId: 1, score: 0.9 },
        { box: square, classId: 0, score: 0.8 },
      ],
      truth,
    );
    expect(precision.report()).toEqual({ mean: 1, perClass: [1, null] });
  });
});
