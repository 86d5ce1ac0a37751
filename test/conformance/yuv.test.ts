import { beforeAll, expect, it } from 'vitest';
import { parse } from '../../src/core/parse.js';
import { colorMatrices, type FrameLayout, measureLayout, yuvFormats } from '../../src/core/pixel-format.js';
import { preprocessSpecSchema } from '../../src/core/preprocess-spec.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import { loadKernels } from '../../src/kernels/load-kernels.node.js';
import { createPlan } from '../../src/preprocess/plan.js';
import { describeEachTier } from '../kernel-tiers.js';
import { type RealPlane, resizedSample, yuvToRgb } from '../yuv-formula.js';
import { randomNumbers, seed } from './random-numbers.js';
import { yuvReferences } from './references.js';

type Size = readonly [number, number];
const antialiased = ['bilinear-antialias', 'bicubic-antialias', 'lanczos-antialias'] as const;
type Filter = 'bilinear' | (typeof antialiased)[number];
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

type YuvFormat = (typeof yuvFormats)[number];

/** How many px share a sample of chroma, across and down; and where samples lie: plane, first byte and bytes from one to the next. */
const samples: Readonly<Record<YuvFormat, { parts: Size; at: readonly (readonly [number, number, number])[] }>> = {
  I420: {
    parts: [2, 2],
    at: [
      [0, 0, 1],
      [1, 0, 1],
      [2, 0, 1],
    ],
  },
  I422: {
    parts: [2, 1],
    at: [
      [0, 0, 1],
      [1, 0, 1],
      [2, 0, 1],
    ],
  },
  I444: {
    parts: [1, 1],
    at: [
      [0, 0, 1],
      [1, 0, 1],
      [2, 0, 1],
    ],
  },
  NV12: {
    parts: [2, 2],
    at: [
      [0, 0, 1],
      [1, 0, 2],
      [1, 1, 2],
    ],
  },
  NV21: {
    parts: [2, 2],
    at: [
      [0, 0, 1],
      [1, 1, 2],
      [1, 0, 2],
    ],
  },
  YUY2: {
    parts: [2, 1],
    at: [
      [0, 0, 2],
      [0, 1, 4],
      [0, 3, 4],
    ],
  },
  UYVY: {
    parts: [2, 1],
    at: [
      [0, 1, 2],
      [0, 0, 4],
      [0, 2, 4],
    ],
  },
};
/** The usual formats in all colour spaces, the others in two. */
const formatCases = yuvFormats.map((format) => ({
  format,
  among: format === 'I420' || format === 'NV12' ? spaces : spaces.slice(1, 3),
}));

/** A frame of noise (half of it the extremes), and its planes as they lie there. */
function makeFrame(format: YuvFormat, [codedWidth, codedHeight]: Size, colorSpace: FrameLayout['colorSpace']) {
  const { strideBytes: rowBytes } = measureLayout({ format, codedWidth, codedHeight });
  const layout: FrameLayout = { format, codedWidth, codedHeight, strideBytes: rowBytes + 3, colorSpace };
  const { byteLength, planes: places = [] } = measureLayout(layout);
  const data = new Uint8Array(byteLength);
  for (let i = 0; i < data.length; i++) {
    const number = random();
    data[i] = number & 1 ? (number & 2 ? 255 : 0) : number >>> 24;
  }
  const { parts, at } = samples[format];
  const planes = at.map(([which, first, step], channel): RealPlane => {
    const { offset, stride } = places[which];
    const [across, down] = channel === 0 ? [1, 1] : parts;
    const [width, height] = [Math.ceil(codedWidth / across), Math.ceil(codedHeight / down)];
    return { width, height, at: (x, y) => data[offset + y * stride + first + x * step] };
  });
  return { layout, data, planes: planes as Planes, parts };
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
function pillowPlane(kernels: Kernels, plane: RealPlane, to: Size, filter: Filter): RealPlane {
  const data = new Uint8Array(plane.width * plane.height);
  for (let i = 0; i < data.length; i++) data[i] = plane.at(i % plane.width, Math.floor(i / plane.width));
  const layout = {
    format: 'GRAY8' as const,
    codedWidth: plane.width,
    codedHeight: plane.height,
    strideBytes: plane.width,
  };
  const resized = resize(kernels, layout, data, to, filter);
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

    it.each(formatCases)('$format by bilinear is within 1 of real numbers, chroma centred', ({ format, among }) => {
      for (const space of among) {
        for (const [from, to] of sizes) {
          const { layout, data, planes, parts } = makeFrame(format, from, space);
          const tensor = resize(kernels, layout, data, to, 'bilinear');
          const distance = worst(tensor, to, (x, y) => {
            const sample = (which: number) => {
              const [across, down] = which === 0 ? [1, 1] : parts;
              return resizedSample(planes[which], [from[0] / across, from[1] / down], to, x, y);
            };
            return yuvToRgb(space, sample(0), sample(1), sample(2));
          });
          expect(distance, `${JSON.stringify(space)} ${from} → ${to}`).toBeLessThan(yuvReferences.bilinear!.tolerance);
        }
      }
    });

    it.each(formatCases)("$format antialiased is within 1 of the matrix on Pillow's planes", ({ format, among }) => {
      const even = sizes.filter(([size]) => size.every((side) => side % 2 === 0));
      // The filters differ in their tables, which know no colours: two spaces are enough for the others.
      const cases = antialiased.flatMap((filter) =>
        (filter === 'bilinear-antialias' ? among : among.slice(0, 2)).map((space) => ({ filter, space })),
      );
      for (const { filter, space } of cases) {
        for (const [from, to] of even) {
          const { layout, data, planes } = makeFrame(format, from, space);
          const tensor = resize(kernels, layout, data, to, filter);
          const resized = planes.map((plane) => pillowPlane(kernels, plane, to, filter));
          const distance = worst(tensor, to, (x, y) => {
            const [luma, u, v] = resized.map((plane) => plane.at(x, y));
            return yuvToRgb(space, luma, u, v);
          });
          expect(distance, `${filter} ${JSON.stringify(space)} ${from} → ${to}`).toBeLessThan(
            yuvReferences[filter]!.tolerance,
          );
        }
      }
    });
  },
);
