/**
 * Mixes four integers into one of 32 bits that looks random. The same in every engine: integer arithmetic only.
 * @source the finaliser of MurmurHash3 (public domain), chained over the arguments.
 */
export function hash(a: number, b: number, c = 0, d = 0): number {
  let h = mix(a ^ 0x9e3779b9);
  h = mix(h ^ Math.imul(b, 0x85ebca6b));
  h = mix(h ^ Math.imul(c, 0xc2b2ae35));
  return mix(h ^ Math.imul(d, 0x27d4eb2f)) >>> 0;
}

function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** A stream of random numbers that depends on its key alone. */
export class Random {
  readonly #key: number;
  #at = 0;

  constructor(key: number) {
    this.#key = key;
  }

  /** The next number in 0…1, 1 excluded. */
  unit(): number {
    return hash(this.#key, this.#at++) / 4294967296;
  }

  /** The next number in `low`…`high`, `high` excluded. */
  range(low: number, high: number): number {
    return low + (high - low) * this.unit();
  }

  /** The next whole number in 0…`count` − 1. */
  below(count: number): number {
    return Math.floor(this.unit() * count);
  }
}
