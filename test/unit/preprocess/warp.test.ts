import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type FrameLayout, type PixelFormat, pixelFormats } from '../../../src/core/pixel-format.js';
import { boxToFrame, pointToFrame, type Transform } from '../../../src/core/transform.js';
import type { WarpSpecInput } from '../../../src/core/warp-spec.js';
import type { Kernels } from '../../../src/kernels/kernels.js';
import { loadKernels } from '../../../src/kernels/load-kernels.node.js';
import type { RotatedRegion } from '../../../src/preprocess/rotated-region.js';
import { createWarp } from '../../../src/preprocess/warp.js';
import { describeEachTier } from '../../kernel-tiers.js';
import { growthLimit, leastGrowth } from '../../least-growth.js';

const layout: FrameLayout = { format: 'RGB', codedWidth: 40, codedHeight: 30, strideBytes: 120 };
const frame = { ...layout, data: new Uint8Array(3600).map((_, i) => Math.imul(i, 2654435761) >>> 24) };
const identity: Transform = { a: 1, b: 0, c: 0, d: 1, e: 0, f: 0 };
const whole: RotatedRegion = { centerX: 20, centerY: 15, width: 40, height: 30, rotation: 0 };
const codeOf = (code: string) => expect.objectContaining({ code });

/** A tensor of bytes, outside kernel memory. */
function tensorOf({ width, height }: { width: number; height: number }) {
  const data = new Uint8Array(width * height * 3);
  return { name: 'x', dataType: 'uint8', shape: [1, height, width, 3], data } as const;
}

