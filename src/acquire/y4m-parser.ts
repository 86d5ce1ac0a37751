import { SourceError, UnsupportedError } from '../core/error.js';
import { maxFrameSide, type PixelFormat } from '../core/frame.js';

/** Chroma layouts of a YUV4MPEG2 stream that are read here; 4:2:0 stands for its three sitings. */
export type Y4mChroma = '420' | '422' | '444' | 'mono';

/** What the first line of a YUV4MPEG2 stream says. */
export interface Y4mHeader {
  width: number;
  height: number;
  /** Frames per second as a fraction; absent where the stream calls it unknown. */
  rate?: { numerator: number; denominator: number };
  chroma: Y4mChroma;
  /** True for luma 0…255 (`XCOLORRANGE=FULL`), false for 16…235. */
  fullRange: boolean;
  /** Bytes of one frame's planes, after its `FRAME` line. */
  frameBytes: number;
  /** Format of the frames that come of it. */
  format: PixelFormat;
}

/** Longest header line that is accepted, in bytes. */
export const maxY4mLine = 1024;

const supported = ['420', '420jpeg', '420mpeg2', '420paldv', '422', '444', 'mono'];

/**
 * Reads the first line of a YUV4MPEG2 stream, without its line feed. Interlaced streams are taken as they lie (fields
 * woven), aspect ratios and comments are ignored.
 * @throws {SourceError} ERR_SOURCE no such stream or damaged. @throws {UnsupportedError} ERR_UNSUPPORTED other chroma layouts, more than 8 bits.
 * @source yuv4mpeg(5) of mjpegtools; `XCOLORRANGE` as FFmpeg writes it.
 */
export function parseY4mHeader(line: string, subject: string): Y4mHeader {
  const [magic, ...parameters] = line.split(' ').filter((word) => word !== '');
  if (magic !== 'YUV4MPEG2') {
    throw new SourceError({ subject, expected: 'a stream that begins with YUV4MPEG2', received: quote(line) });
  }
  let width = 0;
  let height = 0;
  let rate: Y4mHeader['rate'];
  let colors = '420jpeg';
  let fullRange = false;
  for (const parameter of parameters) {
    const value = parameter.slice(1);
    if (parameter[0] === 'W') width = side(value, 'W');
    else if (parameter[0] === 'H') height = side(value, 'H');
    else if (parameter[0] === 'F') rate = fraction(value);
    else if (parameter[0] === 'C') colors = value;
    else if (parameter === 'XCOLORRANGE=FULL') fullRange = true;
  }
  if (!width || !height) {
    throw new SourceError({ subject, expected: 'W and H in the header', received: quote(line) });
  }
  if (!supported.includes(colors)) {
    throw new UnsupportedError({
      subject,
      expected: `8-bit samples in one of C${supported.join(', C')}`,
      received: quote(`C${colors}`),
      remedy: 'Convert it: ffmpeg -i IN -pix_fmt yuv420p OUT.y4m',
      details: { supported },
    });
  }
  const chroma = (colors.startsWith('420') ? '420' : colors) as Y4mChroma;
  const chromaWidth = chroma === '444' ? width : Math.ceil(width / 2);
  const chromaHeight = chroma === '420' ? Math.ceil(height / 2) : height;
  const frameBytes = width * height + (chroma === 'mono' ? 0 : 2 * chromaWidth * chromaHeight);
  return { width, height, rate, chroma, fullRange, frameBytes, format: chroma === 'mono' ? 'GRAY8' : 'RGB' };

  function side(value: string, name: string): number {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : 0;
    if (number >= 1 && number <= maxFrameSide) return number;
    throw new SourceError({ subject, expected: `${name} from 1 to ${maxFrameSide}`, received: quote(value) });
  }

  function fraction(value: string): Y4mHeader['rate'] {
    const match = /^(\d{1,9}):(\d{1,9})$/.exec(value);
    if (!match) throw new SourceError({ subject, expected: 'a rate like F30:1', received: quote(`F${value}`) });
    const [numerator, denominator] = [Number(match[1]), Number(match[2])];
    return numerator > 0 && denominator > 0 ? { numerator, denominator } : undefined;
  }
}

