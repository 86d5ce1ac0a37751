import { beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from '../../../src/core/parse.js';
import type { FrameLayout, PixelFormat } from '../../../src/core/pixel-format.js';
import { measureLayout } from '../../../src/core/pixel-format.js';
import { type PreprocessSpecInput, preprocessSpecSchema } from '../../../src/core/preprocess-spec.js';
import { elementCount, type Tensor, tensorArrays } from '../../../src/core/tensor.js';
import type { Kernels } from '../../../src/kernels/kernels.js';
import { loadKernels } from '../../../src/kernels/load-kernels.node.js';
import { createPlan } from '../../../src/preprocess/plan.js';
import { describeEachTier } from '../../kernel-tiers.js';
import { growthLimit, leastGrowth } from '../../least-growth.js';

const layout: FrameLayout = { format: 'RGBA', codedWidth: 40, codedHeight: 30, strideBytes: 160 };
const specOf = (input: Partial<PreprocessSpecInput> = {}) =>
  parse(preprocessSpecSchema, { width: 16, height: 12, ...input }, 'spec');
const codeOf = (code: string) => expect.objectContaining({ code });
const frameOf = (seed: number) => ({
  ...layout,
  data: Uint8Array.from({ length: 4800 }, (_, i) => (i * seed) ^ (i >> 3)),
});
const quantization = { scale: 0.5, zeroPoint: -3 };

function tensorOf(dataType: 'float32' | 'float16' | 'uint8' | 'int8', shape: readonly number[]) {
  return {
    name: 'x',
    dataType,
    shape,
    data: new tensorArrays[dataType](elementCount(shape)).fill(77),
  } satisfies Tensor;
}

describeEachTier(
  (tier) => `tensors of ${tier}`,
  (tier) => {
    let kernels: Kernels;
    beforeAll(async () => {
      kernels = await loadKernels({ tier });
    });

    it.each([
      { dataType: 'float32' },
      { dataType: 'float16', layout: 'nhwc' },
      { dataType: 'int8', quantization },
      { dataType: 'uint8', colorOrder: 'gray' },
    ] as const)('fills one picture of a batch and leaves the others alone: %o', (input) => {
      using plan = createPlan(kernels, layout, specOf(input));
      const single = tensorOf(plan.dataType, plan.shape);
      const count = single.data.length;
      const shape = [3, ...plan.shape.slice(1)];
      const outside = tensorOf(plan.dataType, shape);
      using inside = kernels.allocateTensor({ name: 'x', dataType: plan.dataType, shape });
      inside.data.fill(77 as never);
      for (const index of [2, 0]) {
        plan.run(frameOf(index + 5), single);
        for (const batch of [outside, inside]) {
          plan.run(frameOf(index + 5), batch, index);
          expect(batch.data.subarray(index * count, (index + 1) * count)).toEqual(single.data);
          expect(Array.from(batch.data.subarray(count, 2 * count), Number).every((each) => each === 77)).toBe(true);
        }
      }
      // Without an index it is the first.
      plan.run(frameOf(9), outside);
      plan.run(frameOf(9), single);
      expect(outside.data.subarray(0, count)).toEqual(single.data);
    });

    it('refuses a picture that a batch does not have, and shapes that are none', () => {
      using plan = createPlan(kernels, layout, specOf());
      const batch = tensorOf('float32', [2, 3, 12, 16]);
      for (const index of [2, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(() => plan.run(frameOf(1), batch, index), `${index}`).toThrow(codeOf('ERR_ARGUMENT'));
      }
      expect(() => plan.run(frameOf(1), tensorOf('float32', plan.shape), 1)).toThrow(codeOf('ERR_ARGUMENT'));
      for (const shape of [
        [0, 3, 12, 16],
        [2, 1, 12, 16],
        [2, 3, 16, 12],
        [3, 12, 16],
        [2, 1, 3, 12, 16],
      ]) {
        expect(() => plan.run(frameOf(1), tensorOf('float32', shape)), `${shape}`).toThrow(codeOf('ERR_SHAPE'));
      }
      expect(() => plan.run(frameOf(1), { ...batch, shape: [-1, 3, 12, 16] })).toThrow(codeOf('ERR_SHAPE'));
      expect(() => plan.run(frameOf(1), { ...batch, data: batch.data.subarray(1) })).toThrow(codeOf('ERR_SHAPE'));
      expect(new Set(batch.data)).toEqual(new Set([77]));
    });

    it('makes gray of R, G and B, whatever the order and the format of the frame', () => {
      const gray = (format: PixelFormat, data: readonly number[], step = data.length) => {
        const { byteLength, strideBytes } = measureLayout({
          format,
          codedWidth: 2,
          codedHeight: 2,
          strideBytes: 2 * step,
        });
        const frame = { format, codedWidth: 2, codedHeight: 2, strideBytes };
        const bytes = new Uint8Array(byteLength).map((_, i) => data[i % data.length]);
        const spec = specOf({ width: 2, height: 2, colorOrder: 'gray', dataType: 'uint8' });
        using plan = createPlan(kernels, frame, spec);
        const tensor = tensorOf('uint8', plan.shape);
        plan.run({ ...frame, data: bytes }, tensor);
        return tensor.data[3];
      };
      // 0.299 R + 0.587 G + 0.114 B of 200, 30, 90.
      for (const format of ['RGBA', 'RGBX', 'RGB'] as const) {
        expect(gray(format, format === 'RGB' ? [200, 30, 90] : [200, 30, 90, 255])).toBe(88);
      }
      expect(gray('BGR', [90, 30, 200])).toBe(88);
      expect(gray('BGRA', [90, 30, 200, 0])).toBe(88);
      for (const sample of [0, 1, 127, 255]) expect(gray('GRAY8', [sample])).toBe(sample);
    });

    it('of a YUV frame is the gray of its colours, not its luma', () => {
      const frame: FrameLayout = { format: 'I444', codedWidth: 1, codedHeight: 1, strideBytes: 1 };
      const data = Uint8Array.of(120, 240, 40);
      const fill = (colorOrder: 'rgb' | 'gray') => {
        using plan = createPlan(kernels, frame, specOf({ width: 1, height: 1, colorOrder, dataType: 'uint8' }));
        const tensor = tensorOf('uint8', plan.shape);
        plan.run({ ...frame, data }, tensor);
        return tensor.data;
      };
      const [r, g, b] = fill('rgb');
      expect(fill('gray')[0]).toBe((9798 * r + 19235 * g + 3735 * b + 16384) >> 15);
      expect(fill('gray')[0]).not.toBe(120);
    });

    it('allocates nothing per run of a batch', async () => {
      // As in plan.test.ts: code that has seen this tier only.
      vi.resetModules();
      const [{ loadKernels }, { createPlan }] = await Promise.all([
        import('../../../src/kernels/load-kernels.node.js'),
        import('../../../src/preprocess/plan.js'),
      ]);
      const kernels = await loadKernels({ tier });
      using plan = createPlan(kernels, layout, specOf({ dataType: 'int8', quantization, colorOrder: 'gray' }));
      using inside = kernels.allocateTensor({ name: 'x', dataType: 'int8', shape: [2, 1, 12, 16] });
      const tensors: Tensor[] = [inside, tensorOf('int8', [2, 1, 12, 16])];
      const frames = [frameOf(3), frameOf(4)];
      for (const tensor of tensors) {
        const loop = (runs: number) => {
          for (let i = 0; i < runs; i++) plan.run(frames[i & 1], tensor, i & 1);
        };
        loop(1000);
        const limit = growthLimit(tier);
        expect(leastGrowth(loop, limit)).toBeLessThan(limit);
      }
    });
  },
);

describe('a plan of whole numbers or gray', () => {
  const plan = async (input: Partial<PreprocessSpecInput>) => {
    const kernels = await loadKernels({ tier: 'reference' });
    return createPlan(kernels, layout, specOf(input));
  };

  it('says its shape', async () => {
    expect((await plan({ colorOrder: 'gray' })).shape).toEqual([1, 1, 12, 16]);
    expect((await plan({ colorOrder: 'gray', layout: 'nhwc' })).shape).toEqual([1, 12, 16, 1]);
    expect((await plan({ dataType: 'int8', quantization })).dataType).toBe('int8');
  });

  it.each([
    ['int8 without a quantisation', { dataType: 'int8' }],
    ['a quantisation of real numbers', { dataType: 'float32', quantization }],
    ['a zero point below uint8', { dataType: 'uint8', quantization }],
    ['a zero point beyond int8', { dataType: 'int8', quantization: { scale: 1, zeroPoint: 128 } }],
    ['a scale of 0', { dataType: 'int8', quantization: { scale: 0, zeroPoint: 0 } }],
    ['a scale that is none', { dataType: 'int8', quantization: { scale: Number.NaN, zeroPoint: 0 } }],
    ['a zero point between numbers', { dataType: 'int8', quantization: { scale: 1, zeroPoint: 0.5 } }],
    ['a scale so small that numbers have no end', { dataType: 'int8', quantization: { scale: 1e-300, zeroPoint: 0 } }],
    ['three means of one channel', { colorOrder: 'gray', mean: [1, 2, 3] }],
    ['a normalisation of plain bytes', { dataType: 'uint8', scale: 0.5 }],
  ] as const)('refuses %s', async (_, input) => {
    await expect(plan(input as unknown as Partial<PreprocessSpecInput>)).rejects.toThrow(codeOf('ERR_ARGUMENT'));
  });
});