describe('createWarp', () => {
  let kernels: Kernels;
  beforeAll(async () => {
    kernels = await loadKernels();
  });

  function run(input: WarpSpecInput, where: Transform | RotatedRegion): { data: Uint8Array; transform: Transform } {
    using warp = createWarp(kernels, layout, { dataType: 'uint8', layout: 'nhwc', ...input });
    const tensor = tensorOf(input);
    const transform = { ...warp.run(frame, tensor, where) };
    return { data: tensor.data, transform };
  }

  it('gives the frame itself for the matrix that changes nothing, and for the region that is all of it', () => {
    for (const where of [identity, whole, { ...whole, rotation: 2 * Math.PI }]) {
      expect(run({ width: 40, height: 30 }, where).data).toEqual(frame.data);
    }
  });

  it('turns a region clockwise: a quarter turn shows on its left what lies above its centre in the frame', () => {
    const region = { centerX: 20, centerY: 15, width: 30, height: 40, rotation: Math.PI / 2 };
    const { data, transform } = run({ width: 30, height: 40 }, region);
    for (const [x, y] of [
      [0, 0],
      [29, 39],
      [11, 3],
    ]) {
      // Right in the tensor is down in the frame, down in it is left.
      const at = (x * 40 + (39 - y)) * 3;
      expect(data.subarray((y * 30 + x) * 3, (y * 30 + x) * 3 + 3)).toEqual(frame.data.subarray(at, at + 3));
      const point = pointToFrame(x + 0.5, y + 0.5, transform);
      expect(point.x).toBeCloseTo(39.5 - y, 9);
      expect(point.y).toBeCloseTo(x + 0.5, 9);
    }
  });

  it('makes a region wider or higher until it has the proportions of the tensor', () => {
    const small = { ...whole, width: 10, height: 10 };
    const corner = (keepAspect: boolean, width: number, height: number) =>
      boxToFrame(0, 0, width, height, run({ width, height, keepAspect }, small).transform);
    expect(corner(false, 20, 10)).toEqual({ x: 15, y: 10, width: 10, height: 10 });
    expect(corner(true, 20, 10)).toEqual({ x: 10, y: 10, width: 20, height: 10 });
    expect(corner(true, 10, 20)).toEqual({ x: 15, y: 5, width: 10, height: 20 });
  });

  it('brings a spot back to where it is in the frame, by either origin, turned and in perspective', () => {
    const data = new Uint8Array(3600);
    const [x, y] = [23, 11];
    data.fill(255, (y * 40 + x) * 3, (y * 40 + x) * 3 + 3);
    const size = { width: 160, height: 120 };
    const perspective = { a: 4, b: 0.3, c: -0.4, d: 4, e: 5, f: -3, m14: 0.001, m24: 0.002, m44: 1 };
    for (const origin of ['edge', 'center'] as const) {
      for (const where of [perspective, { ...whole, rotation: 0.3 }]) {
        using warp = createWarp(kernels, layout, { ...size, origin, dataType: 'uint8', layout: 'nhwc' });
        const tensor = tensorOf(size);
        const transform = warp.run({ ...frame, data }, tensor, where);
        let [sum, sumX, sumY] = [0, 0, 0];
        for (let i = 0; i < tensor.data.length / 3; i++) {
          const value = tensor.data[3 * i];
          sum += value;
          sumX += value * ((i % size.width) + 0.5);
          sumY += value * (Math.floor(i / size.width) + 0.5);
        }
        const point = pointToFrame(sumX / sum, sumY / sum, transform);
        expect(Math.abs(point.x - x - 0.5)).toBeLessThan(0.05);
        expect(Math.abs(point.y - y - 0.5)).toBeLessThan(0.05);
      }
    }
  });

  it('shows the edge or the pad where a tensor lies beside the frame, wholly or in part', () => {
    const beside = { ...identity, e: 1000 };
    const edge = run({ width: 4, height: 30 }, beside).data;
    for (let y = 0; y < 30; y++) {
      for (let x = 0; x < 4; x++) {
        expect(edge.subarray((y * 4 + x) * 3, (y * 4 + x) * 3 + 3)).toEqual(frame.data.subarray(y * 120, y * 120 + 3));
      }
    }
    const pad = run({ width: 4, height: 30, border: 'constant', pad: 9 }, beside).data;
    expect(pad.every((value) => value === 9)).toBe(true);
    const half = run({ width: 1, height: 1, border: 'constant', pad: 0 }, { ...identity, e: 0.5 }).data;
    expect(Array.from(half)).toEqual(Array.from(frame.data.subarray(0, 3), (value) => Math.floor(value / 2 + 0.5)));
  });

  it.each(Object.keys(pixelFormats) as PixelFormat[])('takes %s frames of one px, and of one row', (format) => {
    for (const [codedWidth, codedHeight] of [
      [1, 1],
      [9, 1],
      [1, 9],
    ]) {
      const one: FrameLayout = { format, codedWidth, codedHeight, strideBytes: 64 };
      using warp = createWarp(kernels, one, { width: 5, height: 4, dataType: 'uint8', layout: 'nhwc' });
      const tensor = tensorOf({ width: 5, height: 4 });
      warp.run({ ...one, data: new Uint8Array(64 * 27).fill(128) }, tensor, { ...identity, b: 0.4, c: 0.3 });
      expect(new Set(tensor.data).size).toBe(1);
    }
  });

  describe('refuses', () => {
    const refusal = (where: Transform | RotatedRegion, size = { width: 8, height: 8 }) => {
      try {
        run(size, where);
      } catch (error) {
        return error;
      }
      return undefined;
    };

    it.each([
      ['a matrix that maps the frame to a line', { ...identity, a: 0 }],
      ['one that maps it to a point', { ...identity, a: 0, d: 0 }],
      ['a number that is none', { ...identity, e: Number.NaN }],
      ['an infinite number', { ...identity, m24: Number.POSITIVE_INFINITY }],
      ['numbers whose products are not finite', { ...identity, a: 1e200, d: 1e200 }],
      ['numbers whose products are 0', { ...identity, a: 1e-200, d: 1e-200 }],
      ['a tensor further away than float32 counts', { ...identity, e: 2 ** 25 }],
      ['one that is larger than float32 counts', { ...identity, a: 2 ** -23 }],
      ['a tensor that the horizon crosses', { ...identity, m14: 0.5 }],
      ['a tensor that begins on the horizon', { ...identity, a: 0.5, e: -0.25, m14: 1, m44: 0.5 }],
      ['nothing in place of a matrix', {} as Transform],
      ['a region without width', { ...whole, width: 0 }],
      ['one of a negative height', { ...whole, height: -3 }],
      ['one that is turned by nothing that is a number', { ...whole, rotation: Number.NaN }],
      ['one that is infinitely far away', { ...whole, centerX: Number.NEGATIVE_INFINITY }],
    ] as [string, Transform | RotatedRegion][])('%s', (_, where) => {
      expect(refusal(where)).toEqual(codeOf('ERR_ARGUMENT'));
    });

    it('nothing that is only strange: flips, far and tiny regions, w below 0 everywhere', () => {
      expect(refusal({ ...identity, a: -1 })).toBeUndefined();
      expect(refusal({ ...whole, centerX: 1e6, rotation: 99 })).toBeUndefined();
      expect(refusal({ ...whole, width: 1e-9, height: 1e-9 })).toBeUndefined();
      expect(refusal({ a: -1, b: 0, c: 0, d: -1, e: 0, f: 0, m14: 0, m24: 0, m44: -1 })).toBeUndefined();
    });

    it('a spec that is none, a normalisation that cannot be, and a run after the end', () => {
      const make = (input: unknown) => () => createWarp(kernels, layout, input as WarpSpecInput);
      expect(make({ width: 8 })).toThrow(codeOf('ERR_ARGUMENT'));
      expect(make({ width: 8, height: 8, border: 'wrap' })).toThrow(codeOf('ERR_ARGUMENT'));
      expect(make({ width: 8, height: 8, resize: 'crop' })).toThrow(codeOf('ERR_ARGUMENT'));
      expect(make({ width: 8, height: 8, dataType: 'uint8', mean: 1 })).toThrow(codeOf('ERR_ARGUMENT'));
      const warp = createWarp(kernels, layout, { width: 8, height: 8, dataType: 'uint8', layout: 'nhwc' });
      const other = { ...frame, codedWidth: 39 };
      expect(() => warp.run(other, tensorOf({ width: 8, height: 8 }), identity)).toThrow(codeOf('ERR_SHAPE'));
      expect(() => warp.run(frame, tensorOf({ width: 8, height: 7 }), identity)).toThrow(codeOf('ERR_SHAPE'));
      warp.close();
      warp.close();
      expect(() => warp.run(frame, tensorOf({ width: 8, height: 8 }), identity)).toThrow(codeOf('ERR_CLOSED'));
    });
  });
});

