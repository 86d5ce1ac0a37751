import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BeforeSpec } from '../../src/core/before-spec.js';
import { parse } from '../../src/core/parse.js';
import { type FrameLayout, measureLayout } from '../../src/core/pixel-format.js';
import { type PreprocessSpecInput, preprocessSpecSchema } from '../../src/core/preprocess-spec.js';
import { tensorArrays } from '../../src/core/tensor.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import { loadKernels } from '../../src/kernels/load-kernels.node.js';
import { openPictureKernel } from '../../src/kernels/picture-kernel.js';
import { createPlan, type Plan } from '../../src/preprocess/plan.js';
import { describeEachTier } from '../kernel-tiers.js';
import { sequenceCases, sequenceOracle } from './background-cases.js';
import { goldenNoise } from './golden-picture.js';
import { outputLength } from './picture-case.js';
import { seed } from './random-numbers.js';
import { stepReferences } from './references.js';

const goldens = JSON.parse(readFileSync(new URL('../fixtures/background-goldens.json', import.meta.url), 'utf8')) as {
  versions: { opencv: string };
  size: [number, number];
  frames: string[];
  given: { threshold: number; difference: string; foreground: string }[];
  learned: { rate: number; frame: number; base64: string }[];
};
const [codedWidth, codedHeight] = goldens.size;
const layout: FrameLayout = { format: 'RGB', codedWidth, codedHeight, strideBytes: codedWidth * 3 };
const sequences = sequenceCases();
const learnt = stepReferences['before: background, learnt'];
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const codeOf = (code: string) => expect.objectContaining({ code });

/** The frames of make-background-goldens.py, as RGB. */
function goldenFrame(index: number): Uint8Array {
  const data = new Uint8Array(codedWidth * codedHeight * 3);
  for (let at = 0; at < data.length; at++) {
    const [c, x, y] = [at % 3, Math.floor(at / 3) % codedWidth, Math.floor(at / 3 / codedWidth)];
    const inside = x >= 2 * index && x < 2 * index + 9 && y >= index && y < index + 9;
    const still = x * 3 + y * 5 + c * 40 + (goldenNoise(x + 100 * index, y, c) >> 5);
    data[at] = inside ? goldenNoise(x, y + index, c) : still;
  }
  return data;
}

const frames = goldens.frames.map((_, index) => goldenFrame(index));

function specOf(background: BeforeSpec['background'], more: Partial<PreprocessSpecInput> = {}) {
  const size = {
    width: codedWidth,
    height: codedHeight,
    resize: 'stretch',
    dataType: 'uint8',
    layout: 'nhwc',
  } as const;
  return parse(preprocessSpecSchema, { ...size, before: { background }, ...more }, 'spec');
}

function runPlan(plan: Plan, data: Uint8Array): Uint8Array {
  const output = new tensorArrays.uint8(plan.shape.reduce((product, side) => product * side, 1));
  plan.run({ ...plan.source, data }, { name: 'x', dataType: 'uint8', shape: plan.shape, data: output });
  return output;
}

it('frames are those of the goldens', () => {
  expect(frames.map(sha256)).toEqual(goldens.frames);
});

