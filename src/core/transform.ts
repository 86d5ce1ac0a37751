import type { Box } from './box.js';

/**
 * How a frame was placed into a tensor, in a matrix's words as `DOMMatrix` has them: `x' = a·x + c·y + e`,
 * `y' = b·x + d·y + f` (frame px → tensor px, origin top-left, pixel edges). A picture that is not turned has b = c = 0.
 */
export interface Transform {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly e: number;
  readonly f: number;
}

/** A point in tensor px brought back to frame px. */
export function pointToFrame(x: number, y: number, { a, b, c, d, e, f }: Transform): { x: number; y: number } {
  if (b === 0 && c === 0) return { x: (x - e) / a, y: (y - f) / d };
  const det = a * d - b * c;
  return { x: (d * (x - e) - c * (y - f)) / det, y: (a * (y - f) - b * (x - e)) / det };
}

/** A box in tensor px brought back to frame px; not clipped. Of a box that is turned at an angle, the upright box around it. */
export function boxToFrame(x: number, y: number, width: number, height: number, t: Transform): Box {
  const { a, b, c, d } = t;
  const origin = pointToFrame(x, y, t);
  if (b === 0 && c === 0 && a > 0 && d > 0) return { ...origin, width: width / a, height: height / d };
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
