import { InvalidArgumentError } from '../core/error.js';
import type { ColorMatrix, FrameColorSpace } from '../core/pixel-format.js';

/** Names of the numbers of a {@link yuvMatrix}, in order. */
export const yuvMatrixTerms = ['luma', 'redV', 'greenU', 'greenV', 'blueU', 'red', 'green', 'blue'] as const;

// Shares of red and blue in luma.
const shares: Record<ColorMatrix, readonly [red: number, blue: number]> = {
  bt470bg: [0.299, 0.114],
  smpte170m: [0.299, 0.114],
  bt709: [0.2126, 0.0722],
  'bt2020-ncl': [0.2627, 0.0593],
};

/** The product of the kernels: `(a·b + 2^14) >> 15`, an arithmetic shift. */
export function multiplyQ15(a: number, b: number): number {
  return (a * b + 0x4000) >> 15;
}

/**
 * Luma and chroma to RGB as whole numbers: five factors with 13 fractional bits, and what is added to red, green and
 * blue, with 5 fractional bits. With y, u and v of 7 fractional bits and `m` = {@link multiplyQ15}:
 *
 * `R = clip((m(y, luma) + m(v, redV) + red) >> 5)`, `G = clip((m(y, luma) + m(u, greenU) + m(v, greenV) + green) >> 5)`,
 * `B = clip((m(y, luma) + m(u, blueU) + blue) >> 5)`.
 *
 * The sums take away what black and no colour give, and add the half that rounds: gray stays gray. Before the last
 * rounding this is within 0.07 of `R = s·(Y − o) + 2·(1 − Kr)·c·(V − 128)`,
 * `B = s·(Y − o) + 2·(1 − Kb)·c·(U − 128)`, `G = (Y' − Kr·R − Kb·B) / (1 − Kr − Kb)`; full range: s = c = 1, o = 0; limited:
 * s = 255 / 219, c = 255 / 224, o = 16, with the luma below 16 taken as it is.
 * @source ITU-R BT.601-7, BT.709-6, BT.2020-2, ISO/IEC 23091-2; test/unit/kernels/yuv-matrix.test.ts.
 */
export function yuvMatrix(space: FrameColorSpace = {}): Int16Array {
  const share = shares[(space.matrix ?? 'smpte170m') as ColorMatrix];
  if (!share) {
    throw new InvalidArgumentError({
      subject: 'colorSpace.matrix',
      expected: `one of ${Object.keys(shares).join(', ')}`,
      received: String(space.matrix),
    });
  }
  const [kr, kb] = share;
  const kg = 1 - kr - kb;
  const fullRange = space.fullRange ?? false;
  const chroma = fullRange ? 1 : 255 / 224;
  const fixed = (factor: number) => Math.round(factor * 2 ** 13);
  const luma = fixed(fullRange ? 1 : 255 / 219);
  const redV = fixed(2 * (1 - kr) * chroma);
  const greenU = fixed((-2 * (1 - kb) * kb * chroma) / kg);
  const greenV = fixed((-2 * (1 - kr) * kr * chroma) / kg);
  const blueU = fixed(2 * (1 - kb) * chroma);
  const black = multiplyQ15((fullRange ? 0 : 16) << 7, luma);
  const neutral = (factor: number) => multiplyQ15(128 << 7, factor);
  const red = 16 - black - neutral(redV);
  const green = 16 - black - neutral(greenU) - neutral(greenV);
  const blue = 16 - black - neutral(blueU);
  return Int16Array.of(luma, redV, greenU, greenV, blueU, red, green, blue);
}
