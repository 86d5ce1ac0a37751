import { beforeAll, expect, it, vi } from 'vitest';
import type { FrameLayout } from '../../../src/core/frame.js';
import { parse } from '../../../src/core/parse.js';
import { type PreprocessSpecInput, preprocessSpecSchema } from '../../../src/core/preprocess-spec.js';
import type { Kernels } from '../../../src/kernels/kernels.js';
import { loadKernels } from '../../../src/kernels/load-kernels.node.js';
import { createPlan } from '../../../src/preprocess/plan.js';
import { describeEachTier } from '../../kernel-tiers.js';
import { growthLimit, leastGrowth } from '../../least-growth.js';

const layout: FrameLayout = { format: 'RGBA', codedWidth: 40, codedHeight: 30, strideBytes: 160 };
const specOf = (input: Partial<PreprocessSpecInput> = {}) =>
  parse(preprocessSpecSchema, { width: 16, height: 16, ...input }, 'spec');
const codeOf = (code: string) => expect.objectContaining({ code });

describeEachTier(
  (tier) => `createPlan on ${tier}`,
  (tier) => {
    let kernels: Kernels;
    beforeAll(async () => {
      kernels = await loadKernels({ tier });
    });

    it('says the shape, the data type and the transform', () => {
      using plan = createPlan(kernels, layout, specOf());
      expect(plan.shape).toEqual([1, 3, 16, 16]);
      expect(plan.dataType).toBe('float32');
      expect(plan.transform).toEqual({ a: 0.4, b: 0, c: 0, d: 0.4, e: 0, f: 2 });
      using other = createPlan(kernels, layout, specOf({ layout: 'nhwc', dataType: 'float16' }));
      expect(other.shape).toEqual([1, 16, 16, 3]);
      expect(other.dataType).toBe('float16');
    });

    it('puts red, green and blue where the spec says, pads, and normalises per channel of the tensor', () => {
      const data = new Uint8Array(160 * 30);
      for (let i = 0; i < data.length; i += 4) data.set([200, 100, 50, 7], i);
      for (const [colorOrder, channels] of [
        ['rgb', [200, 100, 50]],
        ['bgr', [50, 100, 200]],
      ] as const) {
        using plan = createPlan(kernels, layout, specOf({ colorOrder, mean: [1, 2, 3], pad: 9 }));
        using tensor = kernels.allocateTensor({ name: 'x', dataType: 'float32', shape: plan.shape });
        plan.run({ ...layout, data }, tensor);
        for (let c = 0; c < 3; c++) {
          expect(tensor.data[c * 256]).toBe(9 - (c + 1));
          expect(tensor.data[c * 256 + 8 * 16 + 8]).toBe(channels[c] - (c + 1));
        }
      }
    });

    it('takes frames in shared memory, longer than needed, and tensors of another heap', () => {
      const shared = new Uint8Array(new SharedArrayBuffer(160 * 30 + 50)).map((_, i) => i * 7);
      using plan = createPlan(kernels, layout, specOf());
      const run = (data: Uint8Array) => {
        const tensor = { name: 'x', dataType: 'float32', shape: plan.shape, data: new Float32Array(768) } as const;
        plan.run({ ...layout, data }, tensor);
        return tensor.data;
      };
      const copied = new Uint8Array(shared.subarray(0, 160 * 30));
      expect(run(shared)).toEqual(run(copied));
      expect(new Set(run(shared)).size).toBeGreaterThan(50);
    });

    it('refuses a layout that is none', () => {
      const plan = (changes: Partial<FrameLayout>) => () => createPlan(kernels, { ...layout, ...changes }, specOf());
      expect(plan({ format: 'P010' as never })).toThrow(codeOf('ERR_ARGUMENT'));
      expect(plan({ strideBytes: 159 })).toThrow(codeOf('ERR_ARGUMENT'));
      expect(plan({ strideBytes: Number.NaN })).toThrow(codeOf('ERR_ARGUMENT'));
      expect(plan({ codedWidth: 0 })).toThrow(codeOf('ERR_SHAPE'));
      expect(plan({ codedHeight: 16385 })).toThrow(codeOf('ERR_SHAPE'));
    });

    it('refuses a normalisation that cannot be', () => {
      const plan = (input: Partial<PreprocessSpecInput>) => () => createPlan(kernels, layout, specOf(input));
      expect(plan({ std: 0 })).toThrow(codeOf('ERR_ARGUMENT'));
      expect(plan({ mean: [1, 2] })).toThrow(codeOf('ERR_ARGUMENT'));
      expect(plan({ scale: 1e300 })).toThrow(codeOf('ERR_ARGUMENT'));
      expect(plan({ dataType: 'uint8', scale: 1 / 255 })).toThrow(codeOf('ERR_ARGUMENT'));
    });

    it('refuses frames and tensors of another layout, and use after close', () => {
      const plan = createPlan(kernels, layout, specOf());
      const data = new Uint8Array(160 * 30);
      using tensor = kernels.allocateTensor({ name: 'x', dataType: 'float32', shape: plan.shape });
      using flat = kernels.allocateTensor({ name: 'x', dataType: 'float32', shape: [1, 16, 16, 3] });
      using bytes = kernels.allocateTensor({ name: 'x', dataType: 'uint8', shape: plan.shape });
      expect(() => plan.run({ ...layout, codedWidth: 39, data }, tensor)).toThrow(codeOf('ERR_SHAPE'));
      expect(() => plan.run({ ...layout, data: data.subarray(1) }, tensor)).toThrow(codeOf('ERR_SHAPE'));
      expect(() => plan.run({ ...layout, data }, flat)).toThrow(codeOf('ERR_SHAPE'));
      expect(() => plan.run({ ...layout, data }, bytes)).toThrow(codeOf('ERR_SHAPE'));
      const short = { name: 'x', dataType: 'float32', shape: plan.shape, data: new Float32Array(767) } as const;
      expect(() => plan.run({ ...layout, data }, short)).toThrow(codeOf('ERR_SHAPE'));
      const moved = { ...short, data: new Float32Array(768) };
      structuredClone(moved.data.buffer, { transfer: [moved.data.buffer] });
      expect(() => plan.run({ ...layout, data }, moved)).toThrow(codeOf('ERR_SHAPE'));
      plan.close();
      plan.close();
      expect(() => plan.run({ ...layout, data }, tensor)).toThrow(codeOf('ERR_CLOSED'));
    });

    it('gives its memory back', () => {
      createPlan(kernels, { ...layout, codedWidth: 400, strideBytes: 1600 }, specOf()).close();
      const pages = kernels.memoryPages;
      for (let i = 0; i < 50; i++)
        createPlan(kernels, { ...layout, codedWidth: 400, strideBytes: 1600 }, specOf()).close();
      expect(kernels.memoryPages).toBe(pages);
    });

    it.each([
      ['', {}],
      [' before a background', { before: { background: { learningRate: 3 } } }],
    ] as const)('allocates nothing per run%s', async (_, spec) => {
      // Code that has seen this tier only, as in a program: what has seen several boxes a number here and there.
      vi.resetModules();
      const [{ loadKernels }, { createPlan }] = await Promise.all([
        import('../../../src/kernels/load-kernels.node.js'),
        import('../../../src/preprocess/plan.js'),
      ]);
      const kernels = await loadKernels({ tier });
      using plan = createPlan(kernels, layout, specOf(spec));
      using tensor = kernels.allocateTensor({ name: 'x', dataType: 'float32', shape: plan.shape });
      const frames = [0, 1].map(() => ({ ...layout, data: new Uint8Array(160 * 30) }));
      const loop = (runs: number) => {
        for (let i = 0; i < runs; i++) plan.run(frames[i & 1], tensor);
      };
      loop(1000);
      const pages = kernels.memoryPages;
      const limit = growthLimit(tier);
      expect(leastGrowth(loop, limit)).toBeLessThan(limit);
      expect(kernels.memoryPages).toBe(pages);
    });
  },
);
