import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from '../../src/core/parse.js';
import { bytesPerPixel, type PackedFormat } from '../../src/core/pixel-format.js';
import { type PreprocessSpecInput, preprocessSpecSchema } from '../../src/core/preprocess-spec.js';
import { type ResampleFilter, resampleFilters } from '../../src/core/resample-filter.js';
import { tensorArrays } from '../../src/core/tensor.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import { loadKernels } from '../../src/kernels/load-kernels.node.js';
import { openPictureKernel } from '../../src/kernels/picture-kernel.js';
import { planPicture } from '../../src/kernels/picture-plan.js';
import { float16Bits } from '../../src/kernels/reference/float16.js';
import { planLetterbox } from '../../src/preprocess/letterbox.js';
import { createPlan } from '../../src/preprocess/plan.js';
import { describeEachTier } from '../kernel-tiers.js';
import { goldenPicture } from './golden-picture.js';
import { filterReferences } from './references.js';

interface Digest {
  sha256: string;
  base64?: string;
}
type Size = [number, number];
const goldens = JSON.parse(readFileSync(new URL('../fixtures/resize-goldens.json', import.meta.url), 'utf8')) as {
  versions: Record<string, string>;
  resizes: ({ filter: ResampleFilter; from: Size; to: Size; float32?: string } & Digest)[];
  boxes: ({ filter: ResampleFilter; from: Size; box: [number, number, number, number]; to: Size } & Digest)[];
  steps: ({ before: PreprocessSpecInput['before']; size: Size } & Digest)[];
  near: { filter: ResampleFilter; reference: string; from: Size; to: Size; base64: string }[];
  real: { filter: ResampleFilter; from: Size; to: Size; float32: string }[];
  letterboxes: ({ from: Size; size: number } & Digest)[];
  normals: { scale: number; mean: number; std: number; float32: string; float16: string }[];
  float16: { count: number } & Digest;
};

function preprocess(
  kernels: Kernels,
  size: Size,
  source: Uint8Array,
  input: PreprocessSpecInput,
  format: PackedFormat = 'RGB',
): Uint8Array {
  const spec = parse(preprocessSpecSchema, input, 'spec');
  const [codedWidth, codedHeight] = size;
  const layout = { format, codedWidth, codedHeight, strideBytes: codedWidth * bytesPerPixel[format] };
  using plan = createPlan(kernels, layout, spec);
  const data = new tensorArrays[spec.dataType](spec.width * spec.height * 3);
  plan.run({ ...layout, data: source }, { name: 'input', dataType: spec.dataType, shape: plan.shape, data });
  return new Uint8Array(data.buffer);
}

function withAlpha(rgb: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: (rgb.length / 3) * 4 }, (_, i) =>
    i % 4 === 3 ? i & 255 : rgb[(i >> 2) * 3 + (i % 4)],
  );
}

function packed(rgb: Uint8Array, format: 'RGBX' | 'BGRA' | 'BGRX' | 'BGR'): Uint8Array {
  const [swapped, step] = [format.startsWith('B'), bytesPerPixel[format]];
  return Uint8Array.from({ length: (rgb.length / 3) * step }, (_, i) => {
    const channel = i % step;
    return channel === 3 ? i & 255 : rgb[Math.floor(i / step) * 3 + (swapped ? 2 - channel : channel)];
  });
}

function expectBytes(actual: Uint8Array, expected: Digest): void {
  if (expected.base64) expect(Array.from(actual)).toEqual(Array.from(Buffer.from(expected.base64, 'base64')));
  expect(createHash('sha256').update(actual).digest('hex')).toBe(expected.sha256);
}

const { opencv, pillow, numpy, onnxruntime } = goldens.versions;

const versions = `OpenCV ${opencv}, Pillow ${pillow}, ONNX Runtime ${onnxruntime} and NumPy ${numpy}`;

function greatestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  return Array.from(expected).reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i])), 0);
}

it('every filter has goldens', () => {
  const { resizes, near, real } = goldens;
  expect(new Set([...resizes, ...near, ...real].map(({ filter }) => filter))).toEqual(new Set(resampleFilters));
  expect(new Set(resizes.map(({ filter }) => filter))).toEqual(
    new Set(resampleFilters.filter((filter) => filterReferences[filter].tolerance === 0)),
  );
});

