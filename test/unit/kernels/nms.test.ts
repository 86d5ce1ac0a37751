import { beforeAll, expect, it } from 'vitest';
import type { Kernels } from '../../../src/kernels/kernels.js';
import { loadKernels } from '../../../src/kernels/load-kernels.node.js';
import { Nms } from '../../../src/kernels/nms.js';
import { describeEachTier } from '../../kernel-tiers.js';

const all = { iouThreshold: 0.5, scoreThreshold: Number.NEGATIVE_INFINITY, topK: 100 };

describeEachTier(
  (tier) => `Nms on ${tier}`,
  (tier) => {
    let kernels: Kernels;
    beforeAll(async () => {
      kernels = await loadKernels({ tier });
    });

    function keep(
      candidates: [x1: number, y1: number, x2: number, y2: number, score: number, classId: number][],
      limits = all,
    ) {
      using nms = new Nms(kernels, Math.max(1, candidates.length));
      candidates.forEach(([x1, y1, x2, y2, score, classId], i) => {
        nms.boxes.set([x1, y1, x2, y2], i * 4);
        nms.scores[i] = score;
        nms.classes[i] = classId;
      });
      return Array.from(nms.kept.subarray(0, nms.run(candidates.length, limits)));
    }

    it('keeps the better of two that overlap, and both of two classes', () => {
      expect(
        keep([
          [0, 0, 10, 10, 0.5, 0],
          [1, 1, 11, 11, 0.9, 0],
        ]),
      ).toEqual([1]);
      expect(
        keep([
          [0, 0, 10, 10, 0.5, 0],
          [1, 1, 11, 11, 0.9, 1],
        ]),
      ).toEqual([1, 0]);
    });

    it('suppresses above the threshold, not at it', () => {
      // IoU 50 / 100: a half of the other.
      const pair: Parameters<typeof keep>[0] = [
        [0, 0, 10, 10, 0.9, 0],
        [0, 0, 10, 5, 0.8, 0],
      ];
      expect(keep(pair, { ...all, iouThreshold: 0.5 })).toEqual([0, 1]);
      expect(keep(pair, { ...all, iouThreshold: 0.499 })).toEqual([0]);
    });

    it('gives ties to the lower index, ends with topK, and leaves out what is not above the score', () => {
      const apart = Array.from({ length: 9 }, (_, i): [number, number, number, number, number, number] => [
        i * 20,
        0,
        i * 20 + 10,
        10,
        0.5,
        0,
      ]);
      expect(keep(apart)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
      expect(keep(apart, { ...all, topK: 4 })).toEqual([0, 1, 2, 3]);
      expect(keep(apart, { ...all, scoreThreshold: 0.5 })).toEqual([]);
    });

    it('does not let a kept box of another class suppress, however many are kept', () => {
      const many = Array.from({ length: 11 }, (_, i): [number, number, number, number, number, number] => [
        0,
        0,
        10,
        10,
        1 - i / 100,
        i,
      ]);
      expect(keep([...many, [0, 0, 10, 10, 0.1, 5]])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    });

    it('takes nothing, and refuses more than its capacity and use after close', () => {
      expect(keep([])).toEqual([]);
      expect(() => new Nms(kernels, 0)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
      const nms = new Nms(kernels, 3);
      expect(() => nms.run(4, all)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
      nms.close();
      expect(() => nms.run(1, all)).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }));
      expect(() => nms.boxes).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }));
    });
  },
);
