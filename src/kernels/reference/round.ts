import type { Rounding } from '../resample-plan.js';

/**
 * `x·scale + bias`, each step rounded to float32, then to the nearest whole number, a half to the even one, or cut off; clipped to
 * 0 … 255. Adding 1.5 · 2^23 leaves no room for a fraction.
 */
export function roundToByte(value: number, { scale, bias, cut }: Rounding): number {
  const shift = 12582912;
  const scaled = Math.fround(Math.fround(value * scale) + bias);
  const whole = Math.fround(scaled + shift) - shift;
  return clip(cut && whole > scaled ? whole - 1 : whole);
}

/** A number within 0 … 255. */
export function clip(value: number): number {
  return Math.max(0, Math.min(value, 255));
}
