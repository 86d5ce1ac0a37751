import type { Box } from './box.js';

/**
 * How a frame was placed into a tensor, in a matrix's words as `DOMMatrix` has them: `x' = (a·x + c·y + e) / w`,
 * `y' = (b·x + d·y + f) / w`, `w = m14·x + m24·y + m44` (frame px → tensor px, origin top-left, pixel edges). The last three are
 * those of a perspective, and left out where w is 1. A picture that is not turned has b = c = 0.
 */
export interface Transform {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly e: number;
  readonly f: number;
  /** 0 if absent. */
  readonly m14?: number;
  /** 0 if absent. */
  readonly m24?: number;
  /** 1 if absent. */
  readonly m44?: number;
}

/** True where w is 1 everywhere: parallel lines stay parallel. */
export function isAffine({ m14 = 0, m24 = 0, m44 = 1 }: Transform): boolean {
  return m14 === 0 && m24 === 0 && m44 === 1;
}

/** A point in tensor px brought back to frame px. */
export function pointToFrame(x: number, y: number, transform: Transform): { x: number; y: number } {
  if (!isAffine(transform)) return throughPerspective(x, y, transform);
  const { a, b, c, d, e, f } = transform;
  if (b === 0 && c === 0) return { x: (x - e) / a, y: (y - f) / d };
  const det = a * d - b * c;
  return { x: (d * (x - e) - c * (y - f)) / det, y: (a * (y - f) - b * (x - e)) / det };
}

// x'·w = a·x + c·y + e and the same for y' are two linear equations in x and y.
function throughPerspective(x: number, y: number, transform: Transform): { x: number; y: number } {
  const { m14 = 0, m24 = 0, m44 = 1 } = transform;
  const a = transform.a - x * m14;
  const c = transform.c - x * m24;
  const e = x * m44 - transform.e;
  const b = transform.b - y * m14;
  const d = transform.d - y * m24;
  const f = y * m44 - transform.f;
  const det = a * d - b * c;
  return { x: (d * e - c * f) / det, y: (a * f - b * e) / det };
}

/**
 * A box in tensor px brought back to frame px; not clipped. Of a box that is turned at an angle or seen in perspective, the
 * upright box around it.
 */
export function boxToFrame(x: number, y: number, width: number, height: number, t: Transform): Box {
  const { a, b, c, d } = t;
  const origin = pointToFrame(x, y, t);
  if (b === 0 && c === 0 && a > 0 && d > 0 && isAffine(t)) return { ...origin, width: width / a, height: height / d };
  const corners = [
    origin,
    pointToFrame(x + width, y, t),
    pointToFrame(x, y + height, t),
    pointToFrame(x + width, y + height, t),
  ];
  const left = Math.min(...corners.map((corner) => corner.x));
  const top = Math.min(...corners.map((corner) => corner.y));
  return {
    x: left,
    y: top,
    width: Math.max(...corners.map((corner) => corner.x)) - left,
    height: Math.max(...corners.map((corner) => corner.y)) - top,
  };
}
