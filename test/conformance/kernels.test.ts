import { beforeAll, expect, it } from 'vitest';
import { bytesPerElement, tensorArrays } from '../../src/core/tensor.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import { loadKernels } from '../../src/kernels/load-kernels.node.js';
import { Nms } from '../../src/kernels/nms.js';
import { openPictureKernel } from '../../src/kernels/picture-kernel.js';
import type { PictureOutput } from '../../src/kernels/picture-plan.js';
import { describeEachTier } from '../kernel-tiers.js';
import { nmsCases } from './nms-cases.js';
import { oracle, outputLength } from './picture-case.js';
import { pictureCases } from './picture-cases.js';
import { seed } from './random-numbers.js';
import { warpCases } from './warp-cases.js';

const guard = 64;
const only = process.env.REFLEXARC_CASE;
const pictures = [...pictureCases(), ...warpCases()].filter(({ id }) => !only || id.includes(only));
const suppressions = nmsCases().filter(({ id }) => !only || id.includes(only));

describeEachTier(
  (tier) => `${tier} gives the oracle's bits (seed ${seed})`,
  (tier) => {
    let kernels: Kernels;
    beforeAll(async () => {
      kernels = await loadKernels({ tier });
    });

    it(`for ${pictures.length} pictures, leaving the bytes around the tensor alone`, () => {
      for (const { id, plan, source } of pictures) {
        const expected = oracle(plan, source);
        const kernel = openPictureKernel(kernels, plan);
        using frame = kernels.allocate(source.byteLength + 2 * guard);
        frame.bytes.fill(0xa5);
        frame.bytes.set(source, guard);
        using tensor = kernels.allocate(expected.byteLength + 2 * guard);
        const { bytes } = tensor;
        for (const poison of [0x5a, 0xff]) {
          bytes.fill(poison);
          const length = expected.byteLength / bytesPerElement[plan.dataType];
          const output: PictureOutput = new tensorArrays[plan.dataType](
            kernels.memory.buffer,
            tensor.pointer + guard,
            length,
          );
          const inPlace = frame.bytes.subarray(guard, guard + source.byteLength);
          kernel.run(poison === 0xff ? inPlace : source, output);
          expect(Buffer.compare(bytes.subarray(guard, guard + expected.byteLength), expected), id).toBe(0);
          for (const side of [bytes.subarray(0, guard), bytes.subarray(guard + expected.byteLength)]) {
            expect(
              side.every((byte) => byte === poison),
              `${id}: guard bytes`,
            ).toBe(true);
          }
        }
        kernel.close();
      }
    });

    it('for frames in shared memory and tensors outside kernel memory, leaving the bytes around them alone', () => {
      for (const { id, plan, source } of pictures.filter((_, i) => i % 10 === 0)) {
        const expected = oracle(plan, source);
        const longer = new Uint8Array(new SharedArrayBuffer(source.byteLength + 9), 5);
        longer.set(source);
        const around = new Uint8Array(expected.byteLength + 2 * guard).fill(0x5a);
        const output = new tensorArrays[plan.dataType](around.buffer, guard, outputLength(plan));
        const kernel = openPictureKernel(kernels, plan);
        kernel.run(longer, output);
        expect(Buffer.compare(around.subarray(guard, guard + expected.byteLength), expected), id).toBe(0);
        for (const side of [around.subarray(0, guard), around.subarray(guard + expected.byteLength)]) {
          expect(
            side.every((byte) => byte === 0x5a),
            `${id}: guard bytes`,
          ).toBe(true);
        }
        kernel.close();
      }
    });

    it('after kernel memory grew, wherever it lies then', () => {
      const { plan, source } = pictures[0];
      const kernel = openPictureKernel(kernels, plan);
      using grown = kernels.allocate(kernels.memoryBytes);
      const output = new tensorArrays[plan.dataType](outputLength(plan));
      kernel.run(source, output);
      expect(Buffer.compare(new Uint8Array(output.buffer), oracle(plan, source))).toBe(0);
      expect(grown.bytes.every((byte) => byte === 0)).toBe(true);
      kernel.close();
    });

    it(`for ${suppressions.length} suppressions`, async () => {
      const reference = await loadKernels({ tier: 'reference' });
      const run = (own: Kernels, each: (typeof suppressions)[number]) => {
        using nms = new Nms(own, Math.max(1, each.scores.length));
        nms.boxes.set(each.boxes);
        nms.scores.set(each.scores);
        nms.classes.set(each.classes);
        return Array.from(nms.kept.subarray(0, nms.run(each.scores.length, each)));
      };
      for (const each of suppressions) expect(run(kernels, each), each.id).toEqual(run(reference, each));
    });
  },
);
