import { describe, expect, it } from 'vitest';
import { float16Bits, float16Value } from '../../../src/kernels/reference/float16.js';

describe('float16Bits', () => {
  it.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65519.99, 0x7bff],
    [65520, 0x7c00],
    [Number.NEGATIVE_INFINITY, 0xfc00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [2 ** -25 * 1.001, 0x0001],
    [3 * 2 ** -25, 0x0002],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
  ])('of %d is %d', (value, bits) => {
    expect(float16Bits(value)).toBe(bits);
  });

  it('of a NaN is a NaN', () => {
    expect(float16Value(float16Bits(Number.NaN))).toBeNaN();
  });

  it('inverts float16Value for all finite bits', () => {
    const finite = Array.from({ length: 65536 }, (_, bits) => bits).filter((bits) => (bits & 0x7c00) !== 0x7c00);
    expect(finite.filter((bits) => float16Bits(float16Value(bits)) !== bits)).toEqual([]);
  });
});