describeEachTier(
  (tier) => `${tier} equals ${versions}`,
  (tier) => {
    let kernels: Kernels;
    beforeAll(async () => {
      kernels = await loadKernels({ tier });
    });

    it.each(goldens.resizes)('$filter $from → $to', ({ filter, from, to: [width, height], float32, ...expected }) => {
      const spec: PreprocessSpecInput = { width, height, resize: 'stretch', filter, dataType: 'uint8', layout: 'nhwc' };
      const source = goldenPicture(from);
      expectBytes(preprocess(kernels, from, source, spec), expected);
      expectBytes(preprocess(kernels, from, withAlpha(source), spec, 'RGBA'), expected);
      for (const format of ['RGBX', 'BGRA', 'BGRX', 'BGR'] as const) {
        expectBytes(preprocess(kernels, from, packed(source, format), spec, format), expected);
      }
      if (float32)
        expectBytes(preprocess(kernels, from, source, { ...spec, dataType: 'float32' }), { sha256: float32 });
    });

    it.each(goldens.resizes.filter((_, i) => i % 5 === 0))('$filter $from → $to, of gray', ({ filter, from, to }) => {
      const [width, height] = to;
      const spec: PreprocessSpecInput = { width, height, resize: 'stretch', filter, dataType: 'uint8', layout: 'nhwc' };
      const source = goldenPicture(from);
      const green = source.filter((_, i) => i % 3 === 1);
      const expected = preprocess(kernels, from, source, spec).filter((_, i) => i % 3 === 1);
      const channel = (bytes: Uint8Array, c: number) => bytes.filter((_, i) => i % 3 === c);
      // Samples that are nearer to this value than to the next one, however they lie between.
      const deep = Uint16Array.from(green, (value, i) => Math.max(0, 1000 + 40 * value + ((i * 7) % 39) - 19));
      const made = [
        preprocess(kernels, from, green, spec, 'GRAY8'),
        preprocess(kernels, from, new Uint8Array(deep.buffer), { ...spec, levels: [1000, 1000 + 255 * 40] }, 'GRAY16'),
      ];
      for (const bytes of made) {
        for (const c of [0, 1, 2]) expect(channel(bytes, c)).toEqual(expected);
      }
    });

    it.each(goldens.boxes)('$filter of $box in $from → $to', ({ filter, from, box, to, ...expected }) => {
      const [[codedWidth, codedHeight], [left, top, right, bottom], [width, height]] = [from, box, to];
      const input = { width, height, resize: 'stretch', filter, dataType: 'uint8', layout: 'nhwc' };
      const layout = { format: 'RGB', codedWidth, codedHeight, strideBytes: codedWidth * 3 } as const;
      const region = { left, top, width: right - left, height: bottom - top };
      const spec = parse(preprocessSpecSchema, input, 'spec');
      const { placement } = planLetterbox(codedWidth, codedHeight, spec);
      const plan = planPicture(layout, spec, placement, region);
      const kernel = openPictureKernel(kernels, plan);
      const data = new Uint8Array(width * height * 3);
      kernel.run(goldenPicture(from), data);
      kernel.close();
      expectBytes(data, expected);
    });

    it.each(goldens.steps)('$before of $size', ({ before, size, ...expected }) => {
      const [width, height] = size;
      const spec: PreprocessSpecInput = { width, height, resize: 'stretch', before, dataType: 'uint8', layout: 'nhwc' };
      const source = goldenPicture(size);
      expectBytes(preprocess(kernels, size, source, spec), expected);
      expectBytes(preprocess(kernels, size, withAlpha(source), spec, 'RGBA'), expected);
    });

    it.each(goldens.near)('$filter $from → $to, near $reference', ({ filter, from, to, base64 }) => {
      const [width, height] = to;
      const spec: PreprocessSpecInput = { width, height, resize: 'stretch', filter, dataType: 'uint8', layout: 'nhwc' };
      const actual = preprocess(kernels, from, goldenPicture(from), spec);
      const difference = greatestDifference(actual, Buffer.from(base64, 'base64'));
      expect(difference).toBeLessThanOrEqual(filterReferences[filter].tolerance);
    });

    it.each(goldens.real)('$filter $from → $to, in real numbers', ({ filter, from, to, float32 }) => {
      const [width, height] = to;
      const spec: PreprocessSpecInput = { width, height, resize: 'stretch', filter, layout: 'nhwc' };
      const floats = (bytes: Uint8Array) => new Float32Array(Uint8Array.from(bytes).buffer);
      const actual = floats(preprocess(kernels, from, goldenPicture(from), spec));
      const expected = floats(Buffer.from(float32, 'base64'));
      expect(greatestDifference(actual, expected)).toBeLessThanOrEqual(filterReferences[filter].tolerance);
      // As bytes, the nearest: half a step more.
      const rounded = preprocess(kernels, from, goldenPicture(from), { ...spec, dataType: 'uint8' });
      const clipped = expected.map((value) => Math.max(0, Math.min(value, 255)));
      expect(greatestDifference(rounded, clipped)).toBeLessThanOrEqual(0.5 + filterReferences[filter].tolerance);
    });

    it.each(goldens.letterboxes)("YOLOX's letterbox of $from in $size", ({ from, size, ...expected }) => {
      const spec: PreprocessSpecInput = {
        width: size,
        height: size,
        align: 'top-left',
        rounding: 'floor',
        colorOrder: 'bgr',
      };
      const source = goldenPicture(from);
      expectBytes(preprocess(kernels, from, source, spec), expected);
      expectBytes(preprocess(kernels, from, withAlpha(source), spec, 'RGBA'), expected);
    });

    it.each(goldens.normals)('(x·$scale − $mean) / $std as float32 and float16', ({ float32, float16, ...normal }) => {
      // All 256 values once; the size stays, so nothing is resized.
      const gray = Uint8Array.from({ length: 256 * 3 }, (_, i) => Math.floor(i / 3));
      const plane = (dataType: 'float32' | 'float16') => {
        const all = preprocess(kernels, [256, 1], gray, {
          width: 256,
          height: 1,
          resize: 'stretch',
          dataType,
          ...normal,
        });
        return all.subarray(0, all.length / 3);
      };
      expectBytes(plane('float32'), { sha256: float32 });
      expectBytes(plane('float16'), { sha256: float16 });
    });
  },
);

describe('float16Bits', () => {
  it(`equals NumPy ${numpy} on ${2 * goldens.float16.count} bit patterns, ties among them`, () => {
    const bits = new Uint32Array(1);
    const float = new Float32Array(bits.buffer);
    const halves = new Uint16Array(2 * goldens.float16.count);
    for (let n = 0; n < goldens.float16.count; n++) {
      bits[0] = Math.imul(n, 2654435761);
      halves[n] = float16Bits(float[0]);
      bits[0] = (n * 4096 + 0x33000000) >>> 0;
      halves[goldens.float16.count + n] = float16Bits(float[0]);
    }
    for (let i = 0; i < halves.length; i++) if ((halves[i] & 0x7fff) > 0x7c00) halves[i] = 0x7e00;
    expectBytes(new Uint8Array(halves.buffer), goldens.float16);
  });
});
