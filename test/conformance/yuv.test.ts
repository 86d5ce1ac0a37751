import { beforeAll, expect, it } from 'vitest';
import { parse } from '../../src/core/parse.js';
import { colorMatrices, type FrameLayout, measureLayout } from '../../src/core/pixel-format.js';
import { preprocessSpecSchema } from '../../src/core/preprocess-spec.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import { loadKernels } from '../../src/kernels/load-kernels.node.js';
import { createPlan } from '../../src/preprocess/plan.js';
import { describeEachTier } from '../kernel-tiers.js';
import { type RealPlane, resizedSample, yuvToRgb } from '../yuv-formula.js';
import { randomNumbers, seed } from './kernels-cases.js';
import { yuvReferences } from './references.js';

type Size = readonly [number, number];
type Filter = 'bilinear' | 'bilinear-antialias';
type Planes = [RealPlane, RealPlane, RealPlane];

const sizes: [from: Size, to: Size][] = [
  [
    [190, 108],
    [60, 34],
  ],
  [
    [61, 35],
    [61, 35],
  ],
  [
    [41, 27],
    [90, 64],
  ],
  [
    [200, 150],
    [23, 17],
  ],
  [
    [2, 2],
    [9, 9],
  ],
];
const spaces = colorMatrices.flatMap((matrix) => [false, true].map((fullRange) => ({ matrix, fullRange })));
const random = randomNumbers(seed + 2);

/** A frame of noise (half of it the extremes), and its planes as they lie there. */
function makeFrame(format: 'I420' | 'NV12', [codedWidth, codedHeight]: Size, colorSpace: FrameLayout['colorSpace']) {
  const layout: FrameLayout = { format, codedWidth, codedHeight, strideBytes: codedWidth + 3, colorSpace };
  const data = new Uint8Array(measureLayout(layout).byteLength);
  for (let i = 0; i < data.length; i++) {
    const number = random();
    data[i] = number & 1 ? (number & 2 ? 255 : 0) : number >>> 24;
  }
  const places = measureLayout(layout).planes ?? [];
  const plane = (offset: number, stride: number, step: number, width: number, height: number): RealPlane => ({
    ...{ width, height },
    at: (x, y) => data[offset + y * stride + x * step],
  });
  const [width, height] = [Math.ceil(codedWidth / 2), Math.ceil(codedHeight / 2)];
  const y = plane(places[0].offset, places[0].stride, 1, codedWidth, codedHeight);
  const [u, v] = [0, 1].map((which) =>
    format === 'NV12'
      ? plane(places[1].offset + which, places[1].stride, 2, width, height)
      : plane(places[1 + which].offset, places[1 + which].stride, 1, width, height),
  );
  return { layout, data, planes: [y, u, v] as Planes };
}

function resize(kernels: Kernels, layout: FrameLayout, data: Uint8Array, [width, height]: Size, filter: Filter) {
  const spec = parse(preprocessSpecSchema, { width, height, resize: 'stretch', filter }, 'spec');
  using plan = createPlan(kernels, layout, spec);
  const tensor = {
    name: 'x',
    dataType: 'float32' as const,
    shape: plan.shape,
    data: new Float32Array(width * height * 3),
  };
  plan.run({ ...layout, data }, tensor);
  return tensor.data;
}

/** The plane as a gray picture resized by the antialiased filter, which is held to Pillow's pictures elsewhere. */
function pillowPlane(kernels: Kernels, plane: RealPlane, to: Size): RealPlane {
  const data = new Uint8Array(plane.width * plane.height);
  for (let i = 0; i < data.length; i++) data[i] = plane.at(i % plane.width, Math.floor(i / plane.width));
  const layout = {
    format: 'GRAY8' as const,
    codedWidth: plane.width,
    codedHeight: plane.height,
    strideBytes: plane.width,
  };
  const resized = resize(kernels, layout, data, to, 'bilinear-antialias');
  return { width: to[0], height: to[1], at: (x, y) => resized[y * to[0] + x] };
}

/** The largest distance of a tensor's channels from real numbers that are clipped, but not rounded. */
function worst(tensor: Float32Array, [width, height]: Size, real: (x: number, y: number) => number[]): number {
  let most = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      real(x, y).forEach((value, c) => {
        const clipped = Math.min(Math.max(value, 0), 255);
        most = Math.max(most, Math.abs(tensor[(c * height + y) * width + x] - clipped));
      });
    }
  }
  return most;
}

describeEachTier(
  (tier) => `YUV on ${tier}`,
  (tier) => {
    let kernels: Kernels;
    beforeAll(async () => {
      kernels = await loadKernels({ tier });
    });

    it.each(['I420', 'NV12'] as const)('%s by bilinear is within 1 of real numbers, chroma centred', (format) => {
      for (const space of spaces) {
        for (const [from, to] of sizes) {
          const { layout, data, planes } = makeFrame(format, from, space);
          const tensor = resize(kernels, layout, data, to, 'bilinear');
          const distance = worst(tensor, to, (x, y) => {
            const sample = (which: number) => {
              const part = which === 0 ? 1 : 2;
              return resizedSample(planes[which], [from[0] / part, from[1] / part], to, x, y);
            };
            return yuvToRgb(space, sample(0), sample(1), sample(2));
          });
          expect(distance, `${JSON.stringify(space)} ${from} → ${to}`).toBeLessThan(yuvReferences.bilinear!.tolerance);
        }
      }
    });

    it.each(['I420', 'NV12'] as const)("%s antialiased is within 1 of the matrix on Pillow's planes", (format) => {
      for (const space of spaces) {
        for (const [from, to] of sizes.filter(([size]) => size.every((side) => side % 2 === 0))) {
          const { layout, data, planes } = makeFrame(format, from, space);
          const tensor = resize(kernels, layout, data, to, 'bilinear-antialias');
          const resized = planes.map((plane) => pillowPlane(kernels, plane, to));
          const distance = worst(tensor, to, (x, y) => {
            const [luma, u, v] = resized.map((plane) => plane.at(x, y));
            return yuvToRgb(space, luma, u, v);
          });
          expect(distance, `${JSON.stringify(space)} ${from} → ${to}`).toBeLessThan(
            yuvReferences['bilinear-antialias']!.tolerance,
          );
        }
      }
    });
  },
);
