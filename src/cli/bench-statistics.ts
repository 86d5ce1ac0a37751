/** The middle of some numbers, of an even count the mean of the two in the middle; NaN of none. */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** How many times faster one thing is than another, and how sure that is. */
export interface PairedSpeedup {
  /** Median of the pairs' ratios, other / own. */
  speedup: number;
  /** 95 % of it: the same samples give the same interval. */
  speedupInterval: [low: number, high: number];
}

const resamples = 2000;

/**
 * Compares times that were taken in pairs, one right after the other, so that whatever slows the machine down for a while
 * slows both of a pair. A percentile bootstrap: pairs are drawn with replacement, never a time without its partner.
 * @param own ms of each pair. @param other ms of each pair, as many.
 * @throws {RangeError} no pairs, or lists of different lengths.
 * @source Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13: the percentile interval.
 */
export function pairedSpeedup(own: ArrayLike<number>, other: ArrayLike<number>): PairedSpeedup {
  if (own.length === 0 || own.length !== other.length) {
    throw new RangeError(`Expected pairs of times, got ${own.length} and ${other.length}.`);
  }
  const ratios = Float64Array.from(own, (ms, i) => other[i] / ms);
  const random = randomIndices(ratios.length);
  const drawn = new Float64Array(ratios.length);
  const medians = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    for (let i = 0; i < drawn.length; i++) drawn[i] = ratios[random()];
    medians[r] = median(drawn);
  }
  medians.sort();
  const at = (share: number) => medians[Math.round(share * (resamples - 1))];
  return { speedup: median(ratios), speedupInterval: [at(0.025), at(0.975)] };
}

/** Whole numbers below `count`, always the same: a 32-bit linear congruential generator, of which the upper bits are taken. */
function randomIndices(count: number): () => number {
  let state = 0x9e3779b9;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
}
