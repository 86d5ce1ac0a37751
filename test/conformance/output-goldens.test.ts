import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { parse } from '../../src/core/parse.js';
import { type PreprocessSpecInput, preprocessSpecSchema } from '../../src/core/preprocess-spec.js';
import { elementCount, tensorArrays } from '../../src/core/tensor.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import { loadKernels } from '../../src/kernels/load-kernels.node.js';
import { createPlan } from '../../src/preprocess/plan.js';
import { describeEachTier } from '../kernel-tiers.js';
import { goldenNoise } from './golden-picture.js';
import { stepReferences } from './references.js';

type Size = [number, number];
const goldens = JSON.parse(readFileSync(new URL('../fixtures/output-goldens.json', import.meta.url), 'utf8')) as {
  versions: Record<string, string>;
  grays: { size: Size; sha256: string }[];
  everyColor: string;
  quantizations: {
    scale: number;
    mean: number;
    std: number;
    dataType: 'int8' | 'uint8';
    quantization: { scale: number; zeroPoint: number };
    base64: string;
  }[];
};

/** The pictures of make-output-goldens.py. */
function picture([width, height]: Size): Uint8Array {
  return Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [c, x, y] = [i % 3, Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return goldenNoise(x, y, c);
  });
}

/** A picture in its own size as the tensor that the spec says. */
function preprocess(kernels: Kernels, [width, height]: Size, source: Uint8Array, input: Partial<PreprocessSpecInput>) {
  const spec = parse(preprocessSpecSchema, { width, height, resize: 'stretch', ...input }, 'spec');
  const layout = { format: 'RGB', codedWidth: width, codedHeight: height, strideBytes: width * 3 } as const;
  using plan = createPlan(kernels, layout, spec);
  const data = new tensorArrays[spec.dataType](elementCount(plan.shape));
  plan.run({ ...layout, data: source }, { name: 'input', dataType: spec.dataType, shape: plan.shape, data });
  return data;
}

const sha256 = ({ buffer }: { buffer: ArrayBufferLike }) =>
  createHash('sha256').update(new Uint8Array(buffer)).digest('hex');

function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
}

const { opencv, onnxruntime } = goldens.versions;
const quantised = stepReferences['int8, uint8 quantised'];
const ramp = Uint8Array.from({ length: 256 * 3 }, (_, i) => Math.floor(i / 3));

describeEachTier(
  (tier) => `tensors of ${tier} against OpenCV ${opencv} and ONNX Runtime ${onnxruntime}`,
  (tier) => {
    let kernels: Kernels;
    beforeAll(async () => {
      kernels = await loadKernels({ tier });
    });

    it.each(goldens.grays)('gray of $size px is RGB2GRAY', ({ size, sha256: expected }) => {
      expect(sha256(preprocess(kernels, size, picture(size), { colorOrder: 'gray', dataType: 'uint8' }))).toBe(
        expected,
      );
    });

    it.each(goldens.quantizations)(
      '(x·$scale − $mean) / $std as $dataType of $quantization is QuantizeLinear, but for halves that rounding hides',
      ({ base64, ...input }) => {
        const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
        const expected = new tensorArrays[input.dataType](bytes.buffer);
        const { scale, mean, std, dataType, quantization } = input;
        const least = dataType === 'int8' ? -128 : 0;
        const rgb = preprocess(kernels, [256, 1], ramp, input);
        const gray = preprocess(kernels, [256, 1], ramp, { ...input, colorOrder: 'gray' });
        expect(rgb.subarray(0, 256)).toEqual(gray);
        let near = 0;
        for (let x = 0; x < 256; x++) {
          const exact = (x * scale - mean) / std / quantization.scale;
          const whole = Math.max(least, Math.min(least + 255, roundHalfEven(exact) + quantization.zeroPoint));
          // Four roundings to float32 here, as many there; each is of one of the two terms, or of their sum.
          const unsure = 2 ** -22 * (Math.abs(x * scale) + Math.abs(mean)) * Math.abs(1 / std / quantization.scale);
          // Beyond the ends of the type there is nothing to round.
          const toHalf = Math.abs(exact) > 1000 ? Number.POSITIVE_INFINITY : Math.abs(exact - Math.floor(exact) - 0.5);
          if (toHalf > unsure) expect(gray[x], `${x}: float64`).toBe(whole);
          if (toHalf > 2 * unsure) expect(gray[x], `${x}: QuantizeLinear`).toBe(expected[x]);
          else near++;
          expect(Math.abs(gray[x] - expected[x])).toBeLessThanOrEqual(quantised.tolerance);
        }
        // Where every number is a power of two apart from whole ones, halves are exact and go to the even number, as there.
        if (Number.isInteger(Math.log2(quantization.scale * std))) expect(gray).toEqual(expected);
        // Pictures of −1 … 1 in steps of 1/127.5 without a zero point: every number is a half, and no rounding is the right one.
        else expect(near).toBeLessThanOrEqual(mean === 127.5 && quantization.zeroPoint === 0 ? 256 : 3);
      },
    );

    it.runIf(tier.endsWith('-simd'))('gray of every colour is RGB2GRAY', () => {
      const colors = new Uint8Array(3 * 2 ** 24);
      for (let n = 0, at = 0; n < 2 ** 24; n++, at += 3) {
        colors[at] = n & 255;
        colors[at + 1] = (n >> 8) & 255;
        colors[at + 2] = n >> 16;
      }
      const gray = preprocess(kernels, [4096, 4096], colors, { colorOrder: 'gray', dataType: 'uint8' });
      expect(sha256(gray)).toBe(goldens.everyColor);
    });
  },
);