/** True for the line that begins a frame: `FRAME`, with or without parameters. */
export function isY4mFrameLine(line: string): boolean {
  return line === 'FRAME' || line.startsWith('FRAME ');
}

/**
 * Writes the planes of a frame as tight rows of RGB (gray for `mono`, where the luma is taken as it is).
 * Chroma samples are repeated, not interpolated. With 20 fractional bits, `c = max(0, Y − 16)·1220542`,
 * `R = (c + 1673527·V + 2¹⁹) >> 20`, `G = (c − 852492·V − 409993·U + 2¹⁹) >> 20`, `B = (c + 2116026·U + 2¹⁹) >> 20`,
 * U and V less 128, clipped: BT.601 for limited range (1.164, 1.596, 0.813, 0.391, 2.018). Full range: `c = Y·2²⁰`
 * and the factors 1.402, 0.714136, 0.344136, 1.772.
 * @source ITU-R BT.601-7; the integers are those of OpenCV's `COLOR_YUV2RGB_I420`, which this equals to the bit.
 */
export function writeY4mFrame(header: Y4mHeader, planes: Uint8Array, target: Uint8Array): void {
  const { width, height, chroma } = header;
  const lumaBytes = width * height;
  if (chroma === 'mono') {
    target.set(planes.subarray(0, lumaBytes));
    return;
  }
  const { luma, redV, greenV, greenU, blueU } = header.fullRange ? fullTables() : limitedTables();
  const shiftX = chroma === '444' ? 0 : 1;
  const shiftY = chroma === '420' ? 1 : 0;
  const chromaWidth = (width + shiftX) >> shiftX;
  const chromaBytes = chromaWidth * ((height + shiftY) >> shiftY);
  let at = 0;
  for (let y = 0; y < height; y++) {
    const row = y * width;
    const rowU = lumaBytes + (y >> shiftY) * chromaWidth;
    const rowV = rowU + chromaBytes;
    for (let x = 0; x < width; x++) {
      const c = luma[planes[row + x]];
      const u = planes[rowU + (x >> shiftX)];
      const v = planes[rowV + (x >> shiftX)];
      target[at++] = clip((c + redV[v]) >> 20);
      target[at++] = clip((c - greenV[v] - greenU[u]) >> 20);
      target[at++] = clip((c + blueU[u]) >> 20);
    }
  }
}

interface Tables {
  luma: Int32Array;
  redV: Int32Array;
  greenV: Int32Array;
  greenU: Int32Array;
  blueU: Int32Array;
}

let limited: Tables | undefined;
let full: Tables | undefined;

function limitedTables(): Tables {
  limited ??= tables((y) => Math.max(0, y - 16) * 1220542, 1673527, 852492, 409993, 2116026);
  return limited;
}

function fullTables(): Tables {
  const fixed = (factor: number) => Math.round(factor * 2 ** 20);
  full ??= tables((y) => y * 2 ** 20, fixed(1.402), fixed(0.714136), fixed(0.344136), fixed(1.772));
  return full;
}

function tables(luma: (y: number) => number, rv: number, gv: number, gu: number, bu: number): Tables {
  const table = (f: (value: number) => number) => Int32Array.from({ length: 256 }, (_, value) => f(value));
  return {
    // The half that rounds sits in the luma.
    luma: table((y) => luma(y) + 2 ** 19),
    redV: table((v) => (v - 128) * rv),
    greenV: table((v) => (v - 128) * gv),
    greenU: table((u) => (u - 128) * gu),
    blueU: table((u) => (u - 128) * bu),
  };
}

function clip(value: number): number {
  return Math.max(0, Math.min(value, 255));
}

// Bytes of an unknown file may be anything: short, and printable only.
function quote(text: string): string {
  return `"${text.slice(0, 60).replace(/[^\x20-\x7e]/g, '?')}"`;
}
