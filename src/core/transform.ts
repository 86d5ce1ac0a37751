import type { Box } from './box.js';

/**
 * How a frame was placed into a tensor: `x' = x·scaleX + padX`, `y' = y·scaleY + padY`
 * (frame px → tensor px, origin top-left, pixel edges).
 */
export interface Transform {
  readonly scaleX: number;
  readonly scaleY: number;
  readonly padX: number;
  readonly padY: number;
}

/** A box in tensor px brought back to frame px; not clipped. */
export function boxToFrame(x: number, y: number, width: number, height: number, t: Transform): Box {
  return {
    x: (x - t.padX) / t.scaleX,
    y: (y - t.padY) / t.scaleY,
    width: width / t.scaleX,
    height: height / t.scaleY,
  };
}
