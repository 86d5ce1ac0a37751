import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exponential } from '../../../src/postprocess/exponential.js';

/** e^x for a rational x = numerator / 2^20, correct to 2^-200: its Taylor series in integers. */
function exact(numerator: number): number {
  const bits = 1400n;
  const one = 1n << bits;
  const x = (BigInt(numerator) << bits) >> 20n;
  let term = one;
  let sum = one;
  for (let i = 1n; term !== 0n && term !== -1n; i++) {
    term = (term * x) / (i << bits);
    sum += term;
  }
  // The leading 64 bits are more than a float64 keeps.
  const shift = BigInt(sum.toString(2).length) - 64n;
  const leading = shift > 0n ? sum >> shift : sum << -shift;
  return Number(leading) * 2 ** Number(shift - bits);
}

const ulpsApart = (a: number, b: number) => Math.abs(a - b) / (Math.abs(b) * 2 ** -52);

describe('exponential', () => {
  it('is within one unit in the last place of the true value', () => {
    fc.assert(
      fc.property(fc.integer({ min: -60 * 2 ** 20, max: 60 * 2 ** 20 }), (numerator) => {
        expect(ulpsApart(exponential(numerator / 2 ** 20), exact(numerator))).toBeLessThanOrEqual(1);
      }),
      { numRuns: 2000 },
    );
  });

  it('agrees with the engine over the whole range, below the normal numbers too', () => {
    for (let x = -707; x < 709.7; x += 0.37) expect(ulpsApart(exponential(x), Math.exp(x)), `${x}`).toBeLessThan(3);
    for (let x = -745; x < -708; x += 0.37) {
      expect(Math.abs(exponential(x) - Math.exp(x)), `${x}`).toBeLessThanOrEqual(2 * Number.MIN_VALUE);
    }
  });

  it.each([
    [0, 1],
    [-0, 1],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    [Number.NEGATIVE_INFINITY, 0],
    [710, Number.POSITIVE_INFINITY],
    [-746, 0],
    [Number.NaN, Number.NaN],
  ])('e^%d is %d', (x, value) => {
    expect(exponential(x)).toBe(value);
  });

  // Bits that every engine must give; written down from this arithmetic, which IEEE 754 fixes.
  it('has the same bits everywhere', () => {
    const bits = new DataView(new ArrayBuffer(8));
    const hex = (value: number) => {
      bits.setFloat64(0, value);
      return bits.getBigUint64(0).toString(16).padStart(16, '0');
    };
    expect([1, -1, 0.1, 10, -20.5, 88.7].map((x) => hex(exponential(x)))).toEqual([
      '4005bf0a8b14576a',
      '3fd78b56362cef38',
      '3ff1aec7b35a00d4',
      '40d5829dcf950560',
      '3e157a3afeed00ac',
      '47ef4705bbffae5c',
    ]);
  });
});
