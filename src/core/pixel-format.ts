import { InvalidArgumentError, ShapeError } from './error.js';
import type { Orientation } from './orientation.js';

/** How the samples of one plane lie: groups of `bytes` bytes, each for `across` × `down` px of the picture. */
export interface PlaneFormat {
  readonly bytes: number;
  readonly across: number;
  readonly down: number;
}

const whole = (bytes: number): readonly PlaneFormat[] => [{ bytes, across: 1, down: 1 }];
const half = (bytes: number): PlaneFormat => ({ bytes, across: 2, down: 1 });
const quarter = (bytes: number): PlaneFormat => ({ bytes, across: 2, down: 2 });

/**
 * Pixel formats of a frame, each with its planes in order. WebCodecs' words where it has them, else FourCC's. A sample is a byte;
 * of `GRAY16` it is two, the lower first. `I420`, `I422` and `I444` are Y, U, V; `NV12` is Y, then U and V in turn, `NV21` V and U;
 * `YUY2` is Y U Y V in turn, `UYVY` U Y V Y. The fourth byte of `RGBA`, `RGBX`, `BGRA` and `BGRX` is carried, and looked
 * at by nobody.
 */
export const pixelFormats = {
  RGBA: whole(4),
  RGBX: whole(4),
  BGRA: whole(4),
  BGRX: whole(4),
  RGB: whole(3),
  BGR: whole(3),
  GRAY8: whole(1),
  GRAY16: whole(2),
  I420: [...whole(1), quarter(1), quarter(1)],
  I422: [...whole(1), half(1), half(1)],
  I444: [...whole(1), ...whole(1), ...whole(1)],
  NV12: [...whole(1), quarter(2)],
  NV21: [...whole(1), quarter(2)],
  YUY2: [half(4)],
  UYVY: [half(4)],
} as const satisfies Record<string, readonly PlaneFormat[]>;

/** A pixel format: a key of {@link pixelFormats}. */
export type PixelFormat = keyof typeof pixelFormats;

/** Formats of luma and chroma, whose colours depend on a {@link FrameColorSpace}. */
export const yuvFormats = ['I420', 'I422', 'I444', 'NV12', 'NV21', 'YUY2', 'UYVY'] as const;
export type YuvFormat = (typeof yuvFormats)[number];

/** Formats of red, green and blue, or of gray: all of a pixel side by side, in one plane. */
export type PackedFormat = Exclude<PixelFormat, YuvFormat>;

/** Bytes per pixel of each packed format. */
export const bytesPerPixel: Readonly<Record<PackedFormat, number>> = {
  RGBA: 4,
  RGBX: 4,
  BGRA: 4,
  BGRX: 4,
  RGB: 3,
  BGR: 3,
  GRAY8: 1,
  GRAY16: 2,
};

/** True for formats of luma and chroma. */
export function isYuvFormat(format: PixelFormat): format is YuvFormat {
  return (yuvFormats as readonly PixelFormat[]).includes(format);
}

/** Where a plane begins in a frame's bytes, and the bytes from one of its rows to the next; WebCodecs' `PlaneLayout`. */
export interface PlaneLayout {
  readonly offset: number;
  readonly stride: number;
}

/** Ways to compute luma and chroma from RGB; WebCodecs' `VideoMatrixCoefficients` without `rgb`. The middle two are BT.601. */
export const colorMatrices = ['bt709', 'bt470bg', 'smpte170m', 'bt2020-ncl'] as const;
export type ColorMatrix = (typeof colorMatrices)[number];

/**
 * What the numbers of a YUV picture mean; a `VideoColorSpace` of the browser is one. Where a value is absent or null
 * it is BT.601 and limited range (luma 16…235, chroma 16…240), as cameras that say nothing have it.
 */
export interface FrameColorSpace {
  readonly matrix?: ColorMatrix | 'rgb' | null;
  readonly fullRange?: boolean | null;
}

/**
 * Size, orientation and memory layout of a frame's pixels: what a preprocessing plan is built for. A picture that is stored turned
 * says so, and is turned as it is preprocessed; results are in px of the picture as it is seen.
 */
