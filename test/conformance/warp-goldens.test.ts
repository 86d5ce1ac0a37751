import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { decodePicture } from '../../src/acquire/decode-picture.node.js';
import { type FrameLayout, measureLayout, yuvFormats } from '../../src/core/pixel-format.js';
import type { Transform } from '../../src/core/transform.js';
import type { WarpSpec, WarpSpecInput } from '../../src/core/warp-spec.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import { loadKernels } from '../../src/kernels/load-kernels.node.js';
import { planWarp } from '../../src/kernels/warp-plan.js';
import type { RotatedRegion } from '../../src/preprocess/rotated-region.js';
import { createWarp } from '../../src/preprocess/warp.js';
import { assetPath, describeWithAssets } from '../assets.js';
import { describeEachTier } from '../kernel-tiers.js';
import { type RealPlane, sampleAt, yuvToRgb } from '../yuv-formula.js';
import { goldenPicture } from './golden-picture.js';
import { randomNumbers, seed } from './random-numbers.js';
import { stepReferences } from './references.js';

type Size = [number, number];
const goldens = JSON.parse(readFileSync(new URL('../fixtures/warp-goldens.json', import.meta.url), 'utf8')) as {
  versions: Record<string, string>;
  cases: {
    name: string;
    from: Size;
    to: Size;
    border: 'replicate' | 'constant';
    pad: number;
    matrix: number[];
    function: string;
    opencv: string;
    exact: string;
  }[];
};

function warp(
  kernels: Kernels,
  frame: FrameLayout & { data: Uint8Array },
  input: WarpSpecInput,
  where: Transform | RotatedRegion,
): Uint8Array {
  using plan = createWarp(kernels, frame, { dataType: 'uint8', layout: 'nhwc', ...input });
  const data = new Uint8Array(input.width * input.height * 3);
  plan.run(frame, { name: 'x', dataType: 'uint8', shape: plan.shape, data }, where);
  return data;
}

function rgbFrame([codedWidth, codedHeight]: Size, data: Uint8Array): FrameLayout & { data: Uint8Array } {
  return { format: 'RGB', codedWidth, codedHeight, strideBytes: codedWidth * 3, data };
}

function transformOf([a, c, e, b, d, f, m14, m24, m44]: number[]): Transform {
  return { a, b, c, d, e, f, m14, m24, m44 };
}

function worst(actual: Uint8Array, expected: Uint8Array): number {
  expect(actual.length).toBe(expected.length);
  return actual.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0);
}

const { opencv, numpy } = goldens.versions;
const within = stepReferences['warp, affine and perspective'].tolerance;

describeEachTier(
  (tier) => `a warp on ${tier}`,
  (tier) => {
    let kernels: Kernels;
    beforeAll(async () => {
      kernels = await loadKernels({ tier });
    });

    it.each(goldens.cases)(
      `$name, $border: within ${within} of OpenCV ${opencv}'s $function, and of float64 in NumPy ${numpy}`,
      ({ from, to: [width, height], border, pad, matrix, ...expected }) => {
        const spec: WarpSpecInput = { width, height, border, pad, origin: 'center' };
        const actual = warp(kernels, rgbFrame(from, goldenPicture(from)), spec, transformOf(matrix));
        expect(worst(actual, Buffer.from(expected.opencv, 'base64'))).toBeLessThanOrEqual(within);
        expect(worst(actual, Buffer.from(expected.exact, 'base64'))).toBeLessThanOrEqual(within);
      },
    );

    it.each(['replicate', 'constant'] as const)('of a YUV picture is near its planes in real numbers: %s', (border) => {
      const random = randomNumbers(seed + 3);
      const matrix = [0.8, 0.31, -4, -0.27, 0.75, 7, 0.002, 0.004, 1];
      for (const format of yuvFormats) {
        for (const extremes of [false, true]) {
          const colorSpace = { matrix: extremes ? 'bt2020-ncl' : 'bt709', fullRange: format === 'NV12' } as const;
          const size = { codedWidth: 45, codedHeight: 31 };
          const { strideBytes } = measureLayout({ format, ...size });
          const layout: FrameLayout = { format, ...size, colorSpace, strideBytes };
          // Noise, and noise of the least and the greatest sample alone.
          const data = new Uint8Array(measureLayout(layout).byteLength).map(() =>
            extremes ? (random() >>> 31) * 255 : random() >>> 24,
          );
          const spec = { width: 26, height: 20, origin: 'center', border, pad: 90 } as const;
          const actual = warp(kernels, { ...layout, data }, spec, transformOf(matrix));
          const expected = warpedPlanes(layout, data, spec, invert(matrix));
          expect(worst(actual, expected), format).toBeLessThanOrEqual(stepReferences['warp of YUV'].tolerance);
        }
      }
    });
  },
);

type YuvLayout = FrameLayout & { colorSpace: { matrix: 'bt709' | 'bt2020-ncl'; fullRange: boolean } };