describeEachTier(
  (tier) => `a warp on ${tier}`,
  (tier) => {
    it('takes another matrix with each run, wherever kernel memory lies', async () => {
      const kernels = await loadKernels({ tier });
      using warp = createWarp(kernels, layout, { width: 40, height: 30, dataType: 'uint8', layout: 'nhwc' });
      const tensor = tensorOf({ width: 40, height: 30 });
      warp.run(frame, tensor, { ...identity, e: 7 });
      expect(tensor.data.subarray(21, 120)).toEqual(frame.data.subarray(0, 99));
      using _grown = kernels.allocate(kernels.memoryBytes);
      warp.run(frame, tensor, { ...identity, f: 2 });
      expect(tensor.data.subarray(240)).toEqual(frame.data.subarray(0, 3360));
    });

    it('allocates nothing per run', async () => {
      // Code that has seen this tier only, as in a program: what has seen several boxes a number here and there.
      vi.resetModules();
      const [{ loadKernels }, { createWarp }] = await Promise.all([
        import('../../../src/kernels/load-kernels.node.js'),
        import('../../../src/preprocess/warp.js'),
      ]);
      const kernels = await loadKernels({ tier });
      using warp = createWarp(kernels, layout, { width: 16, height: 16, border: 'constant', keepAspect: true });
      using tensor = kernels.allocateTensor({ name: 'x', dataType: 'float32', shape: warp.shape });
      const regions = [0.1, 0.7].map((rotation) => ({ ...whole, rotation }));
      const loop = (runs: number) => {
        for (let i = 0; i < runs; i++) warp.run(frame, tensor, regions[i & 1]);
      };
      loop(1000);
      const limit = growthLimit(tier);
      expect(leastGrowth(loop, limit)).toBeLessThan(limit);
    });
  },
);
