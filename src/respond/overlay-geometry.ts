import type { Box } from '../core/box.js';

/** How a picture is fitted into its box: the words and meanings of CSS `object-fit`. */
export type ObjectFit = 'fill' | 'contain' | 'cover' | 'none' | 'scale-down';

/** One coordinate of CSS `object-position`: a share of the free space, and a length in px. */
export interface ObjectOffset {
  share: number;
  px: number;
}

/** Where a page shows a picture. All lengths in px of the canvas over it. */
export interface PictureLayout {
  /** The box that the picture is fitted into: the content box of the element that shows it. */
  box: Box;
  fit: ObjectFit;
  /** Where a picture that is not as large as its box lies; in the middle by default. */
  position?: { x: ObjectOffset; y: ObjectOffset };
  /** True where left and right change places, as in a mirror. */
  mirrored?: boolean;
}

/** How frame px become canvas px: `x' = x·scaleX + offsetX`, `y' = y·scaleY + offsetY`; `scaleX` is negative in a mirror. */
export interface Placement {
  scaleX: number;
  scaleY: number;
  offsetX: number;
  offsetY: number;
  /** The part of the canvas in which the picture is seen; `cover` hides what lies outside. */
  visible: Box;
}

const middle: ObjectOffset = { share: 0.5, px: 0 };

/**
 * Where the pixels of a frame are on the canvas.
 * Input:  size of the upright frame in px; the layout of the element that shows it.
 * Output: edges of pixels map to edges: (0, 0) is the outer corner of the first pixel.
 * @source CSS Images Module Level 3, sections 5.5 (object-fit) and 5.6 (object-position).
 */
export function placePicture(frameWidth: number, frameHeight: number, layout: PictureLayout): Placement {
  const { box, fit, position, mirrored = false } = layout;
  const [scaleX, scaleY] = scales(fit, box.width / frameWidth, box.height / frameHeight);
  const x = box.x + offset(position?.x ?? middle, box.width - frameWidth * scaleX);
  const y = box.y + offset(position?.y ?? middle, box.height - frameHeight * scaleY);
  const left = Math.max(box.x, x);
  const top = Math.max(box.y, y);
  const visible = {
    x: left,
    y: top,
    width: Math.max(0, Math.min(box.x + box.width, x + frameWidth * scaleX) - left),
    height: Math.max(0, Math.min(box.y + box.height, y + frameHeight * scaleY) - top),
  };
  if (!mirrored) return { scaleX, scaleY, offsetX: x, offsetY: y, visible };
  // The element turns about its own middle after the picture has been fitted into it.
  const edges = 2 * box.x + box.width;
  visible.x = edges - visible.x - visible.width;
  return { scaleX: -scaleX, scaleY, offsetX: edges - x, offsetY: y, visible };
}

/** A box in frame px as the canvas shows it; its width stays positive in a mirror. */
export function placeBox(box: Box, { scaleX, scaleY, offsetX, offsetY }: Placement): Box {
  const x = box.x * scaleX + offsetX;
  const width = box.width * scaleX;
  return {
    x: width < 0 ? x + width : x,
    y: box.y * scaleY + offsetY,
    width: Math.abs(width),
    height: box.height * scaleY,
  };
}

/**
 * Reads the computed value of CSS `object-position`, e.g. `50% 50%`, `10px 0px` or `calc(100% - 8px) 0%`.
 * What cannot be read is the middle.
 */
export function parseObjectPosition(text: string): { x: ObjectOffset; y: ObjectOffset } {
  const parts = text.match(/calc\([^)]*\)|\S+/g) ?? [];
  return { x: parseOffset(parts[0]), y: parseOffset(parts[1]) };
}

function parseOffset(text: string | undefined): ObjectOffset {
  const terms = [...(text ?? '').matchAll(/([+-]?)\s*([+-]?[\d.]+(?:e[+-]?\d+)?)(%|px)/g)];
  if (terms.length === 0) return middle;
  const result = { share: 0, px: 0 };
  for (const [, sign, digits, unit] of terms) {
    const value = Number(digits) * (sign === '-' ? -1 : 1);
    if (unit === '%') result.share += value / 100;
    else result.px += value;
  }
  return result;
}

function scales(fit: ObjectFit, x: number, y: number): [number, number] {
  const least = Math.min(x, y);
  switch (fit) {
    case 'fill':
      return [x, y];
    case 'contain':
      return [least, least];
    case 'cover':
      return [Math.max(x, y), Math.max(x, y)];
    case 'none':
      return [1, 1];
    case 'scale-down':
      return [Math.min(1, least), Math.min(1, least)];
  }
}

function offset({ share, px }: ObjectOffset, free: number): number {
  return share * free + px;
}
