import { describe, expect, it } from 'vitest';
import { median, pairedSpeedup } from '../../../src/cli/bench-statistics.js';

/** Uniform in 0…1, reproducible: Park and Miller's generator. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/** Normal, of mean 0 and deviation 1: Box and Muller. */
function normal(uniform: () => number): number {
  return Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

describe('median', () => {
  it('is the middle, or the mean of the two in the middle, and leaves the numbers as they are', () => {
    const values = [10, 9, 2];
    expect(median(values)).toBe(9);
    expect(values).toEqual([10, 9, 2]);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([7])).toBe(7);
    expect(median([])).toBeNaN();
  });
});

describe('pairedSpeedup', () => {
  it('compares each time with its own partner: what slows both of a pair changes nothing', () => {
    const slowness = [1, 50, 3, 900, 7, 1, 20];
    const own = slowness.map((factor) => 2 * factor);
    const other = slowness.map((factor) => 6 * factor);
    expect(pairedSpeedup(own, other)).toEqual({ speedup: 3, speedupInterval: [3, 3] });
    // The same times, not paired any more, say nothing certain.
    const { speedupInterval } = pairedSpeedup(own, [...other].reverse());
    expect(speedupInterval[1] / speedupInterval[0]).toBeGreaterThan(10);
  });

  it('is above 1 where ours is the faster', () => {
    expect(pairedSpeedup([1], [4])).toEqual({ speedup: 4, speedupInterval: [4, 4] });
    expect(pairedSpeedup([4], [1])).toEqual({ speedup: 0.25, speedupInterval: [0.25, 0.25] });
  });

  it('gives the same interval for the same times', () => {
    const uniform = random(5);
    const own = Array.from({ length: 30 }, () => 1 + uniform());
    const other = Array.from({ length: 30 }, () => 2 + uniform());
    expect(pairedSpeedup(own, other)).toEqual(pairedSpeedup(own, other));
  });

  it('is as wide as the interval that order statistics give', () => {
    // Of 25 values the 8th and the 18th hold the median with 95.7 % (binomial distribution), the 9th and 17th with 89.2 %.
    const uniform = random(11);
    const ratios = Array.from({ length: 25 }, () => 2 + normal(uniform) / 4);
    const sorted = [...ratios].sort((a, b) => a - b);
    const { speedup, speedupInterval } = pairedSpeedup(new Float64Array(25).fill(1), ratios);
    expect(speedup).toBe(sorted[12]);
    expect([sorted[6], sorted[7], sorted[8]]).toContain(speedupInterval[0]);
    expect([sorted[16], sorted[17], sorted[18]]).toContain(speedupInterval[1]);
  });

  it('holds the true ratio about 95 times in 100', () => {
    const uniform = random(3);
    let held = 0;
    for (let run = 0; run < 100; run++) {
      const machine = Array.from({ length: 21 }, () => Math.exp(normal(uniform)));
      const own = machine.map((factor) => factor * Math.exp(normal(uniform) / 20));
      const other = machine.map((factor) => 5 * factor * Math.exp(normal(uniform) / 20));
      const [low, high] = pairedSpeedup(own, other).speedupInterval;
      if (low <= 5 && 5 <= high) held++;
    }
    // 95 expected; fewer than 88 or 100 come by chance in one of 200 runs each, and this one is always the same.
    expect(held).toBeGreaterThanOrEqual(88);
    expect(held).toBeLessThan(100);
  });

  it('refuses times without partners', () => {
    expect(() => pairedSpeedup([], [])).toThrow(RangeError);
    expect(() => pairedSpeedup([1, 2], [1])).toThrow('2 and 1');
  });
});
