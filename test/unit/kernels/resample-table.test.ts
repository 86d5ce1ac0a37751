import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { antialiasTable, bilinearTable, type ResampleTable } from '../../../src/kernels/resample-table.js';

const side = fc.integer({ min: 1, max: 3000 });

/** Columns whose window leaves the row, or whose weights are not what the 16-bit halves of the kernels hold. */
function wrongColumns({ taps, first, weights }: ResampleTable, from: number, one: number, slack: number): number[] {
  return Array.from(first.keys()).filter((i) => {
    const own = weights.subarray(i * taps, (i + 1) * taps);
    const sum = own.reduce((total, weight) => total + weight, 0);
    const outside = own.some((weight, tap) => weight < 0 || weight > one || (weight > 0 && first[i] + tap >= from));
    return first[i] < 0 || first[i] + taps > Math.max(from, taps) || outside || Math.abs(sum - one) > slack;
  });
}

describe('bilinearTable', () => {
  it('gives the source itself where nothing is resized', () => {
    const { first, weights } = bilinearTable(4, 4, 'columns');
    expect(Array.from(first)).toEqual([0, 1, 2, 2]);
    expect(Array.from(weights)).toEqual([2048, 0, 2048, 0, 2048, 0, 0, 2048]);
  });

  it('samples half way for a half', () => {
    const { first, weights } = bilinearTable(4, 2, 'columns');
    expect(Array.from(first)).toEqual([0, 2]);
    expect(Array.from(weights)).toEqual([1024, 1024, 1024, 1024]);
  });

  it('keeps rows beyond an edge, which the kernels clamp', () => {
    const { first, weights } = bilinearTable(2, 4, 'rows');
    expect(Array.from(first)).toEqual([-1, 0, 0, 1]);
    expect(Array.from(weights)).toEqual([512, 1536, 1536, 512, 512, 1536, 1536, 512]);
  });

  it('has columns inside the row, with weights of 2048 in all', () => {
    fc.assert(
      fc.property(side, side, (from, to) => {
        expect(wrongColumns(bilinearTable(from, to, 'columns'), from, 2048, 1)).toEqual([]);
      }),
    );
  });
});

describe('antialiasTable', () => {
  it('is a triangle over both neighbours for a half', () => {
    const { taps, first, weights } = antialiasTable(8, 4);
    expect(taps).toBe(4);
    expect(Array.from(first)).toEqual([0, 1, 3, 4]);
    const [a, b] = [524288, 1572864];
    expect(Array.from(weights.subarray(4, 8))).toEqual([a, b, b, a]);
  });

  it('has windows inside the row, with weights of 2^22 in all', () => {
    fc.assert(
      fc.property(side, side, (from, to) => {
        const table = antialiasTable(from, to);
        expect(table.taps % 2).toBe(0);
        expect(wrongColumns(table, from, 2 ** 22, table.taps)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});
