/** The middle of some values. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The value that `share` of all values do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** How many times longer something took, measured in turns. */
export interface Ratio {
  /** Median of the ratios of neighbours in time. */
  median: number;
  /** Its 95 % interval, by the bootstrap. */
  low: number;
  high: number;
  n: number;
}

const resamples = 1000;

/**
 * The ratio of two durations that were measured in pairs: a machine that is busy for a while slows both of a pair.
 * @source Efron, Tibshirani: An Introduction to the Bootstrap (1993), chapter 13: the percentile interval.
 */
export function pairedRatio(slow: readonly number[], fast: readonly number[]): Ratio {
  const ratios = slow.map((value, i) => value / fast[i]);
  const medians = Array.from({ length: resamples }, () =>
    median(ratios.map(() => ratios[Math.floor(Math.random() * ratios.length)])),
  ).sort((a, b) => a - b);
  const at = (share: number) => medians[Math.floor(share * (resamples - 1))];
  return { median: median(ratios), low: at(0.025), high: at(0.975), n: ratios.length };
}
