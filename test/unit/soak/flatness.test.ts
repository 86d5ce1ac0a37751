import { describe, expect, it } from 'vitest';
import { judgeFlatness } from '../../soak/flatness.js';

const minutes = Array.from({ length: 40 }, (_, i) => i / 6);
// As much up as down, and as large as a collector of garbage leaves it.
const noise = minutes.map((_, i) => ((i * 7919) % 97) * 1000 - 48_000);

describe('judgeFlatness', () => {
  it('finds the slope of a line and no doubt about it', () => {
    const judged = judgeFlatness(
      minutes,
      minutes.map((minute) => 5e6 + 2000 * minute),
      1000,
    );
    for (const slope of [judged.slope, judged.low, judged.high]) expect(slope).toBeCloseTo(2000, 3);
    expect(judged).toMatchObject({ flat: false, grows: true, n: 40 });
  });

  it('tells a leak in noise from noise', () => {
    const leak = judgeFlatness(
      minutes,
      noise.map((value, i) => value + 60_000 * minutes[i]),
      10_000,
    );
    expect(leak).toMatchObject({ flat: false, grows: true });
    expect(leak.low).toBeLessThan(60_000);
    expect(leak.high).toBeGreaterThan(60_000);
    expect(judgeFlatness(minutes, noise, 10_000)).toMatchObject({ flat: true, grows: false });
  });

  // scipy.stats.theilslopes(values, minutes, 0.95) of SciPy 1.17.1: slope, low, high. The second has ties.
  it.each([
    { at: [1, 2, 3, 4, 5], values: [1.26, 1.27, 1.12, 1.16, 1.03], expected: [-0.05625, -0.15, 0.04] },
    {
      at: [0, 1, 2, 3.5, 4, 5, 6, 7, 8.5, 9, 10, 11],
      values: [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8],
      expected: [0.4, 0, 0.8],
    },
  ])('gives the slope and the interval that SciPy gives', ({ at, values, expected }) => {
    const { slope, low, high } = judgeFlatness(at, values, 0);
    [slope, low, high].forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 10);
    });
  });

  it('is not moved by single samples, and takes what never changes for flat', () => {
    const spiked = minutes.map((_, i) => (i % 13 === 5 ? 9e6 : 1e6));
    expect(judgeFlatness(minutes, spiked, 0)).toMatchObject({ slope: 0, flat: true, level: 1e6 });
    const same = minutes.map(() => 3);
    expect(judgeFlatness(minutes, same, 0)).toMatchObject({ slope: 0, low: 0, high: 0, flat: true, grows: false });
  });

  it('refuses to judge a handful of samples', () => {
    expect(() => judgeFlatness([1, 2, 3, 4], [1, 1, 1, 1], 0)).toThrow('at least 5');
  });
});
