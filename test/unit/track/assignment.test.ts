import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Assignment } from '../../../src/track/assignment.js';

/** The greatest sum of all ways to pair, by trying them. */
function bestSum(values: Float64Array, rows: number, columns: number, row = 0, used = 0): number {
  if (row === rows) return 0;
  let best = bestSum(values, rows, columns, row + 1, used);
  for (let column = 0; column < columns; column++) {
    if (used & (1 << column)) continue;
    const rest = bestSum(values, rows, columns, row + 1, used | (1 << column));
    best = Math.max(best, values[row * columns + column] + rest);
  }
  return best;
}

const matrices = fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 })).chain(([rows, columns]) =>
  fc.record({
    rows: fc.constant(rows),
    columns: fc.constant(columns),
    // Few distinct values, so that ties and zeros are common.
    values: fc.oneof(
      fc.array(fc.constantFrom(0, 0, 0.25, 0.5, 1), { minLength: rows * columns, maxLength: rows * columns }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: rows * columns, maxLength: rows * columns }),
    ),
  }),
);

describe('assignment', () => {
  it('pairs as well as the best of all ways, for any shape', () => {
    // One object for all runs: its working memory must not remember anything.
    const assignment = new Assignment();
    fc.assert(
      fc.property(matrices, ({ rows, columns, values }) => {
        const matrix = Float64Array.from(values);
        const pairs = new Int32Array(rows + 2).fill(99);
        assignment.solve(matrix, rows, columns, pairs);
        let sum = 0;
        const used = new Set<number>();
        for (let row = 0; row < rows; row++) {
          const column = pairs[row];
          if (column === -1) continue;
          expect(column).toBeGreaterThanOrEqual(0);
          expect(column).toBeLessThan(columns);
          expect(used.has(column)).toBe(false);
          used.add(column);
          expect(matrix[row * columns + column]).toBeGreaterThan(0);
          sum += matrix[row * columns + column];
        }
        expect(sum).toBeCloseTo(bestSum(matrix, rows, columns), 9);
        expect([...pairs.subarray(rows)]).toEqual([99, 99]);
      }),
      { numRuns: 500 },
    );
  });

  it('settles ties the same way every time', () => {
    const equal = new Float64Array(9).fill(0.5);
    const first = new Int32Array(3);
    new Assignment().solve(equal, 3, 3, first);
    const reused = new Assignment();
    reused.solve(Float64Array.of(1, 0, 0, 1), 2, 2, new Int32Array(2));
    const second = new Int32Array(3);
    reused.solve(equal, 3, 3, second);
    expect([...first]).toEqual([0, 1, 2]);
    expect(second).toEqual(first);
  });
});
