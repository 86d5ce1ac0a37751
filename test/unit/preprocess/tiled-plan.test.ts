import { beforeAll, expect, it } from 'vitest';
import { parse } from '../../../src/core/parse.js';
import type { FrameLayout } from '../../../src/core/pixel-format.js';
import { type PreprocessSpecInput, preprocessSpecSchema } from '../../../src/core/preprocess-spec.js';
import type { Kernels } from '../../../src/kernels/kernels.js';
import { loadKernels } from '../../../src/kernels/load-kernels.node.js';
import { createPlan } from '../../../src/preprocess/plan.js';
import { planTiles } from '../../../src/preprocess/plan-tiles.js';
import { createTiledPlan } from '../../../src/preprocess/tiled-plan.js';
import { describeEachTier } from '../../kernel-tiers.js';

const layout: FrameLayout = { format: 'RGBA', codedWidth: 50, codedHeight: 40, strideBytes: 200 };
const tiles = { tileWidth: 24, tileHeight: 20, overlap: 6 };
const specOf = (input: Partial<PreprocessSpecInput> = {}) =>
  parse(preprocessSpecSchema, { width: 16, height: 12, ...input }, 'spec');
const frameOf = (seed: number, length = 8000) => ({
  ...layout,
  data: Uint8Array.from({ length }, (_, i) => (i * seed) ^ (i >> 4)),
});

describeEachTier(
  (tier) => `tiles on ${tier}`,
  (tier) => {
    let kernels: Kernels;
    beforeAll(async () => {
      kernels = await loadKernels({ tier });
    });

    it('gives each tile as a plan of that region does, wherever the frame lies', () => {
      const tiled = createTiledPlan(kernels, layout, specOf({ tiles }));
      expect(tiled.tiles).toEqual(planTiles(50, 40, tiles));
      using inside = kernels.allocate(8000);
      const frames = [frameOf(7), frameOf(9, 8100), { ...layout, data: inside.bytes }];
      inside.bytes.set(frameOf(11).data);
      for (const frame of frames) {
        const entered = tiled.enter(frame);
        tiled.tiles.forEach((region, i) => {
          using plan = createPlan(kernels, layout, specOf({ region }));
          const tensor = (data: Float32Array) => ({ name: 'x', dataType: 'float32', shape: plan.shape, data }) as const;
          const [ours, theirs] = [new Float32Array(576), new Float32Array(576)];
          tiled.plans[i].run(entered, tensor(ours));
          plan.run(frame, tensor(theirs));
          expect(ours).toEqual(theirs);
          expect(new Set(ours).size).toBeGreaterThan(20);
          expect(tiled.plans[i].transform).toEqual(plan.transform);
        });
      }
      tiled.close();
    });

    it('holds one frame for all tiles, and gives memory back', () => {
      const large = { format: 'RGBA', codedWidth: 2000, codedHeight: 1500, strideBytes: 8000 } as const;
      const spec = specOf({ tiles: { tileWidth: 300, tileHeight: 300 } });
      const before = kernels.memoryBytes;
      createTiledPlan(kernels, large, spec).close();
      const used = kernels.memoryBytes - before;
      expect(used).toBeLessThan(2 * 12e6);
      for (let i = 0; i < 3; i++) {
        const tiled = createTiledPlan(kernels, large, spec);
        expect(tiled.plans).toHaveLength(35);
        tiled.close();
        tiled.close();
      }
      expect(kernels.memoryBytes - before).toBe(used);
    });

    it('is one plan of the whole frame without tiles', () => {
      const tiled = createTiledPlan(kernels, layout, specOf());
      expect(tiled.tiles).toEqual([{ x: 0, y: 0, width: 50, height: 40 }]);
      expect(tiled.plans).toHaveLength(1);
      const frame = frameOf(3);
      expect(tiled.enter(frame)).toBe(frame);
      tiled.close();
    });

    it('refuses tiles in a plan, tiles of a region, and tiles that are none, leaving no memory behind', () => {
      const code = expect.objectContaining({ code: 'ERR_ARGUMENT' });
      expect(() => createPlan(kernels, layout, specOf({ tiles }))).toThrow(code);
      const region = { x: 0, y: 0, width: 40, height: 40 };
      expect(() => createTiledPlan(kernels, layout, specOf({ tiles, region }))).toThrow(code);
      expect(() => createTiledPlan(kernels, layout, specOf({ tiles: { ...tiles, overlap: 20 } }))).toThrow(code);
      const large = { ...layout, codedWidth: 4000, codedHeight: 3000, strideBytes: 16000 };
      const wrong = specOf({ tiles: { tileWidth: 1000, tileHeight: 1000 }, dataType: 'int8' });
      expect(() => createTiledPlan(kernels, large, wrong)).toThrow(code);
      const pages = kernels.memoryPages;
      expect(() => createTiledPlan(kernels, large, wrong)).toThrow(code);
      expect(kernels.memoryPages).toBe(pages);
    });
  },
);
