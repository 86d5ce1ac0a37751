import { InvalidArgumentError } from '../core/error.js';
import type { ColorMatrix, FrameColorSpace } from '../core/pixel-format.js';

// Shares of red and blue in luma.
const shares: Record<ColorMatrix, readonly [red: number, blue: number]> = {
  bt470bg: [0.299, 0.114],
  smpte170m: [0.299, 0.114],
  bt709: [0.2126, 0.0722],
  'bt2020-ncl': [0.2627, 0.0593],
};

/**
 * Luma and chroma to RGB as whole numbers: the factors luma, redV, greenU, greenV and blueU with 13 fractional bits, and what is
 * added to red, green and blue, with 4. With Y, U and V of 7 fractional bits and `m(f, x) = f·x >> 16`, cut off:
 *
 * `R = clip((m(luma, Y) + m(redV, V) + red) >> 4)`, `G = clip((m(luma, Y) + m(greenU, U) + m(greenV, V) + green) >> 4)`,
 * `B = clip((m(luma, Y) + m(blueU, U) + blue) >> 4)`.
 *
 * The sums take away what black and no colour give, and add the half that rounds; gray stays gray. Before the last
 * rounding this is within 0.2 of `R = s·(Y − o) + 2·(1 − Kr)·c·(V − 128)`, `B = s·(Y − o) + 2·(1 − Kb)·c·(U − 128)`,
 * `Kr·R + Kg·G + Kb·B = s·(Y − o)`; full range: s = c = 1, o = 0; limited: s = 255 / 219, c = 255 / 224, o = 16, and luma
 * below 16 is taken as it is.
 * @throws {InvalidArgumentError} ERR_ARGUMENT another matrix.
 * @source ITU-R BT.601-7, BT.709-6, BT.2020-2, ISO/IEC 23091-2; test/unit/kernels/yuv-matrix.test.ts.
 */
export function yuvMatrix(space?: FrameColorSpace | null): Int32Array {
  const matrix = space?.matrix ?? 'smpte170m';
  if (matrix === 'rgb') {
    throw new InvalidArgumentError({
      subject: 'colorSpace.matrix',
      expected: `one of ${Object.keys(shares).join(', ')}`,
      received: matrix,
    });
  }
  const [kr, kb] = shares[matrix];
  const kg = 1 - kr - kb;
  const fullRange = space?.fullRange ?? false;
  const chroma = fullRange ? 1 : 255 / 224;
  const fixed = (factor: number) => Math.round(factor * 2 ** 13);
  const luma = fixed(fullRange ? 1 : 255 / 219);
  const redV = fixed(2 * (1 - kr) * chroma);
  const greenU = fixed((-2 * (1 - kb) * kb * chroma) / kg);
  const greenV = fixed((-2 * (1 - kr) * kr * chroma) / kg);
  const blueU = fixed(2 * (1 - kb) * chroma);
  const product = (factor: number, value: number) => (factor * value * 2 ** 7) >> 16;
  const black = 8 - product(luma, fullRange ? 0 : 16);
  const red = black - product(redV, 128);
  const green = black - product(greenU, 128) - product(greenV, 128);
  const blue = black - product(blueU, 128);
  return Int32Array.of(luma, redV, greenU, greenV, blueU, red, green, blue);
}
