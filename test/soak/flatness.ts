/** Whether a figure of a long run stays where it is. */
export interface Flatness {
  /** Growth per minute: the median of the slopes of all pairs of samples. */
  slope: number;
  /** Its 95 % interval. */
  low: number;
  high: number;
  /** Median of the samples. */
  level: number;
  /** Growth per minute that is allowed. */
  allowed: number;
  /** Growth beyond what is allowed is excluded. */
  flat: boolean;
  /** Growth beyond what is allowed is shown. A short run may be neither. */
  grows: boolean;
  n: number;
}

/**
 * Judges the samples of a run after its warm-up: flat where the upper end of the slope's interval does not exceed
 * `allowed`, growing where its lower end does. Single samples, as a collector of garbage gives them, hardly move either.
 *
 * @param minutes when each sample was taken, rising. @param allowed in the unit of the values.
 * @source Sen: Estimates of the Regression Coefficient Based on Kendall's Tau (1968), with the variance for ties.
 */
export function judgeFlatness(minutes: readonly number[], values: readonly number[], allowed: number): Flatness {
  const n = values.length;
  if (n < 5) throw new RangeError(`${n} samples tell no slope: at least 5 are needed`);
  const slopes: number[] = [];
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) slopes.push((values[j] - values[i]) / (minutes[j] - minutes[i]));
  }
  slopes.sort((a, b) => a - b);
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const spread = (count: number) => count * (count - 1) * (2 * count + 5);
  const ties = [...counts.values()].reduce((sum, count) => sum + spread(count), 0);
  const half = 1.96 * Math.sqrt((spread(n) - ties) / 18);
  const at = (rank: number) => slopes[Math.max(0, Math.min(slopes.length - 1, rank))];
  const low = at(Math.round((slopes.length - half) / 2) - 1);
  const high = at(Math.round((slopes.length + half) / 2));
  return {
    slope: middle(slopes),
    low,
    high,
    level: middle([...values].sort((a, b) => a - b)),
    allowed,
    flat: high <= allowed,
    grows: low > allowed,
    n,
  };
}

function middle(sorted: readonly number[]): number {
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
