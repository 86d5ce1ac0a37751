import { describe, expect, it } from 'vitest';
import { angleOf, cosine, sine } from '../../../src/acquire/synthetic/angle.js';
import { noise1, noise2, smoothstep } from '../../../src/acquire/synthetic/noise.js';
import { hash, Random } from '../../../src/acquire/synthetic/random.js';
import { smear } from '../../../src/acquire/synthetic/sprite.js';

describe('angles in turns', () => {
  it('agree with the sine and cosine of the engine', () => {
    for (let turns = -3; turns <= 3; turns += 0.0137) {
      expect(Math.abs(sine(turns) - Math.sin(turns * 2 * Math.PI))).toBeLessThan(1e-7);
      expect(Math.abs(cosine(turns) - Math.cos(turns * 2 * Math.PI))).toBeLessThan(1e-7);
    }
    expect(sine(0)).toBe(0);
    expect(sine(0.25)).toBeCloseTo(1, 6);
  });

  it('agree with the arctangent of the engine, in every direction', () => {
    for (let turns = -0.5; turns <= 0.5; turns += 0.0041) {
      const [x, y] = [Math.cos(turns * 2 * Math.PI) * 7, Math.sin(turns * 2 * Math.PI) * 7];
      expect(Math.abs(angleOf(y, x) - Math.atan2(y, x) / (2 * Math.PI))).toBeLessThan(3e-6);
    }
    expect(angleOf(0, 0)).toBe(0);
    expect([angleOf(0, 1), angleOf(1, 0), angleOf(0, -1), angleOf(-1, 0)]).toEqual([0, 0.25, 0.5, -0.25]);
  });
});

describe('random numbers', () => {
  it('are spread evenly and do not repeat', () => {
    const random = new Random(42);
    const counts = new Array<number>(16).fill(0);
    for (let i = 0; i < 16_000; i++) counts[random.below(16)]++;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
    expect(new Set(Array.from({ length: 20_000 }, (_, i) => hash(1, i))).size).toBe(20_000);
  });

  it('change with every part of the key', () => {
    const keys = [
      hash(1, 2, 3, 4),
      hash(2, 2, 3, 4),
      hash(1, 3, 3, 4),
      hash(1, 2, 4, 4),
      hash(1, 2, 3, 5),
      hash(-1, 2, 3, 4),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('smooth noise', () => {
  it('stays in 0…1, is continuous, and repeats with its period', () => {
    for (let x = -5; x < 5; x += 0.173) {
      expect(noise1(x, 3)).toBeGreaterThanOrEqual(0);
      expect(noise1(x, 3)).toBeLessThanOrEqual(1);
      expect(Math.abs(noise1(x, 3) - noise1(x + 1e-4, 3))).toBeLessThan(1e-3);
      expect(noise2(x, x * 0.7, 12, 5)).toBeCloseTo(noise2(x + 12, x * 0.7, 12, 5), 9);
      expect(Math.abs(noise2(x, x, 12, 5) - noise2(x + 1e-4, x, 12, 5))).toBeLessThan(1e-3);
    }
  });

  it('has a step that is smooth and stays within its ends', () => {
    expect([-1, 0, 0.5, 1, 2].map((x) => smoothstep(0, 1, x))).toEqual([0, 0, 0.5, 1, 1]);
    expect(smoothstep(16, 10, 13)).toBe(0.5);
  });
});

describe('exposure blur', () => {
  it.each([1, 1.5, 2, 3, 4.25, 7])('over %f px spreads a point over that length and keeps its sum', (length) => {
    const line = new Float32Array(41);
    line[20] = 1;
    smear(line, 0, 1, 41, length, new Float64Array(42));
    // The overlap of a pixel with the window around the point, as plain as can be said.
    const expected = Array.from({ length: 41 }, (_, i) => {
      const overlap = Math.min(i + 0.5, 20 + length / 2) - Math.max(i - 0.5, 20 - length / 2);
      return Math.max(0, overlap) / length;
    });
    for (const [i, value] of line.entries()) expect(value).toBeCloseTo(expected[i], 6);
    expect(line.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
  });
});
