const ln2High = 0.6931471803691238;
const ln2Low = 1.9082149292705877e-10;

/** Coefficients of r^2 … r^13, highest power first: what is left out is below 2^-57 of the sum for |r| ≤ ln 2 / 2. */
const coefficients = Array.from({ length: 12 }, (_, i) => 1 / factorial(13 - i));

/** 2^-538 … 2^512: with two factors of it, all powers that a float64 has. */
const powers = powersOfTwo(-538, 512);

/**
 * e^x to the last bit but one, and to the very same bits in every engine: `Math.exp` is only approximated by
 * ECMAScript, and two engines, or two versions of one, give scores and boxes that differ in the last bit.
 *
 * e^x = 2^k · e^r with k = round(x / ln 2) and r = x − k · ln 2, where ln 2 is the sum of two numbers of which the
 * first has so few bits that its product with k is exact. e^r is its Taylor polynomial of degree 13 by Horner's rule.
 * Only +, −, ×, ÷ and `Math.floor`, which IEEE 754 and ECMAScript define exactly.
 *
 * @source W. J. Cody, W. Waite: Software Manual for the Elementary Functions (1980), chapter 6, for the reduction.
 */
export function exponential(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > 709.8) return Number.POSITIVE_INFINITY;
  if (x < -745.2) return 0;
  const k = Math.floor(x / Math.LN2 + 0.5);
  const r = x - k * ln2High - k * ln2Low;
  let sum = 0;
  for (const coefficient of coefficients) sum = sum * r + coefficient;
  // The largest terms last: their rounding counts.
  const value = 1 + (r + sum * r * r);
  const half = Math.floor(k / 2);
  return value * powers[half + 538] * powers[k - half + 538];
}

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
}

function powersOfTwo(lowest: number, highest: number): Float64Array {
  const table = new Float64Array(highest - lowest + 1);
  table[-lowest] = 1;
  for (let k = -lowest + 1; k < table.length; k++) table[k] = table[k - 1] * 2;
  for (let k = -lowest - 1; k >= 0; k--) table[k] = table[k + 1] / 2;
  return table;
}
