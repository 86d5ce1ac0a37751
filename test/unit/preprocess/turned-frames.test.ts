import { beforeAll, describe, expect, it } from 'vitest';
import { Frame } from '../../../src/core/frame.js';
import { describeLayout, LayoutMatch } from '../../../src/core/layout-match.js';
import { parse } from '../../../src/core/parse.js';
import { type FrameLayout, measureLayout, type PixelFormat } from '../../../src/core/pixel-format.js';
import { type PreprocessSpecInput, preprocessSpecSchema } from '../../../src/core/preprocess-spec.js';
import type { Kernels } from '../../../src/kernels/kernels.js';
import { loadKernels } from '../../../src/kernels/load-kernels.node.js';
import { RgbPicture } from '../../../src/kernels/rgb-picture.js';
import { createPlan } from '../../../src/preprocess/plan.js';
import { createTiledPlan } from '../../../src/preprocess/tiled-plan.js';
import { createWarp } from '../../../src/preprocess/warp.js';
import { describeEachTier } from '../../kernel-tiers.js';
import { orientations, seenFrame } from '../../orientations.js';

const [codedWidth, codedHeight] = [46, 34];
const formats = ['RGBA', 'BGRX', 'RGB', 'GRAY8', 'I420', 'NV12'] as const satisfies PixelFormat[];

function storedFrame(format: PixelFormat, orientation: Pick<FrameLayout, 'rotation' | 'flip'>) {
  const size = { format, codedWidth, codedHeight, ...orientation };
  const { strideBytes, byteLength } = measureLayout(size);
  let state = 9;
  const data = Uint8Array.from({ length: byteLength }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 16;
  });
  const layout: FrameLayout = { ...size, strideBytes };
  return { layout, data, seen: seenFrame(layout, data) };
}

const specOf = (input: Partial<PreprocessSpecInput> = {}) =>
  parse(preprocessSpecSchema, { width: 24, height: 20, dataType: 'uint8', layout: 'nhwc', ...input }, 'spec');

const worst = (some: Uint8Array, others: Uint8Array) =>
  some.reduce((most, value, i) => Math.max(most, Math.abs(value - others[i])), 0);

