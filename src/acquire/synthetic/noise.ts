import { hash } from './random.js';

const size = 1024;
const lattice = new Float64Array(size * 2);
for (let i = 0; i < size * 2; i++) lattice[i] = hash(0x5eed, i) / 4294967296;

/** Smooth noise along a line, 0…1, one value per unit of `x`; `lane` picks one of many independent lines. */
export function noise1(x: number, lane: number): number {
  const i = Math.floor(x);
  const t = x - i;
  const s = t * t * (3 - 2 * t);
  const at = i + lane * 131;
  const a = lattice[at & (size - 1)];
  return a + (lattice[(at + 1) & (size - 1)] - a) * s;
}

/** Smooth noise on a plane, 0…1, one value per unit; repeats in `x` every `period` units (a whole number). */
export function noise2(x: number, y: number, period: number, lane: number): number {
  const i = Math.floor(x);
  const j = Math.floor(y);
  const tx = x - i;
  const ty = y - j;
  const sx = tx * tx * (3 - 2 * tx);
  const sy = ty * ty * (3 - 2 * ty);
  let i0 = i % period;
  if (i0 < 0) i0 += period;
  const i1 = i0 + 1 === period ? 0 : i0 + 1;
  const a = cell(i0, j, lane);
  const b = cell(i1, j, lane);
  const c = cell(i0, j + 1, lane);
  const d = cell(i1, j + 1, lane);
  const top = a + (b - a) * sx;
  return top + (c + (d - c) * sx - top) * sy;
}

function cell(i: number, j: number, lane: number): number {
  const h = Math.imul(i + lane * 57, 0x27d4eb2f) ^ Math.imul(j, 0x165667b1);
  return lattice[(h ^ (h >>> 15) ^ (h >>> 9)) & (size * 2 - 1)];
}

/** 0 below `low`, 1 above `high`, smooth between. */
export function smoothstep(low: number, high: number, x: number): number {
  let t = (x - low) / (high - low);
  t = t < 0 ? 0 : Math.min(t, 1);
  return t * t * (3 - 2 * t);
}
