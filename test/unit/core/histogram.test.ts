import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram } from '../../../src/core/histogram.js';

function nearestRank(values: number[], quantile: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(quantile * sorted.length)) - 1];
}

describe('Histogram', () => {
  it('is empty at first', () => {
    expect(new Histogram().percentiles()).toEqual({ p50: 0, p95: 0, p99: 0, p999: 0, max: 0, n: 0 });
  });

  it('gives every quantile within 0.8 % or 1 µs of the nearest rank, and the maximum exactly', () => {
    const duration = fc.double({ min: 0, max: 600_000, noNaN: true });
    fc.assert(
      fc.property(fc.array(duration, { minLength: 1, maxLength: 300 }), (values) => {
        const histogram = new Histogram();
        for (const value of values) histogram.record(value);
        for (const quantile of [0.01, 0.5, 0.95, 0.99, 0.999, 1]) {
          const exact = nearestRank(values, quantile);
          expect(Math.abs(histogram.quantile(quantile) - exact)).toBeLessThanOrEqual(Math.max(0.001, exact * 0.008));
        }
        expect(histogram.percentiles()).toMatchObject({ max: Math.max(...values), n: values.length });
      }),
    );
  });

  it('merges without loss, also from plain data', () => {
    const all = new Histogram();
    const parts = [new Histogram(), new Histogram()];
    for (let i = 0; i < 1000; i++) {
      const value = (i * 7919) % 997;
      all.record(value);
      parts[i % 2].record(value);
    }
    const merged = new Histogram();
    merged.merge(parts[0]);
    merged.merge(JSON.parse(JSON.stringify(parts[1])));
    expect(merged.toJSON()).toEqual(all.toJSON());
  });

  it('puts absurd values somewhere instead of failing', () => {
    const histogram = new Histogram();
    for (const value of [-1, Number.NaN, 1e12]) histogram.record(value);
    expect(histogram.n).toBe(3);
    expect(histogram.quantile(0.5)).toBeLessThan(0.001);
    expect(histogram.percentiles().max).toBe(1e12);
  });
});