describeEachTier(
  (tier) => `frames that are stored turned, on ${tier}`,
  (tier) => {
    let kernels: Kernels;
    beforeAll(async () => {
      kernels = await loadKernels({ tier });
    });

    function run(layout: FrameLayout, data: Uint8Array, input: Partial<PreprocessSpecInput>) {
      using plan = createPlan(kernels, layout, specOf(input));
      using tensor = kernels.allocateTensor({ name: 'x', dataType: 'uint8', shape: plan.shape });
      plan.run({ ...layout, data }, tensor);
      return { transform: plan.transform, bytes: Uint8Array.from(tensor.data as Uint8Array) };
    }

    it.each(orientations)(
      'are compared with a background as it is seen, and with one as it is stored: %j',
      (orientation) => {
        const { layout, data, seen } = storedFrame('RGBA', orientation);
        const region = { x: 4, y: 6, width: 20, height: 12 };
        const before = { background: { learningRate: 0, output: 'difference' } } as const;
        using plan = createPlan(kernels, layout, specOf({ region, before, resize: 'stretch' }));
        using tensor = kernels.allocateTensor({ name: 'x', dataType: 'uint8', shape: plan.shape });
        const largest = () => {
          plan.run({ ...layout, data }, tensor);
          return Math.max(...(tensor.data as Uint8Array));
        };
        for (const background of [seen, { layout, data }]) {
          plan.resetBackground({ ...background.layout, data: background.data });
          expect(largest()).toBe(0);
        }
        const other = seen.data.map((value) => value ^ 64);
        plan.resetBackground({ ...seen.layout, data: other });
        expect(largest()).toBeGreaterThan(50);
      },
    );

    it.each(orientations)('are preprocessed as they are seen: %j', (orientation) => {
      for (const format of formats) {
        const { layout, data, seen } = storedFrame(format, orientation);
        const { codedWidth: width, codedHeight: height } = seen.layout;
        // In its own size a picture is not filtered, but for chroma, along its rows first, as they are stored.
        const exact = format === 'I420' || format === 'NV12' ? 1 : 0;
        const region = { x: 4, y: 8, width: 20, height: 12 };
        const specs: [Partial<PreprocessSpecInput>, number][] = [
          [{ width, height, resize: 'stretch' }, exact],
          [{ width: 20, height: 12, region, resize: 'stretch' }, exact],
          [{}, 1],
          [{ region, rotation: 90, mirror: true, resize: 'crop' }, 1],
          [{ rotation: 270, pad: 7 }, 1],
        ];
        for (const [spec, tolerance] of specs) {
          const ours = run(layout, data, spec);
          const expected = run(seen.layout, seen.data, spec);
          expect(new Set(expected.bytes).size).toBeGreaterThan(40);
          expect(worst(ours.bytes, expected.bytes), `${format} ${JSON.stringify(spec)}`).toBeLessThanOrEqual(tolerance);
          expect(ours.transform).toEqual(expected.transform);
        }
      }
    });

    it('are cut into tiles as they are seen, also from memory of the tiles', () => {
      const { layout, data, seen } = storedFrame('RGBA', { rotation: 90, flip: true });
      const spec = specOf({ tiles: { tileWidth: 24, tileHeight: 20, overlap: 4 } });
      const ours = createTiledPlan(kernels, layout, spec);
      const expected = createTiledPlan(kernels, seen.layout, spec);
      expect(ours.tiles).toEqual(expected.tiles);
      expect(ours.tiles.length).toBeGreaterThan(2);
      const entered = [ours.enter({ ...layout, data }), expected.enter({ ...seen.layout, data: seen.data })] as const;
      const tensor = () => ({ name: 'x', dataType: 'uint8', shape: ours.plans[0].shape, data: new Uint8Array(1440) });
      ours.plans.forEach((plan, i) => {
        const [some, others] = [tensor(), tensor()] as never[] as Parameters<typeof plan.run>[1][];
        plan.run(entered[0], some);
        expected.plans[i].run(entered[1], others);
        expect(some.data).toEqual(others.data);
        expect(plan.transform).toEqual(expected.plans[i].transform);
      });
      ours.close();
      expected.close();
    });

    it('are no frames of a plan for another orientation, and of no warp', () => {
      const { layout, data } = storedFrame('RGBA', { rotation: 180 });
      using plan = createPlan(kernels, { ...layout, rotation: undefined }, specOf());
      using tensor = kernels.allocateTensor({ name: 'x', dataType: 'uint8', shape: plan.shape });
      expect(() => plan.run({ ...layout, data }, tensor)).toThrow(/turned by 180°/);
      const warp = () => createWarp(kernels, layout, { width: 8, height: 8 });
      expect(warp).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT', subject: 'warp: layout' }));
    });
  },
);

describe('a frame that is stored turned', () => {
  it.each(orientations)('is as large as it is seen, and RGB is that of what is seen: %j', (orientation) => {
    for (const format of formats) {
      const { layout, data, seen } = storedFrame(format, orientation);
      using frame = new Frame({ ...layout, id: 0, timestamp: 0, data });
      const { codedWidth: width, codedHeight: height } = seen.layout;
      expect([frame.displayWidth, frame.displayHeight]).toEqual([width, height]);
      expect(frame).toMatchObject({ ...orientation, codedWidth, codedHeight });
      const [ours, expected] = [new Uint8Array(width * height * 3), new Uint8Array(width * height * 3)];
      const picture = new RgbPicture();
      picture.write({ ...seen.layout, data: seen.data }, expected);
      picture.write(frame, ours);
      // Chroma is resized along its rows first, as they are stored.
      expect(worst(ours, expected)).toBeLessThanOrEqual(format === 'I420' || format === 'NV12' ? 1 : 0);
    }
  });

  it('has a layout of its own, which is checked', () => {
    const { layout } = storedFrame('NV12', { rotation: 270, flip: true });
    expect(describeLayout(layout)).toContain('46 × 34 NV12, turned by 270°, mirrored, stride 46');
    const match = new LayoutMatch(layout);
    expect(match.fits({ ...layout })).toBe(true);
    expect(match.fits({ ...layout, rotation: 90 })).toBe(false);
    expect(match.fits({ ...layout, flip: undefined })).toBe(false);
    const upright = new LayoutMatch({ ...layout, rotation: 0, flip: false });
    expect(upright.fits({ ...layout, rotation: undefined, flip: undefined })).toBe(true);
    const wrong = () => measureLayout({ ...layout, rotation: 45 as never });
    expect(wrong).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT', subject: 'frame.rotation', received: '45' }));
  });
});