describeEachTier(
  (tier) => `a background on ${tier}`,
  (tier) => {
    let kernels: Kernels;
    beforeAll(async () => {
      kernels = await loadKernels({ tier });
    });

    it.each(['difference', 'foreground'] as const)(
      `given as a picture: %s equals OpenCV ${goldens.versions.opencv}`,
      (output) => {
        goldens.given.forEach((golden, i) => {
          using plan = createPlan(kernels, layout, specOf({ learningRate: 0, output, threshold: golden.threshold }));
          plan.resetBackground({ ...layout, data: frames[0] });
          expect(sha256(runPlan(plan, frames[1 + (i % 3)]))).toBe(golden[output]);
          // Nothing was learnt.
          expect(sha256(runPlan(plan, frames[1 + (i % 3)]))).toBe(golden[output]);
        });
      },
    );

    it.each([...new Set(goldens.learned.map(({ rate }) => rate))])(
      `that learns, at a rate of %i, is within ${learnt.tolerance} of OpenCV ${goldens.versions.opencv}'s accumulateWeighted`,
      (learningRate) => {
        using plan = createPlan(kernels, layout, specOf({ learningRate, output: 'difference', threshold: 1 }));
        const made = frames.map((frame) => runPlan(plan, frame));
        expect(made[0].every((value) => value === 0)).toBe(true);
        for (const { frame, base64 } of goldens.learned.filter(({ rate }) => rate === learningRate)) {
          const expected = Buffer.from(base64, 'base64');
          const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - made[frame][i])), 0);
          // After the first frame, and where each frame is the next one's background, nothing has been rounded.
          expect(worst).toBeLessThanOrEqual(frame === 1 || learningRate === 256 ? 0 : learnt.tolerance);
        }
      },
    );

    it(`in ${sequences.length} sequences has the oracle's bits (seed ${seed})`, () => {
      for (const each of sequences) {
        const { id, plan } = each;
        const kernel = openPictureKernel(kernels, plan);
        const tensors = each.frames.map((frame) => {
          const output = new tensorArrays[plan.dataType](outputLength(plan)).fill(7);
          kernel.run(frame, output);
          return new Uint8Array(output.buffer);
        });
        expect(Buffer.compare(Buffer.concat(tensors), sequenceOracle(each)), id).toBe(0);
        kernel.close();
      }
    });

    it('forgets: the next frame, or the one it is given, is the background', () => {
      using plan = createPlan(kernels, layout, specOf({ learningRate: 0, output: 'foreground', threshold: 1 }));
      const [a, b, c] = frames;
      const first = runPlan(plan, a);
      expect(first.every((value) => value === 0)).toBe(true);
      const seen = runPlan(plan, b);
      expect(seen.some((value) => value > 0)).toBe(true);
      plan.resetBackground();
      expect(runPlan(plan, c)).toEqual(first);
      plan.resetBackground({ ...layout, data: a });
      expect(runPlan(plan, b)).toEqual(seen);
    });

    it.each([
      ['BGRA', [50, 100, 200, 9], [200, 100, 50]],
      ['RGB', [200, 100, 50], [200, 100, 50]],
      ['GRAY8', [126], [126, 126, 126]],
      // A luma of 124 in BT.601 of limited range: 255 / 219 · (124 − 16).
      ['I420', [124], [126, 126, 126]],
    ] as const)('takes a background of %s for frames of BGRA', (format, px, [red, green, blue]) => {
      const { strideBytes, byteLength } = measureLayout({ format, codedWidth, codedHeight });
      const luma = codedWidth * codedHeight;
      const value = (i: number) => (format === 'I420' && i >= luma ? 128 : px[i % px.length]);
      const data = Uint8Array.from({ length: byteLength }, (_, i) => value(i));
      const background = { format, codedWidth, codedHeight, strideBytes, data };
      const frame: FrameLayout = { format: 'BGRA', codedWidth, codedHeight, strideBytes: codedWidth * 4 };
      const region = { x: 3, y: 2, width: 20, height: 11 };
      using plan = createPlan(
        kernels,
        frame,
        specOf({ learningRate: 0, output: 'difference', threshold: 1 }, { region, width: 20, height: 11 }),
      );
      plan.resetBackground(background);
      const made = runPlan(
        plan,
        Uint8Array.from({ length: codedWidth * codedHeight * 4 }, (_, i) => [10, 20, 30, 40][i % 4]),
      );
      const expected = [red - 30, green - 20, blue - 10];
      expect(Array.from(made)).toEqual(Array.from(made, (_, i) => expected[i % 3]));
    });

    it('goes on after the memory grew', () => {
      using plan = createPlan(kernels, layout, specOf({ learningRate: 3, output: 'difference', threshold: 4 }));
      using tensor = kernels.allocateTensor({ name: 'x', dataType: 'uint8', shape: plan.shape });
      const given = frames.slice(0, 2).map((data) => ({ ...layout, data }));
      plan.resetBackground(given[0]);
      plan.run(given[1], tensor);
      const before = Uint8Array.from(tensor.data as Uint8Array);
      plan.resetBackground(given[0]);
      using grown = kernels.allocate(kernels.memoryBytes);
      expect(runPlan(plan, frames[1])).toEqual(before);
      expect(grown.byteLength).toBeGreaterThan(0);
    });

    it('refuses a picture of another size, one cut short, a plan without a background, a closed one, and a path', () => {
      const spec = specOf({ learningRate: 1, output: 'difference', threshold: 1 });
      const plan = createPlan(kernels, layout, spec);
      const smaller = { ...layout, codedHeight: codedHeight - 1, data: frames[0] };
      expect(() => plan.resetBackground(smaller)).toThrow(codeOf('ERR_SHAPE'));
      expect(() => plan.resetBackground({ ...layout, data: frames[0].subarray(1) })).toThrow(codeOf('ERR_SHAPE'));
      expect(() => plan.resetBackground({ ...layout, strideBytes: 5, data: frames[0] })).toThrow(
        codeOf('ERR_ARGUMENT'),
      );
      plan.close();
      expect(() => plan.resetBackground()).toThrow(codeOf('ERR_CLOSED'));
      using without = createPlan(kernels, layout, { ...spec, before: { median: 3 } });
      expect(() => without.resetBackground()).toThrow(codeOf('ERR_ARGUMENT'));
      const named = specOf({ output: 'difference', threshold: 1, picture: 'empty.png' });
      expect(() => createPlan(kernels, layout, named)).toThrow(/resetBackground\(\)/);
    });
  },
);

describe('the words of a background', () => {
  it.each([
    { learningRate: 257 },
    { learningRate: 0.5 },
    { learningRate: -1 },
    { threshold: 0 },
    { threshold: 256 },
    { output: 'mask' },
    { picture: '' },
    { alpha: 0.1 },
  ])('%o are refused', (background) => {
    expect(() => parse(preprocessSpecSchema, { width: 8, height: 8, before: { background } }, 'spec')).toThrow(
      codeOf('ERR_ARGUMENT'),
    );
  });
});