export interface FrameLayout extends Partial<Orientation> {
  format: PixelFormat;
  /** Width and height of the stored picture in px, 1…16384. */
  codedWidth: number;
  codedHeight: number;
  /** Bytes from one row to the next of the first plane; at least those of a row. */
  strideBytes: number;
  /**
   * The planes of a YUV format. Absent, they follow one another: a chroma row of `I420` and `I422` then takes ⌈strideBytes / 2⌉
   * bytes, one of `NV12` and `NV21` twice that, and of a picture with odd sides the chroma is rounded up. A format of RGB or gray
   * has none.
   */
  planes?: readonly PlaneLayout[];
  /** Of a YUV format. */
  colorSpace?: FrameColorSpace;
}

/** A layout with everything in it that may be left out. */
export interface MeasuredLayout {
  readonly strideBytes: number;
  /** Of a YUV format, else absent. */
  readonly planes: readonly PlaneLayout[] | undefined;
  /** From the beginning of the frame's bytes to the end of the last row of its last plane. */
  readonly byteLength: number;
}

/** Largest width or height of a frame in px. */
export const maxFrameSide = 16384;

const maxStride = 2 ** 24;
const maxFrameBytes = 2 ** 31;

/**
 * Checks a layout, and says how many bytes it takes and where its planes lie.
 * @throws {InvalidArgumentError} ERR_ARGUMENT unknown format, colour space, rotation or flip; stride shorter than a row, or above 2^24;
 *   planes that are none, of another number, of a packed format, or without room for their rows. @throws {ShapeError} ERR_SHAPE size out of range.
 */
export function measureLayout(
  layout: Omit<FrameLayout, 'strideBytes'> & { strideBytes?: number },
  subject = 'frame',
): MeasuredLayout {
  if (typeof layout !== 'object' || layout === null) {
    throw new InvalidArgumentError({
      subject,
      expected: 'format, codedWidth and codedHeight',
      received: String(layout),
    });
  }
  const { format, codedWidth, codedHeight } = layout;
  const shapes: readonly PlaneFormat[] | undefined = Object.hasOwn(pixelFormats, format)
    ? pixelFormats[format]
    : undefined;
  if (!shapes) {
    throw new InvalidArgumentError({
      subject: `${subject}.format`,
      expected: `one of ${Object.keys(pixelFormats).join(', ')}`,
      received: String(format),
    });
  }
  for (const side of [codedWidth, codedHeight]) {
    if (!Number.isInteger(side) || side < 1 || side > maxFrameSide) {
      throw new ShapeError({
        subject: `${subject} size`,
        expected: `whole numbers from 1 to ${maxFrameSide} px`,
        received: `${codedWidth} × ${codedHeight}`,
        remedy: 'Scale or tile the picture first.',
      });
    }
  }
  const { rotation = 0, flip = false, planes: given } = layout;
  if (rotation !== 0 && rotation !== 90 && rotation !== 180 && rotation !== 270) {
    throw new InvalidArgumentError({
      subject: `${subject}.rotation`,
      expected: '0, 90, 180 or 270 degrees',
      received: String(rotation),
    });
  }
  if (typeof flip !== 'boolean') {
    throw new InvalidArgumentError({ subject: `${subject}.flip`, expected: 'true or false', received: String(flip) });
  }
  if (given && !(Array.isArray(given) && given.every((plane) => plane))) {
    throw new InvalidArgumentError({
      subject: `${subject}.planes`,
      expected: `a list of ${shapes.length} planes for ${format}, each with offset and stride`,
      received: Array.isArray(given) ? `[${given.map(String).join(', ')}]` : String(given),
    });
  }
  const rowBytes = Math.ceil(codedWidth / shapes[0].across) * shapes[0].bytes;
  const strideBytes = layout.strideBytes ?? given?.[0]?.stride ?? rowBytes;
  if (!Number.isInteger(strideBytes) || strideBytes < rowBytes || strideBytes > maxStride) {
    throw new InvalidArgumentError({
      subject: `${subject}.strideBytes`,
      expected: `a whole number from ${rowBytes} (a row of ${codedWidth} px) to ${maxStride}`,
      received: String(strideBytes),
    });
  }
  if (!isYuvFormat(format)) {
    if (given) throw wrongPlanes(subject, `none for ${format}; its rows are strideBytes apart`, given);
    const byteLength = strideBytes * (codedHeight - 1) + rowBytes;
    if (byteLength > maxFrameBytes) {
      throw new ShapeError({
        subject: `${subject} size`,
        expected: `at most ${maxFrameBytes} bytes`,
        received: `${byteLength}, with rows ${strideBytes} bytes apart`,
        remedy: 'Take a smaller stride, or tile the picture.',
      });
    }
    return { strideBytes, planes: undefined, byteLength };
  }
  checkColorSpace(layout.colorSpace, subject);
  const planes =
    given?.map(({ offset, stride }) => ({ offset, stride })) ?? planesInTurn(shapes, strideBytes, codedHeight);
  return { strideBytes, planes, byteLength: measurePlanes(layout, shapes, strideBytes, planes, subject) };
}