/** The planes in float64, each taken where `inverse` leads to, then the matrix, then the border, rounded once. */
function warpedPlanes(
  layout: FrameLayout,
  data: Uint8Array,
  spec: { width: number; height: number; border: 'replicate' | 'constant'; pad: number; origin: 'center' },
  inverse: number[],
): Uint8Array {
  const { codedWidth, codedHeight, colorSpace } = layout as YuvLayout;
  const planes = planWarp(layout, { ...plain, ...spec }).planar!.planes.map(
    ({ width, height, offset, stride, step }): RealPlane => ({
      ...{ width, height },
      at: (x, y) => data[offset + y * stride + x * step],
    }),
  );
  const expected = new Uint8ClampedArray(spec.width * spec.height * 3);
  for (let i = 0; i < expected.length / 3; i++) {
    const [column, row] = [i % spec.width, Math.floor(i / spec.width)];
    const sums = [0, 3, 6].map((k) => inverse[k] * column + inverse[k + 1] * row + inverse[k + 2]);
    const [x, y] = [sums[0] / sums[2], sums[1] / sums[2]];
    // A chroma sample lies in the middle of the luma it serves.
    const [luma, u, v] = planes.map((plane, c) => {
      const across = c && plane.width < codedWidth ? 2 : 1;
      const down = c && plane.height < codedHeight ? 2 : 1;
      return sampleAt(plane, (x + 0.5) / across - 0.5, (y + 0.5) / down - 0.5);
    });
    const part = (at: number, length: number) => Math.max(0, Math.min(1, at + 1, length - at));
    const share = spec.border === 'constant' ? part(x, codedWidth) * part(y, codedHeight) : 1;
    const colors = yuvToRgb(colorSpace, luma, u, v).map((color) => Math.max(0, Math.min(255, color)));
    expected.set(
      colors.map((color) => share * color + (1 - share) * spec.pad),
      i * 3,
    );
  }
  return new Uint8Array(expected.buffer);
}

const plain: Omit<WarpSpec, 'width' | 'height' | 'border' | 'origin'> = {
  ...{ colorOrder: 'rgb', scale: 1, mean: 0, std: 1, layout: 'nhwc', dataType: 'uint8', pad: 0, keepAspect: false },
};

// Cramer's rule, column by column.
function invert(m: number[]): number[] {
  const det = (a: number[], b: number[], c: number[]) =>
    a[0] * (b[1] * c[2] - b[2] * c[1]) - b[0] * (a[1] * c[2] - a[2] * c[1]) + c[0] * (a[1] * b[2] - a[2] * b[1]);
  const columns = [0, 1, 2].map((k) => [m[k], m[k + 3], m[k + 6]]);
  const whole = det(columns[0], columns[1], columns[2]);
  return [0, 1, 2].flatMap((row) =>
    [0, 1, 2].map((unit) => {
      const replaced = columns.map((column, k) => (k === row ? [0, 1, 2].map((i) => (i === unit ? 1 : 0)) : column));
      return det(replaced[0], replaced[1], replaced[2]) / whole;
    }),
  );
}

interface MediaPipeCase {
  name: string;
  expected: string;
  roi: { x_center: number; y_center: number; width: number; height: number; rotation?: number | { degrees: number } };
  tensor_width: number | null;
  tensor_height: number | null;
  keep_aspect: boolean;
  border_mode: string;
}

describeWithAssets("crops of MediaPipe's ImageToTensorCalculator", () => {
  const folder = 'eval/mediapipe_image_to_tensor';
  const read = async (name: string): Promise<FrameLayout & { data: Uint8Array }> => {
    let frame: (FrameLayout & { data: Uint8Array }) | undefined;
    await decodePicture(readFileSync(assetPath(`${folder}/${name}`)), name, (width, height) => {
      frame = rgbFrame([width, height], new Uint8Array(width * height * 3));
      return frame.data;
    });
    return frame!;
  };

  const tolerance = stepReferences['warp, rotated region'].tolerance;

  it(`are met within ${tolerance} of 255, by whole numbers in the middle of px`, async () => {
    const kernels = await loadKernels();
    const input = await read('input.jpg');
    const { cases } = JSON.parse(readFileSync(assetPath(`${folder}/cases.json`), 'utf8')) as { cases: MediaPipeCase[] };
    expect(cases.length).toBe(11);
    for (const { name, roi, expected, keep_aspect, border_mode, ...tensor } of cases) {
      const { rotation = 0 } = roi;
      const region: RotatedRegion = {
        centerX: roi.x_center * input.codedWidth,
        centerY: roi.y_center * input.codedHeight,
        width: roi.width * input.codedWidth,
        height: roi.height * input.codedHeight,
        rotation: typeof rotation === 'number' ? rotation : (rotation.degrees * Math.PI) / 180,
      };
      const golden = await read(expected);
      const spec = {
        width: tensor.tensor_width ?? input.codedWidth,
        height: tensor.tensor_height ?? input.codedHeight,
        border: border_mode === 'kZero' ? 'constant' : 'replicate',
        keepAspect: keep_aspect,
      } as const;
      const actual = warp(kernels, input, { ...spec, origin: 'center' }, region);
      expect(worst(actual, golden.data), name).toBeLessThanOrEqual(tolerance);
      // The tolerance tells the two origins apart wherever the picture changes its size.
      const other = warp(kernels, input, spec, region);
      if (spec.width !== input.codedWidth) expect(worst(other, golden.data), name).toBeGreaterThan(tolerance);
    }
  });
});
