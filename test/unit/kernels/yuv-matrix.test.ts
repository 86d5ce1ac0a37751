import { describe, expect, it } from 'vitest';
import { colorMatrices } from '../../../src/core/pixel-format.js';
import { yuvMatrix } from '../../../src/kernels/yuv-matrix.js';
import { yuvToRgb } from '../../yuv-formula.js';

const spaces = colorMatrices.flatMap((matrix) => [false, true].map((fullRange) => ({ matrix, fullRange })));
const steps = Array.from({ length: 52 }, (_, i) => i * 5);

/** The formula of the docblock, before its last rounding and clip. */
function sums(m: Int32Array, y: number, u: number, v: number): number[] {
  const product = (factor: number, sample: number) => (factor * sample * 128) >> 16;
  const light = product(m[0], y);
  return [
    light + product(m[1], v) + m[5],
    light + product(m[2], u) + product(m[3], v) + m[6],
    light + product(m[4], u) + m[7],
  ].map((sum) => (sum - 8) / 16);
}

describe.each(spaces)('yuvMatrix of $matrix, full range $fullRange', (space) => {
  const matrix = yuvMatrix(space);

  it('is within 0.2 of the formula in real numbers', () => {
    let worst = 0;
    for (const y of steps) {
      for (const u of steps) {
        for (const v of steps) {
          const real = yuvToRgb(space, y, u, v);
          sums(matrix, y, u, v).forEach((sum, c) => {
            worst = Math.max(worst, Math.abs(sum - real[c]));
          });
        }
      }
    }
    expect(worst).toBeLessThan(0.2);
  });

  it('leaves gray gray, black 0 and white 255', () => {
    const [black, white] = space.fullRange ? [0, 255] : [16, 235];
    const rounded = (y: number) => sums(matrix, y, 128, 128).map((value) => Math.floor(value + 0.5));
    expect(rounded(black)).toEqual([0, 0, 0]);
    expect(rounded(white)).toEqual([255, 255, 255]);
    for (let y = 0; y < 256; y++) expect(new Set(rounded(y)).size).toBe(1);
  });

  it('fits the kernels: factors in 16 bits, sums in 16 bits', () => {
    for (const number of matrix) expect(Math.abs(number)).toBeLessThan(32768);
    for (const u of [0, 255]) {
      for (const v of [0, 255]) {
        for (const sum of [...sums(matrix, 0, u, v), ...sums(matrix, 255, u, v)]) {
          expect(Math.abs(sum * 16)).toBeLessThan(32768);
        }
      }
    }
  });
});

describe('yuvMatrix', () => {
  it('takes an absent or null space as BT.601, limited', () => {
    const limited = yuvMatrix({ matrix: 'smpte170m', fullRange: false });
    expect(yuvMatrix()).toEqual(limited);
    expect(yuvMatrix({ matrix: null, fullRange: null })).toEqual(limited);
  });

  it('refuses the matrix of RGB', () => {
    expect(() => yuvMatrix({ matrix: 'rgb' })).toThrowError(/colorSpace.matrix.*rgb/s);
  });
});
