const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/**
 * The bits of the IEEE 754 binary16 number nearest to a float32; a half goes to the even one, what is too large
 * becomes infinite.
 */
export function float16Bits(value: number): number {
  float[0] = value;
  const all = bits[0];
  const sign = (all >>> 16) & 0x8000;
  const magnitude = all & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  const exponent = (magnitude >>> 23) - 127;
  if (exponent > 15) return sign | 0x7c00;
  if (exponent < -25) return sign;
  // 24 significant bits, of which 11 are kept, fewer below 2^-14.
  const significand = (magnitude & 0x7fffff) | 0x800000;
  const drop = exponent >= -14 ? 13 : -1 - exponent;
  const kept = significand >>> drop;
  const rest = significand & ((1 << drop) - 1);
  const half = 1 << (drop - 1);
  const rounded = kept + (rest > half || (rest === half && kept & 1) ? 1 : 0);
  // A carry out of the significand lands in the exponent, which is where it belongs.
  return sign | (exponent >= -14 ? ((exponent + 14) << 10) + rounded : rounded);
}

/** The value of binary16 bits. */
export function float16Value(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent ? sign * 2 ** (exponent - 25) * (1024 + fraction) : sign * 2 ** -24 * fraction;
}
