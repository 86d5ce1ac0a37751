import {
  type FrameLayout,
  isYuvFormat,
  measureLayout,
  type PlaneLayout,
  pixelFormats,
  planesInTurn,
} from './pixel-format.js';

/** A layout in words; equal for layouts that are equal, but for planes that are left out where they follow one another. */
export function describeLayout({
  format,
  codedWidth,
  codedHeight,
  strideBytes,
  planes,
  colorSpace,
  rotation = 0,
  flip = false,
}: FrameLayout): string {
  const turned = `${rotation === 0 ? '' : `, turned by ${rotation}°`}${flip ? ', mirrored' : ''}`;
  const words = `${codedWidth} × ${codedHeight} ${format}${turned}, stride ${strideBytes}`;
  if (!isYuvFormat(format)) return words;
  // Of a frame that is refused, anything may be here.
  const places = Array.isArray(planes)
    ? `planes ${planes.map((plane) => `${plane?.offset}+${plane?.stride}`).join(' ')}`
    : planes
      ? `planes ${planes}`
      : 'planes in turn';
  const colors = `${colorSpace?.matrix ?? 'smpte170m'} ${colorSpace?.fullRange ? 'full' : 'limited'} range`;
  return `${words}, ${places}, ${colorSpace && typeof colorSpace !== 'object' ? `colour space ${colorSpace}` : colors}`;
}

/** Compares layouts with one, without making anything: once per frame. */
export class LayoutMatch {
  readonly #layout: FrameLayout;
  readonly #planes: readonly PlaneLayout[] | undefined;
  /** Whether the planes follow one another, so that a layout without any is the same. */
  readonly #inTurn: boolean;

  /** @throws as {@link measureLayout}. */
  constructor(layout: FrameLayout) {
    const { format, codedHeight, strideBytes } = layout;
    this.#layout = layout;
    this.#planes = measureLayout(layout).planes;
    this.#inTurn =
      !this.#planes || samePlanes(this.#planes, planesInTurn(pixelFormats[format], strideBytes, codedHeight));
  }

  /** True for a layout that says the same. */
  fits({ format, codedWidth, codedHeight, strideBytes, planes, colorSpace, rotation, flip }: FrameLayout): boolean {
    const own = this.#layout;
    if (format !== own.format || codedWidth !== own.codedWidth || codedHeight !== own.codedHeight) return false;
    if (strideBytes !== own.strideBytes) return false;
    if ((rotation ?? 0) !== (own.rotation ?? 0) || (flip ?? false) !== (own.flip ?? false)) return false;
    if (!this.#planes) return planes === undefined;
    if (planes ? !samePlanes(planes, this.#planes) : !this.#inTurn) return false;
    if (colorSpace && typeof colorSpace !== 'object') return false;
    const { matrix, fullRange } = own.colorSpace ?? {};
    return (
      (colorSpace?.matrix ?? 'smpte170m') === (matrix ?? 'smpte170m') &&
      (colorSpace?.fullRange ?? false) === (fullRange ?? false)
    );
  }
}

function samePlanes(some: readonly PlaneLayout[], others: readonly PlaneLayout[]): boolean {
  if (some.length !== others.length) return false;
  for (let i = 0; i < some.length; i++) {
    if (some[i]?.offset !== others[i].offset || some[i]?.stride !== others[i].stride) return false;
  }
  return true;
}
