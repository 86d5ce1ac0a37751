import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ResampleFilter, resampleFilters } from '../../../src/core/resample-filter.js';
import { planResample, type ResampleAxis, type ResamplePlan } from '../../../src/kernels/resample-plan.js';
import { nearestTable } from '../../../src/kernels/resample-table.js';

const whole = (from: number, to: number): ResampleAxis => ({ from, to, extent: from, start: 0 });
const side = fc.integer({ min: 1, max: 400 });

/** What the weights of an output are in all. */
function oneOf({ method, rounding }: ResamplePlan, axis: 'columns' | 'rows', filter: ResampleFilter): number {
  if (method === 'antialias') return 2 ** 22;
  if (method === 'bilinear') return 2048;
  if (filter === 'bicubic') return axis === 'columns' ? 2048 : 2048 * 2 ** -22;
  // Whole factors are summed, and both axes divided at the end.
  if (filter === 'area' && rounding!.scale !== 1) return Number.NaN;
  return 1;
}

describe.each(resampleFilters)('planResample %s', (filter) => {
  const check = (x: ResampleAxis, y: ResampleAxis) => {
    const plan = planResample(filter, x, y, false);
    for (const [axis, table, { from, to }] of [
      ['columns', plan.columns, x],
      ['rows', plan.rows, y],
    ] as const) {
      const { taps, first, weights } = table;
      expect(first).toHaveLength(to);
      expect(weights).toHaveLength(plan.method === 'nearest' ? 0 : taps * to);
      const one = oneOf(plan, axis, filter);
      for (let i = 0; i < to; i++) {
        // Rows of pairs may name one beside the picture, which the kernels clamp.
        const slack = axis === 'rows' && (plan.method === 'bilinear' || plan.method === 'blend') ? 1 : 0;
        const low = first[i] >= -slack;
        const high = first[i] + taps <= Math.max(from, taps) + slack;
        expect([i, low, high]).toEqual([i, true, true]);
        if (plan.method === 'nearest') continue;
        let sum = 0;
        for (let tap = 0; tap < taps; tap++) sum += weights[i * taps + tap];
        if (!Number.isNaN(one)) expect(Math.abs(sum / one - 1)).toBeLessThan(2e-3);
        for (let tap = 0; tap < taps; tap++) {
          if (slack === 0 && first[i] + tap >= from) expect(weights[i * taps + tap]).toBe(0);
        }
      }
    }
  };

  it('has windows inside the picture, with weights of one in all', () => {
    fc.assert(
      fc.property(side, side, side, side, (width, height, toWidth, toHeight) => {
        check(whole(width, toWidth), whole(height, toHeight));
      }),
      { numRuns: 40 },
    );
  });

  it('so has a part of it whose sides are not whole, and one that leaves it', () => {
    const part = fc.record({
      from: side,
      to: side,
      extent: fc.double({ min: 0.01, max: 500, noNaN: true }),
      start: fc.double({ min: -50, max: 450, noNaN: true }),
    });
    fc.assert(
      fc.property(part, part, (x, y) => {
        // Beside the picture, OpenCV's pairs of rows are further away than by one; the kernels clamp them.
        const inside = ({ from, extent, start, ...axis }: ResampleAxis) => {
          const begin = Math.max(0, Math.min(start, from - 1));
          return { ...axis, from, start: begin, extent: Math.min(extent, from - begin) };
        };
        check(inside(x), inside(y));
        if (planResample(filter, x, y, false).method === 'antialias') check(x, y);
      }),
      { numRuns: 40 },
    );
  });
});

describe('planResample', () => {
  it('moves a window by whole samples where an interval begins at a whole one', () => {
    for (const filter of resampleFilters) {
      const y = whole(20, 10);
      const all = planResample(filter, { from: 60, to: 20, extent: 60, start: 0 }, y, false).columns;
      const part = planResample(filter, { from: 60, to: 10, extent: 30, start: 15 }, y, false).columns;
      for (const i of [3, 4, 5, 6]) {
        const at = (table: typeof all, output: number) => {
          const { taps, first, weights } = table;
          const used = Array.from(weights.subarray(output * taps, (output + 1) * taps));
          return used.flatMap((weight, tap) => (weight === 0 ? [] : [[first[output] + tap, weight]]));
        };
        expect([filter, at(part, i)]).toEqual([filter, at(all, i + 5)]);
      }
    }
  });

  it('sums whole factors of area, means others, and blends pairs where an axis grows', () => {
    const plan = (width: number, height: number) => planResample('area', whole(width, 10), whole(height, 10), true);
    expect(plan(20, 20)).toMatchObject({ method: 'float', rounding: { scale: 1 / 4, bias: 1 / 8 } });
    expect(plan(30, 20)).toMatchObject({ method: 'float', rounding: { scale: Math.fround(1 / 6), bias: 0 } });
    expect(plan(25, 20)).toMatchObject({ method: 'float', rounding: { scale: 1, bias: 0 } });
    expect(plan(20, 9)).toMatchObject({ method: 'bilinear' });
  });

  it('rounds real results for whole tensors only, and cuts those of TensorFlow', () => {
    const plan = (filter: ResampleFilter, bytes: boolean) =>
      planResample(filter, whole(5, 3), whole(5, 3), bytes).rounding;
    expect(plan('bilinear-float', false)).toBeUndefined();
    expect(plan('bilinear-float', true)).toEqual({ scale: 1, bias: 0, cut: false });
    expect(plan('bilinear-tf-legacy', true)).toEqual({ scale: 1, bias: 0, cut: true });
    expect(plan('bicubic', false)).toEqual({ scale: 1, bias: 0, cut: false });
  });
});

describe('nearestTable', () => {
  it('takes the sample to the left', () => {
    expect(Array.from(nearestTable(4, 6).first)).toEqual([0, 0, 1, 2, 2, 3]);
    expect(Array.from(nearestTable(10, 3, 4.5, 5.5).first)).toEqual([5, 7, 8]);
  });
});
