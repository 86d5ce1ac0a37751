import { describe, expect, it } from 'vitest';
import { conveyorLabels } from '../../../src/acquire/synthetic/labels.js';
import { createLayout, partInCell, type SyntheticOptions } from '../../../src/acquire/synthetic/layout.js';
import { createScene } from '../../../src/acquire/synthetic/scene.js';
import { createTruth } from '../../../src/acquire/synthetic/truth.js';
import { syntheticSourceSchema } from '../../../src/core/definition.js';
import { parse } from '../../../src/core/parse.js';

function options(changes: Partial<SyntheticOptions> = {}): SyntheticOptions {
  return parse(syntheticSourceSchema, { type: 'synthetic', ...changes }, 'options');
}

describe('the labels of the conveyor', () => {
  it('are ten or more: every part, and the same with a defect', () => {
    expect(conveyorLabels.length).toBeGreaterThanOrEqual(10);
    expect(new Set(conveyorLabels).size).toBe(conveyorLabels.length);
    conveyorLabels.forEach((label, i) => {
      if (i & 1) expect(label).toBe(`${conveyorLabels[i - 1]}-defective`);
    });
  });
});

describe('the truth about a frame', () => {
  it('has boxes that the pixels of bright metal fill, and that hold all of it', () => {
    // In a lamp this bright metal is far above the belt; paint and rails are masked by looking near parts only.
    const settings = options({ noise: 0, blur: 0, light: 1, density: 1.2 });
    const pixels = new Uint8Array(1280 * 720 * 4);
    const scene = createScene(settings);
    const truth = createTruth(settings);
    let checked = 0;
    for (const frame of [0, 77, 400, 1000]) {
      scene.render(frame, pixels);
      for (const { box, visible } of truth.items(frame)) {
        if (visible < 1) continue;
        const bright = { left: 1280, right: 0, top: 720, bottom: 0 };
        for (let y = Math.max(70, box.y - 3); y < Math.min(650, box.y + box.height + 3); y++) {
          for (let x = Math.max(0, box.x - 3); x < Math.min(1280, box.x + box.width + 3); x++) {
            if (pixels[(y * 1280 + x) * 4] < 92) continue;
            bright.left = Math.min(bright.left, x);
            bright.right = Math.max(bright.right, x + 1);
            bright.top = Math.min(bright.top, y);
            bright.bottom = Math.max(bright.bottom, y + 1);
          }
        }
        if (box.y < 80 || box.y + box.height > 640) continue;
        expect(bright.left).toBeGreaterThanOrEqual(box.x - 1);
        expect(bright.top).toBeGreaterThanOrEqual(box.y - 1);
        expect(bright.right).toBeLessThanOrEqual(box.x + box.width + 1);
        expect(bright.bottom).toBeLessThanOrEqual(box.y + box.height + 1);
        // The shaded side of a part may be as dark as the belt, but not much of it.
        expect(bright.right - bright.left).toBeGreaterThan(box.width * 0.8);
        expect(bright.bottom - bright.top).toBeGreaterThan(box.height * 0.8);
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(15);
  });

  it('has parts of 90 to 170 px at 1280 px width, apart from each other', () => {
    const truth = createTruth(options({ density: 2 }));
    for (let frame = 0; frame < 1200; frame += 120) {
      const items = truth.items(frame);
      for (const { box, label } of items) {
        const longest = Math.max(box.width, box.height);
        if (!label.endsWith('defective')) expect(longest).toBeGreaterThan(90);
        expect(longest).toBeLessThanOrEqual(170);
      }
      for (const a of items) {
        for (const b of items) {
          if (a.id >= b.id) continue;
          const apart =
            a.box.x + a.box.width <= b.box.x ||
            b.box.x + b.box.width <= a.box.x ||
            a.box.y + a.box.height <= b.box.y ||
            b.box.y + b.box.height <= a.box.y;
          expect(apart, `${a.label} ${a.id} and ${b.label} ${b.id} in frame ${frame}`).toBe(true);
        }
      }
    }
  });

  it('follows a part from one side to the other, visible in full on the way', () => {
    const truth = createTruth(options({ width: 640, height: 360 }));
    const seen = new Map<number, { x: number; frame: number; visible: number; label: string; y: number }[]>();
    for (let frame = 0; frame < 400; frame++) {
      for (const { id, box, visible, label } of truth.items(frame)) {
        if (!seen.has(id)) seen.set(id, []);
        seen.get(id)!.push({ frame, x: box.x, y: box.y, visible, label });
      }
    }
    const whole = [...seen.values()].filter((way) => way[0].frame > 0 && way[0].x < 0 && way.at(-1)!.x > 600);
    expect(whole.length).toBeGreaterThan(10);
    for (const way of whole) {
      expect(way[0].visible).toBeLessThan(0.2);
      expect(Math.max(...way.map((w) => w.visible))).toBe(1);
      expect(way.at(-1)!.visible).toBeLessThan(0.2);
      expect(new Set(way.map((w) => `${w.label} ${w.y}`)).size).toBe(1);
      way.forEach((w, i) => {
        if (i > 0) expect(w.x).toBeGreaterThanOrEqual(way[i - 1].x);
      });
    }
  });

  it('is the same whatever was asked before', () => {
    const truth = createTruth(options());
    truth.items(3);
    expect(truth.items(50)).toEqual(createTruth(options()).items(50));
  });

  it('has every class about as often as it should', () => {
    const settings = options({ density: 2 });
    const layout = createLayout(settings);
    const counts = new Array<number>(conveyorLabels.length).fill(0);
    for (let column = 0; column < 2000; column++) counts[partInCell(settings, layout, column, 0)!.classId]++;
    for (const [classId, count] of counts.entries()) {
      const expected = (2000 / (conveyorLabels.length / 2)) * (classId & 1 ? 0.35 : 0.65);
      expect(count / expected).toBeGreaterThan(0.75);
      expect(count / expected).toBeLessThan(1.25);
    }
  });

  it('counts the parts that cross the line, as following them frame by frame does', () => {
    const settings = options({ width: 320, height: 180, seed: 9 });
    const truth = createTruth(settings);
    for (const [frames, line] of [
      [300, 0.5],
      [150, 0.25],
      [1, 0.5],
    ]) {
      const side = new Map<number, boolean>();
      let expected = 0;
      let rejectable = 0;
      for (let frame = 0; frame < frames; frame++) {
        for (const { id, box, label } of truth.items(frame)) {
          const past = box.x + box.width / 2 >= line * 320;
          if (past && side.get(id) === false) {
            expected++;
            if (label.endsWith('-defective')) rejectable++;
          }
          side.set(id, past);
        }
      }
      expect(truth.counts(frames, line)).toEqual({ expected, rejectable });
      if (frames > 1) expect(rejectable).toBeGreaterThan(0);
    }
  });
});