/** Planes one after the other, as {@link FrameLayout} says. */
export function planesInTurn(shapes: readonly PlaneFormat[], strideBytes: number, height: number): PlaneLayout[] {
  let end = 0;
  return shapes.map(({ bytes, across, down }, i) => {
    const plane = { offset: end, stride: i === 0 ? strideBytes : Math.ceil(strideBytes / across) * bytes };
    end += plane.stride * Math.ceil(height / down);
    return plane;
  });
}

function measurePlanes(
  { format, codedWidth, codedHeight }: Omit<FrameLayout, 'strideBytes'>,
  shapes: readonly PlaneFormat[],
  strideBytes: number,
  planes: readonly PlaneLayout[],
  subject: string,
): number {
  if (planes.length !== shapes.length || planes[0].stride !== strideBytes) {
    throw wrongPlanes(subject, `${shapes.length} for ${format}, the first with a stride of strideBytes`, planes);
  }
  let byteLength = 0;
  planes.forEach(({ offset, stride }, i) => {
    const { bytes, across, down } = shapes[i];
    const rowBytes = Math.ceil(codedWidth / across) * bytes;
    const end = offset + stride * (Math.ceil(codedHeight / down) - 1) + rowBytes;
    const isWhole = Number.isInteger(offset) && Number.isInteger(stride);
    if (!isWhole || offset < 0 || stride < rowBytes || stride > maxStride || end > maxFrameBytes) {
      const expected = `plane ${i} with a whole offset and a stride from ${rowBytes} to ${maxStride}, ending below 2^31`;
      throw wrongPlanes(subject, expected, planes);
    }
    byteLength = Math.max(byteLength, end);
  });
  return byteLength;
}

function wrongPlanes(subject: string, expected: string, planes: readonly PlaneLayout[]): InvalidArgumentError {
  const received = planes.map(({ offset, stride }) => `offset ${offset} stride ${stride}`).join(', ');
  return new InvalidArgumentError({ subject: `${subject}.planes`, expected, received: received || 'none' });
}

function checkColorSpace(space: FrameColorSpace | null | undefined, subject: string): void {
  if (space === undefined || space === null) return;
  const refuse = (part: string, expected: string, received: unknown) => {
    throw new InvalidArgumentError({
      subject: `${subject}.colorSpace${part}`,
      expected,
      received: String(received),
      remedy: 'Leave it out for BT.601 of limited range.',
    });
  };
  if (typeof space !== 'object') refuse('', 'an object with matrix and fullRange', space);
  const { matrix, fullRange } = space;
  if (!colorMatrices.includes((matrix ?? 'smpte170m') as ColorMatrix)) {
    refuse('.matrix', `one of ${colorMatrices.join(', ')}`, matrix);
  }
  if (typeof (fullRange ?? false) !== 'boolean') refuse('.fullRange', 'true or false', fullRange);
}
