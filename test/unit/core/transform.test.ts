import { describe, expect, it } from 'vitest';
import { boxToFrame, isAffine, pointToFrame, type Transform } from '../../../src/core/transform.js';

/** Where a point of the frame is in the tensor, as the definition says. */
function toTensor(x: number, y: number, t: Transform): [number, number] {
  const w = (t.m14 ?? 0) * x + (t.m24 ?? 0) * y + (t.m44 ?? 1);
  return [(t.a * x + t.c * y + t.e) / w, (t.b * x + t.d * y + t.f) / w];
}

const upright: Transform = { a: 0.5, b: 0, c: 0, d: 0.25, e: 3, f: -2 };
const turned: Transform = { a: 0.8, b: 0.6, c: -0.6, d: 0.8, e: 10, f: 5 };
const perspective: Transform = { a: 1.1, b: -0.1, c: 0.2, d: 0.9, e: -3, f: 2, m14: 0.001, m24: 0.002, m44: 1.25 };
const upOnly: Transform = { a: 1, b: 0, c: 0, d: 1, e: 0, f: 0, m24: 0.01 };

describe('points and boxes of a tensor', () => {
  it.each([upright, turned, perspective, upOnly])('come back to the frame: %o', (transform) => {
    for (const [x, y] of [
      [0, 0],
      [17.5, 4],
      [-30, 200],
    ]) {
      const [tensorX, tensorY] = toTensor(x, y, transform);
      const point = pointToFrame(tensorX, tensorY, transform);
      expect(point.x).toBeCloseTo(x, 9);
      expect(point.y).toBeCloseTo(y, 9);
    }
  });

  it('of a box seen in perspective give the upright box around its corners', () => {
    const box = boxToFrame(10, 20, 30, 15, perspective);
    const corners = [
      [10, 20],
      [40, 20],
      [10, 35],
      [40, 35],
    ].map(([x, y]) => pointToFrame(x, y, perspective));
    expect(box.x).toBe(Math.min(...corners.map(({ x }) => x)));
    expect(box.y).toBe(Math.min(...corners.map(({ y }) => y)));
    expect(box.x + box.width).toBeCloseTo(Math.max(...corners.map(({ x }) => x)), 9);
    expect(box.y + box.height).toBeCloseTo(Math.max(...corners.map(({ y }) => y)), 9);
    // Without the perspective's part it would be the plain one: each edge is looked at, not two of them.
    expect(boxToFrame(0, 0, 10, 10, upOnly).width).toBeGreaterThan(10);
  });

  it('know a perspective from what keeps parallels', () => {
    expect([upright, turned, { ...turned, m14: 0, m24: 0, m44: 1 }].every(isAffine)).toBe(true);
    expect([perspective, upOnly, { ...turned, m44: 2 }].some(isAffine)).toBe(false);
  });
});
