// Values are kept in µs. Below 256 each µs has a bucket; above, each power of two is cut into 128: error < 0.8 %.
const linear = 256;
const perOctave = 128;
const octaves = 23; // 256 µs × 2^23 ≈ 36 minutes; longer ones share the last bucket, `max` stays exact

/** Percentiles of a set of durations in ms, with the number of samples. `max` is exact. */
export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
  p999: number;
  max: number;
  n: number;
}

/** A histogram as plain data, for storing and merging. `buckets` holds pairs of index and count. */
export interface HistogramData {
  n: number;
  maxMs: number;
  buckets: [index: number, count: number][];
}

/**
 * Durations in log-linear buckets (after HdrHistogram): fixed size, mergeable without loss, relative error below
 * 0.8 %. `record` allocates nothing.
 */
export class Histogram {
  readonly #counts = new Uint32Array(linear + perOctave * octaves);
  #n = 0;
  #maxMs = 0;

  get n(): number {
    return this.#n;
  }

  /** Adds one duration in ms. Negative values count as 0. */
  record(ms: number): void {
    this.#counts[bucketOf(ms * 1000)]++;
    this.#n++;
    if (ms > this.#maxMs) this.#maxMs = ms;
  }

  /** The smallest value that at least `quantile` (0…1) of the samples do not exceed, in ms; 0 where there are none. */
  quantile(quantile: number): number {
    if (this.#n === 0) return 0;
    const rank = Math.max(1, Math.ceil(quantile * this.#n));
    let seen = 0;
    for (let i = 0; i < this.#counts.length; i++) {
      seen += this.#counts[i];
      if (seen >= rank) return Math.min(middleOf(i) / 1000, this.#maxMs);
    }
    return this.#maxMs;
  }

  percentiles(): Percentiles {
    return {
      p50: this.quantile(0.5),
      p95: this.quantile(0.95),
      p99: this.quantile(0.99),
      p999: this.quantile(0.999),
      max: this.#maxMs,
      n: this.#n,
    };
  }

  /** Adds all samples of another histogram to this one. */
  merge(other: Histogram | HistogramData): void {
    const data = other instanceof Histogram ? other.toJSON() : other;
    for (const [index, count] of data.buckets) this.#counts[index] += count;
    this.#n += data.n;
    this.#maxMs = Math.max(this.#maxMs, data.maxMs);
  }

  toJSON(): HistogramData {
    const buckets: [number, number][] = [];
    this.#counts.forEach((count, index) => {
      if (count > 0) buckets.push([index, count]);
    });
    return { n: this.#n, maxMs: this.#maxMs, buckets };
  }
}

function bucketOf(us: number): number {
  if (!(us > 0)) return 0;
  if (us < linear) return Math.floor(us);
  const octave = Math.min(31 - Math.clz32(Math.min(us, 2 ** 31 - 1)) - 8, octaves - 1);
  if (us >= 2 ** 31) return linear + perOctave * octaves - 1;
  return linear + octave * perOctave + Math.floor((us / 2 ** (octave + 8) - 1) * perOctave);
}

// Middle of a bucket in µs.
function middleOf(index: number): number {
  if (index < linear) return index + 0.5;
  const octave = Math.floor((index - linear) / perOctave);
  const within = (index - linear) % perOctave;
  return 2 ** (octave + 8) * (1 + (within + 0.5) / perOctave);
}
