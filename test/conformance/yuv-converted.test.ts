import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { parse } from '../../src/core/parse.js';
import { type FrameLayout, measureLayout, type PixelFormat, yuvFormats } from '../../src/core/pixel-format.js';
import { type PreprocessSpecInput, preprocessSpecSchema } from '../../src/core/preprocess-spec.js';
import { type ResampleFilter, resampleFilters } from '../../src/core/resample-filter.js';
import { tensorArrays } from '../../src/core/tensor.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import { loadKernels } from '../../src/kernels/load-kernels.node.js';
import { isAntialias } from '../../src/kernels/resample-table.js';
import { RgbPicture } from '../../src/kernels/rgb-picture.js';
import { createPlan } from '../../src/preprocess/plan.js';
import { describeEachTier } from '../kernel-tiers.js';
import { goldenPicture } from './golden-picture.js';
import { randomNumbers, seed } from './random-numbers.js';

type Size = [number, number];
const { resizes, steps } = JSON.parse(
  readFileSync(new URL('../fixtures/resize-goldens.json', import.meta.url), 'utf8'),
) as {
  resizes: { filter: ResampleFilter; from: Size; to: Size; sha256: string }[];
  steps: { before: PreprocessSpecInput['before']; size: Size; sha256: string }[];
};

/** Filters of rows that became RGB first; those of planes are in yuv.test.ts. */
const ofRows: ResampleFilter[] = resampleFilters.filter((filter) => filter !== 'bilinear' && !isAntialias(filter));
const random = randomNumbers(seed + 3);

function preprocess(kernels: Kernels, layout: FrameLayout, data: Uint8Array, input: PreprocessSpecInput): Uint8Array {
  const spec = parse(preprocessSpecSchema, input, 'spec');
  using plan = createPlan(kernels, layout, spec);
  const output = new tensorArrays[spec.dataType](spec.width * spec.height * 3);
  plan.run({ ...layout, data }, { name: 'input', dataType: spec.dataType, shape: plan.shape, data: output });
  return new Uint8Array(output.buffer);
}

function noise(format: PixelFormat, codedWidth: number, codedHeight: number): FrameLayout & { data: Uint8Array } {
  const frame = { format, codedWidth, codedHeight, colorSpace: { matrix: 'bt709' } } as const;
  const { strideBytes, byteLength } = measureLayout(frame);
  return { ...frame, strideBytes, data: Uint8Array.from({ length: byteLength }, () => random() >>> 24) };
}

/** The same picture as RGB, by the conversion that yuv.test.ts holds to real numbers. */
function asRgb(frame: FrameLayout & { data: Uint8Array }): FrameLayout & { data: Uint8Array } {
  const { codedWidth, codedHeight } = frame;
  const data = new Uint8Array(codedWidth * codedHeight * 3);
  new RgbPicture().write(frame, data);
  return { format: 'RGB', codedWidth, codedHeight, strideBytes: codedWidth * 3, data };
}

/** A frame whose red, green and blue are the bytes of `plane`: luma in its full range, and no colour. */
function colourless(plane: Uint8Array, [codedWidth, codedHeight]: Size): FrameLayout & { data: Uint8Array } {
  const frame = { format: 'I420', codedWidth, codedHeight, colorSpace: { fullRange: true } } as const;
  const { strideBytes, byteLength } = measureLayout(frame);
  const data = new Uint8Array(byteLength).fill(128);
  data.set(plane);
  return { ...frame, strideBytes, data };
}

describeEachTier(
  (tier) => `YUV that becomes RGB first on ${tier}`,
  (tier) => {
    let kernels: Kernels;
    beforeAll(async () => {
      kernels = await loadKernels({ tier });
    });

    it.each(yuvFormats)('%s is the converted picture filtered', (format) => {
      const same = (frame: FrameLayout & { data: Uint8Array }, input: PreprocessSpecInput) => {
        const rgb = asRgb(frame);
        const [actual, expected] = [frame, rgb].map((each) => preprocess(kernels, each, each.data, input));
        expect(Buffer.compare(actual, expected), `${JSON.stringify(input)} of ${frame.codedWidth}`).toBe(0);
      };
      for (const [width, height] of [
        [61, 35],
        [40, 26],
        [1, 3],
      ]) {
        const frame = noise(format, width, height);
        for (const filter of ofRows) same(frame, { width: 23, height: 18, filter });
        const blur = { kind: 'gaussian', size: 5 } as const;
        for (const filter of resampleFilters)
          same(frame, { width: 23, height: 18, filter, before: { median: 3, blur } });
        same(frame, { width: 90, height: 64, before: { tones: { stretch: [2, 2] } }, rotation: 90, mirror: true });
        if (width === 1) continue;
        // Regions that begin and end between two samples of chroma, which is blended across their edges.
        const region = { x: 5, y: 3, width: 21, height: 16 };
        for (const filter of ofRows) same(frame, { width: 9, height: 40, filter, region });
        same(frame, { width: 20, height: 20, region, before: { tones: { gamma: 2 } } });
      }
    });

    it.each(resizes.filter(({ filter }) => ofRows.includes(filter)))(
      "$filter $from → $to equals the filter's reference",
      ({ filter, from, to: [width, height], sha256 }) => {
        const spec = { width, height, resize: 'stretch', filter, dataType: 'uint8', layout: 'nhwc' } as const;
        expect(hashOfChannels(kernels, from, spec)).toBe(sha256);
      },
    );

    it.each(steps.filter(({ before }) => !before?.tones))(
      '$before of $size equals OpenCV',
      ({ before, size, sha256 }) => {
        const [width, height] = size;
        const spec = { width, height, resize: 'stretch', before, dataType: 'uint8', layout: 'nhwc' } as const;
        expect(hashOfChannels(kernels, size, spec)).toBe(sha256);
      },
    );
  },
);

/** Filters see each channel by itself: those of the golden picture, each as a picture without colour, put together again. */
function hashOfChannels(kernels: Kernels, size: Size, spec: PreprocessSpecInput): string {
  const picture = goldenPicture(size);
  const channels = [0, 1, 2].map((c) => {
    const frame = colourless(
      picture.filter((_, i) => i % 3 === c),
      size,
    );
    return preprocess(kernels, frame, frame.data, spec);
  });
  return createHash('sha256')
    .update(channels[0].map((_, i) => channels[i % 3][i]))
    .digest('hex');
}
