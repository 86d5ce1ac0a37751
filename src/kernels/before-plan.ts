import type { BeforeSpec } from '../core/before-spec.js';
import { InvalidArgumentError } from '../core/error.js';
import type { FloatTable } from './resample-float-table.js';
import type { Rounding } from './resample-plan.js';
import { roundHalfEven, type Span, spanTable } from './resample-table.js';

// Of 256: what comes to stand still is gone after about a hundred frames.
const usualLearningRate = 4;

/** The difference to a background as numbers. */
export interface BackgroundPlan {
  /** Of 256. */
  readonly rate: number;
  readonly threshold: number;
  /** Whether px that differ stay as they are, instead of becoming their differences. */
  readonly keep: boolean;
}

/** The steps before the resize as numbers; see {@link BeforeSpec}. */
export interface BeforePlan {
  readonly background?: BackgroundPlan;
  /** 256 bytes of R, of G and of B. */
  readonly tones?: Uint8Array;
  /** Percent of the px left out at the dark and at the bright end; the tones then come from each picture. */
  readonly stretch?: readonly [number, number];
  readonly median: boolean;
  readonly blur?: {
    readonly columns: FloatTable;
    readonly rows: FloatTable;
    readonly rounding: Rounding;
    /** Of a box, px on a side: all weights are 1, so that sums can be moved instead of made. */
    readonly box?: number;
  };
}

/**
 * Plans the steps before the resize of a picture of `width` × `height` px; undefined where there are none.
 * @throws {InvalidArgumentError} ERR_ARGUMENT a background with the path of a picture.
 */
export function planBefore(spec: BeforeSpec | undefined, width: number, height: number): BeforePlan | undefined {
  if (!spec || Object.values(spec).every((step) => step === undefined)) return undefined;
  const { background, tones, median, blur } = spec;
  return {
    ...(background && { background: planBackground(background) }),
    ...(tones && ('stretch' in tones ? { stretch: tones.stretch } : { tones: toneTables(tones) })),
    median: median === 3,
    ...(blur && { blur: planBlur(blur, width, height) }),
  };
}

function planBackground(spec: NonNullable<BeforeSpec['background']>): BackgroundPlan {
  const { learningRate = usualLearningRate, threshold, output, picture } = spec;
  if (picture !== undefined) {
    throw new InvalidArgumentError({
      subject: 'preprocess: before.background.picture',
      expected: 'none in a plan, which reads no files',
      received: picture,
      remedy: 'Leave it out, and give the picture to resetBackground() of the plan.',
    });
  }
  return { rate: learningRate, threshold, keep: output === 'foreground' };
}

function toneTables(tones: Exclude<NonNullable<BeforeSpec['tones']>, { stretch: unknown }>): Uint8Array {
  return Uint8Array.from({ length: 768 }, (_, i) => {
    const [channel, x] = [i >> 8, i & 255];
    if ('table' in tones) return tones.table[tones.table.length === 256 ? x : i];
    const gamma = typeof tones.gamma === 'number' ? tones.gamma : tones.gamma[channel];
    return Math.round(255 * (x / 255) ** gamma);
  });
}

function planBlur(blur: NonNullable<BeforeSpec['blur']>, width: number, height: number): BeforePlan['blur'] {
  if (blur.kind === 'box') {
    const ones = new Array<number>(blur.size).fill(1);
    const rounding = { scale: Math.fround(1 / blur.size ** 2), bias: 0, cut: false };
    return { columns: blurTable(width, ones), rows: blurTable(height, ones), rounding, box: blur.size };
  }
  // Whole numbers throughout, below 2^24: float32 is exact. A half goes up.
  const weights = gaussianWeights(blur.size, blur.sigma);
  const rounding = { scale: 2 ** -16, bias: 0.5, cut: true };
  return { columns: blurTable(width, weights), rows: blurTable(height, weights), rounding };
}

// Left halves, of the sizes that OpenCV has tables for where no sigma is given.
const knownGaussians: Record<number, number[]> = {
  3: [64, 128],
  5: [16, 64, 96],
  7: [8, 28, 56, 72],
  9: [4, 13, 30, 51, 60],
};

/**
 * A Gaussian in whole numbers that are 256 in all, the error of each carried to the next.
 * @source OpenCV modules/imgproc/src/smooth.dispatch.cpp, `getGaussianKernelFixedPoint_ED`
 */
function gaussianWeights(size: number, sigma: number): number[] {
  const known = sigma === 0 ? knownGaussians[size] : undefined;
  if (known) return [...known, ...known.slice(0, -1).reverse()];
  const spread = sigma || 0.3 * ((size - 1) * 0.5 - 1) + 0.8;
  const middle = (size - 1) / 2;
  const raw = Array.from({ length: size }, (_, i) => Math.exp(-0.5 * ((i - middle) / spread) ** 2));
  const sum = raw.reduce((total, weight) => total + weight, 0);
  const weights = new Array<number>(size).fill(0);
  let error = 0;
  let rest = 256;
  for (let i = 0; i < middle; i++) {
    const exact = (raw[i] / sum) * 256 + error;
    weights[i] = weights[size - 1 - i] = roundHalfEven(exact);
    error = exact - weights[i];
    rest -= 2 * weights[i];
  }
  weights[middle] = rest;
  return weights;
}

// Beyond an edge the picture goes on mirrored, the edge itself not repeated.
function blurTable(length: number, weights: readonly number[]): FloatTable {
  const reach = (weights.length - 1) / 2;
  const mirrored = (x: number): number => {
    if (length === 1) return 0;
    const period = 2 * (length - 1);
    const at = ((x % period) + period) % period;
    return Math.min(at, period - at);
  };
  const spans = Array.from({ length }, (_, i): Span => {
    const places = weights.map((_, tap) => mirrored(i + tap - reach));
    const first = Math.min(...places);
    const sums = new Array<number>(Math.max(...places) - first + 1).fill(0);
    weights.forEach((weight, tap) => {
      sums[places[tap] - first] += weight;
    });
    return { first, weights: sums };
  });
  return spanTable(length, spans, (count) => new Float32Array(count));
}
