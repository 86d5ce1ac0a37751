/** A letter: its width and its strokes as SVG path data with absolute commands. */
interface Glyph {
  width: number;
  path: string;
}

/** Height of a capital letter in units of the font; the baseline is at 7, descenders reach 9.2. */
export const capHeight = 7;
/** Width of the pen in units of the font. */
export const penWidth = 1.05;
const spacing = 1.75;

const bowl = 'C0 3.1 0.8 2.2 1.9 2.2S3.7 3.1 3.7 4.6S3 7 1.9 7S0 6.1 0 4.6';
const mirroredBowl = 'C3.6 3.1 2.9 2.2 1.8 2.2S0 3.1 0 4.6S0.7 7 1.8 7S3.6 6.1 3.6 4.6';
const round = 'M2.4 0C0.9 0 0 1.4 0 3.5S0.9 7 2.4 7S4.8 5.6 4.8 3.5S3.9 0 2.4 0Z';
const arch = 'C0.1 3 0.8 2.2 1.8 2.2C2.8 2.2 3.4 2.9 3.4 4.1V7';

// Drawn for this package. Text of overlays then needs no installed font and looks the same everywhere.
const glyphs: Record<string, Glyph> = {
  ' ': { width: 1.5, path: '' },
  '0': { width: 4, path: 'M2 0C0.6 0 0 1.4 0 3.5S0.6 7 2 7S4 5.6 4 3.5S3.4 0 2 0Z' },
  '1': { width: 2.4, path: 'M0.2 1.5L2 0V7' },
  '2': { width: 4, path: 'M0.1 1.7C0.3 0.6 1 0 2 0C3.1 0 3.9 0.7 3.9 1.8C3.9 3.3 2.6 4.3 0.1 7H4' },
  '3': {
    width: 4,
    path: 'M0.2 1.3C0.5 0.5 1.1 0 2 0C3.1 0 3.8 0.7 3.8 1.7S3.1 3.3 1.6 3.3M1.6 3.3C3.2 3.3 4 4 4 5.1S3.2 7 2 7C1 7 0.3 6.5 0 5.6',
  },
  '4': { width: 4.2, path: 'M3.1 7V0L0 4.9H4.2' },
  '5': { width: 4, path: 'M3.6 0H0.6L0.3 3.2C0.8 2.7 1.4 2.5 2 2.5C3.2 2.5 4 3.4 4 4.7S3.2 7 1.9 7C1 7 0.3 6.5 0 5.7' },
  '6': {
    width: 4,
    path: 'M3.5 0.5C3.1 0.2 2.7 0 2.2 0C0.8 0 0 1.5 0 3.9V4.7C0 6.1 0.8 7 2 7S4 6.1 4 4.7S3.2 2.6 2 2.6S0 3.4 0 4.7',
  },
  '7': { width: 3.8, path: 'M0 0H3.8L1.4 7' },
  '8': {
    width: 4,
    path: 'M2 3.3C0.9 3.3 0.3 2.6 0.3 1.7S0.9 0 2 0S3.7 0.7 3.7 1.7S3.1 3.3 2 3.3C0.8 3.3 0 4.1 0 5.1S0.8 7 2 7S4 6.2 4 5.1S3.2 3.3 2 3.3Z',
  },
  '9': {
    width: 4,
    path: 'M0.5 6.5C0.9 6.8 1.3 7 1.8 7C3.2 7 4 5.5 4 3.1V2.3C4 0.9 3.2 0 2 0S0 0.9 0 2.3S0.8 4.4 2 4.4S4 3.6 4 2.3',
  },
  A: { width: 4.6, path: 'M0 7L2.3 0L4.6 7M0.8 4.7H3.8' },
  B: {
    width: 4,
    path: 'M0 3.3H2.2C3.2 3.3 3.8 2.6 3.8 1.65S3.2 0 2.2 0H0V7H2.3C3.4 7 4 6.2 4 5.15S3.4 3.3 2.3 3.3',
  },
  C: { width: 4.4, path: 'M4.4 1.6C4 0.6 3.2 0 2.3 0C0.9 0 0 1.4 0 3.5S0.9 7 2.3 7C3.2 7 4 6.4 4.4 5.4' },
  D: { width: 4.3, path: 'M0 0V7H1.8C3.4 7 4.3 5.6 4.3 3.5S3.4 0 1.8 0Z' },
  E: { width: 3.6, path: 'M3.6 0H0V7H3.6M0 3.4H3.1' },
  F: { width: 3.5, path: 'M3.5 0H0V7M0 3.4H3' },
  G: { width: 4.5, path: 'M4.4 1.6C4 0.6 3.2 0 2.3 0C0.9 0 0 1.4 0 3.5S0.9 7 2.4 7C3.3 7 4 6.6 4.5 6V3.8H2.6' },
  H: { width: 4.2, path: 'M0 0V7M4.2 0V7M0 3.4H4.2' },
  I: { width: 0, path: 'M0 0V7' },
  J: { width: 3, path: 'M3 0V5C3 6.3 2.4 7 1.5 7S0.2 6.5 0 5.6' },
  K: { width: 4.1, path: 'M0 0V7M3.9 0L0 4.2M1.5 2.7L4.1 7' },
  L: { width: 3.4, path: 'M0 0V7H3.4' },
  M: { width: 5, path: 'M0 7V0L2.5 4.2L5 0V7' },
  N: { width: 4.3, path: 'M0 7V0L4.3 7V0' },
  O: { width: 4.8, path: round },
  P: { width: 4, path: 'M0 7V0H2.2C3.3 0 4 0.8 4 1.9S3.3 3.8 2.2 3.8H0' },
  Q: { width: 4.8, path: `${round}M3.2 5.4L4.8 7.5` },
  R: { width: 4.1, path: 'M0 7V0H2.2C3.3 0 4 0.8 4 1.85S3.3 3.7 2.2 3.7H0M2.2 3.7L4.1 7' },
  S: {
    width: 4,
    path: 'M3.8 1.4C3.5 0.5 2.9 0 2 0C0.9 0 0.2 0.7 0.2 1.7C0.2 3 1.2 3.2 2 3.4C3 3.6 4 4 4 5.2C4 6.3 3.2 7 2 7C1 7 0.3 6.5 0 5.5',
  },
  T: { width: 4.4, path: 'M0 0H4.4M2.2 0V7' },
  U: { width: 4.2, path: 'M0 0V4.6C0 6.1 0.8 7 2.1 7S4.2 6.1 4.2 4.6V0' },
  V: { width: 4.6, path: 'M0 0L2.3 7L4.6 0' },
  W: { width: 6.4, path: 'M0 0L1.6 7L3.2 0.6L4.8 7L6.4 0' },
  X: { width: 4.2, path: 'M0 0L4.2 7M4.2 0L0 7' },
  Y: { width: 4.4, path: 'M0 0L2.2 3.5V7M4.4 0L2.2 3.5' },
  Z: { width: 4, path: 'M0 0H4L0 7H4' },
  a: { width: 3.6, path: `M3.6 2.3V7M3.6 4.6${mirroredBowl}` },
  b: { width: 3.7, path: `M0 0V7M0 4.6${bowl}` },
  c: { width: 3.4, path: 'M3.4 3.3C3.1 2.6 2.6 2.2 1.9 2.2C0.8 2.2 0 3.1 0 4.6S0.8 7 1.9 7C2.6 7 3.1 6.6 3.4 5.9' },
  d: { width: 3.6, path: `M3.6 0V7M3.6 4.6${mirroredBowl}` },
  e: { width: 3.6, path: 'M0 4.6H3.6C3.6 3.1 2.9 2.2 1.8 2.2S0 3.1 0 4.6S0.8 7 1.9 7C2.6 7 3.1 6.7 3.5 6' },
  f: { width: 2.3, path: 'M2.4 0.1C1.3 -0.2 0.8 0.4 0.8 1.6V7M0 2.4H2.2' },
  g: { width: 3.6, path: `M3.6 2.3V7.2C3.6 8.5 2.9 9.2 1.8 9.2C1.1 9.2 0.6 9 0.2 8.4M3.6 4.6${mirroredBowl}` },
  h: { width: 3.4, path: `M0 0V7M0 4.3${arch}` },
  i: { width: 0, path: 'M0 2.4V7M0 0.2V0.3' },
  j: { width: 0.9, path: 'M0.9 2.4V7.6C0.9 8.7 0.5 9.2 -0.3 9.2M0.9 0.2V0.3' },
  k: { width: 3.3, path: 'M0 0V7M3.1 2.4L0 5.1M1.2 4.1L3.3 7' },
  l: { width: 0.9, path: 'M0 0V6C0 6.7 0.3 7 0.9 7' },
  m: {
    width: 5.8,
    path: 'M0 2.4V7M0 4.2C0.1 2.9 0.7 2.2 1.5 2.2C2.4 2.2 2.9 2.9 2.9 4V7M2.9 4.2C3 2.9 3.6 2.2 4.4 2.2C5.3 2.2 5.8 2.9 5.8 4V7',
  },
  n: { width: 3.4, path: `M0 2.4V7M0 4.3${arch}` },
  o: { width: 3.8, path: 'M1.9 2.2C0.8 2.2 0 3.1 0 4.6S0.8 7 1.9 7S3.8 6.1 3.8 4.6S3 2.2 1.9 2.2Z' },
  p: { width: 3.7, path: `M0 2.4V9.2M0 4.6${bowl}` },
  q: { width: 3.6, path: `M3.6 2.4V9.2M3.6 4.6${mirroredBowl}` },
  r: { width: 2.2, path: 'M0 2.4V7M0 4.4C0.2 3 0.9 2.2 2.2 2.3' },
  s: {
    width: 3.3,
    path: 'M3.1 3.2C2.9 2.6 2.4 2.2 1.6 2.2C0.7 2.2 0.1 2.7 0.1 3.4C0.1 4.3 0.9 4.4 1.6 4.6C2.5 4.8 3.3 5 3.3 5.8C3.3 6.5 2.6 7 1.7 7C0.8 7 0.2 6.6 0 5.9',
  },
  t: { width: 2.3, path: 'M0.8 0.7V5.6C0.8 6.6 1.3 7 2.3 6.9M0 2.4H2.2' },
  u: { width: 3.4, path: 'M0 2.4V5.1C0 6.3 0.6 7 1.6 7C2.6 7 3.3 6.2 3.4 4.9M3.4 2.4V7' },
  v: { width: 3.6, path: 'M0 2.4L1.8 7L3.6 2.4' },
  w: { width: 5.2, path: 'M0 2.4L1.3 7L2.6 2.8L3.9 7L5.2 2.4' },
  x: { width: 3.4, path: 'M0 2.4L3.4 7M3.4 2.4L0 7' },
  y: { width: 3.6, path: 'M0 2.4L1.85 6.9M3.6 2.4L1.7 7.6C1.3 8.7 0.8 9.2 0 9.2' },
  z: { width: 3.2, path: 'M0 2.4H3.2L0 7H3.2' },
  '.': { width: 0, path: 'M0 6.8V6.9' },
  ',': { width: 0.3, path: 'M0.3 6.8L0 8.3' },
  ':': { width: 0, path: 'M0 3V3.1M0 6.8V6.9' },
  ';': { width: 0.3, path: 'M0.3 3V3.1M0.3 6.8L0 8.3' },
  '!': { width: 0, path: 'M0 0V4.5M0 6.8V6.9' },
  '?': { width: 3.4, path: 'M0 1.4C0.2 0.5 0.8 0 1.7 0C2.8 0 3.4 0.7 3.4 1.6C3.4 3 1.6 3.2 1.6 4.6M1.6 6.8V6.9' },
  '-': { width: 2.2, path: 'M0 4.4H2.2' },
  _: { width: 3.6, path: 'M0 8H3.6' },
  '+': { width: 3.4, path: 'M0 4.2H3.4M1.7 2.5V5.9' },
  '=': { width: 3.4, path: 'M0 3.2H3.4M0 5.2H3.4' },
  '/': { width: 2.6, path: 'M0 7.6L2.6 -0.4' },
  '\\': { width: 2.6, path: 'M0 -0.4L2.6 7.6' },
  '|': { width: 0, path: 'M0 -0.6V8' },
  '#': { width: 4.2, path: 'M1.5 0.5L0.8 6.7M3.5 0.5L2.8 6.7M0.2 2.4H4.2M0 4.8H4' },
  '%': {
    width: 5.2,
    path: 'M4.4 0L0.8 7M1.1 0.1C0.4 0.1 0 0.8 0 1.7S0.4 3.3 1.1 3.3S2.2 2.6 2.2 1.7S1.8 0.1 1.1 0.1ZM4.1 3.7C3.4 3.7 3 4.4 3 5.3S3.4 6.9 4.1 6.9S5.2 6.2 5.2 5.3S4.8 3.7 4.1 3.7Z',
  },
  '&': {
    width: 4.6,
    path: 'M4.6 7L1.2 2.9C0.3 1.7 0.8 0 2.1 0C3.4 0 3.8 1.7 2.6 2.6L1.2 3.6C-0.6 4.9 0 7 1.8 7C3.2 7 4.2 5.8 4.4 4',
  },
  '@': {
    width: 5.4,
    path: 'M3.8 3.6C3.8 2.7 3.4 2.2 2.7 2.2S1.6 2.8 1.6 3.7S2 5.2 2.7 5.2S3.8 4.6 3.8 3.6V2.3M3.8 4C3.8 5 4.1 5.4 4.6 5.3C5.2 5.2 5.4 4.4 5.4 3.4C5.4 1.3 4.3 0 2.7 0S0 1.4 0 3.7S1.2 7.4 2.9 7.4C3.7 7.4 4.3 7.2 4.8 6.9',
  },
  '*': { width: 2.8, path: 'M1.4 0.4V3.4M0.1 1.1L2.7 2.7M2.7 1.1L0.1 2.7' },
  '(': { width: 1.2, path: 'M1.2 -0.5C0.3 0.8 0 2 0 3.6S0.3 6.4 1.2 7.7' },
  ')': { width: 1.2, path: 'M0 -0.5C0.9 0.8 1.2 2 1.2 3.6S0.9 6.4 0 7.7' },
  '[': { width: 1.2, path: 'M1.2 -0.4H0V7.6H1.2' },
  ']': { width: 1.2, path: 'M0 -0.4H1.2V7.6H0' },
  '<': { width: 3, path: 'M3 2.2L0 4.3L3 6.4' },
  '>': { width: 3, path: 'M0 2.2L3 4.3L0 6.4' },
  "'": { width: 0, path: 'M0 0V1.6' },
  '"': { width: 1.4, path: 'M0 0V1.6M1.4 0V1.6' },
  '·': { width: 0, path: 'M0 4.3V4.4' },
  '×': { width: 3, path: 'M0 2.8L3 5.8M3 2.8L0 5.8' },
  '…': { width: 3.6, path: 'M0 6.8V6.9M1.8 6.8V6.9M3.6 6.8V6.9' },
};

// What the font lacks is shown as a box, not left out.
const unknown: Glyph = { width: 3.4, path: 'M0 0H3.4V7H0Z' };

/** Width of a text in units of the font, from the first pen position to the last. */
export function textWidth(text: string): number {
  let width = 0;
  for (const letter of text) width += glyphOf(letter).width + spacing;
  return Math.max(0, width - spacing);
}

/** Strokes of a text as SVG `path` elements; capitals stand from (`x`, `y`) downwards, `size` px high. */
export function textPaths(text: string, x: number, y: number, size: number): string {
  const scale = size / capHeight;
  let at = 0;
  let out = '';
  for (const letter of text) {
    const { width, path } = glyphOf(letter);
    if (path) out += `<path transform="translate(${round2(at)} 0)" d="${path}"/>`;
    at += width + spacing;
  }
  return `<g transform="translate(${round2(x)} ${round2(y)}) scale(${round2(scale)})">${out}</g>`;
}

function glyphOf(letter: string): Glyph {
  return glyphs[letter] ?? glyphs[letter.normalize('NFD')[0]] ?? unknown;
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
