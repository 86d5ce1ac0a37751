import { SourceError } from '../core/error.js';
import type { PictureReader } from './bmp-decoder.js';

/** True where `bytes` begin like a portable bitmap, graymap or pixmap (`P1`…`P6`). */
export function isPnm(bytes: Uint8Array): boolean {
  return bytes.length >= 3 && bytes[0] === 0x50 && bytes[1] >= 0x31 && bytes[1] <= 0x36 && isSpace(bytes[2]);
}

/**
 * Reads the header of a portable bitmap (`P1`, `P4`), graymap (`P2`, `P5`) or pixmap (`P3`, `P6`), text or binary, 8 or
 * 16 bits. Samples become `round(sample · 255 / maxval)`; of 16-bit ones with maxval 65535 the high byte is taken, as
 * for every other 16-bit picture. The first picture of a file is read.
 * @throws {SourceError} ERR_SOURCE for damaged and truncated files.
 * @source Netpbm, pbm(5), pgm(5), ppm(5).
 */
export function readPnm(bytes: Uint8Array, subject: string): PictureReader {
  const kind = bytes[1] - 0x30;
  const binary = kind >= 4;
  const bitmap = kind === 1 || kind === 4;
  const samples = kind === 3 || kind === 6 ? 3 : 1;
  let at = 2;
  const width = number('a width of 1 or more', 1);
  const height = number('a height of 1 or more', 1);
  const maxval = bitmap ? 1 : number('a maxval of 1…65535', 1, 65535);
  // Exactly one white space ends a binary header; pixel data may begin with bytes that look like more of it.
  if (binary && !isSpace(bytes[at++])) fail('white space after the header', 'something else');
  const pixelStart = at;
  const sampleBytes = maxval > 255 ? 2 : 1;
  const rowBytes = kind === 4 ? Math.ceil(width / 8) : width * samples * sampleBytes;
  const needed = pixelStart + (binary ? rowBytes * height : width * height * samples);
  if (needed > bytes.length) fail(`${needed} bytes or more (${width} × ${height})`, `${bytes.length} bytes`);
  return { width, height, readRgb };

  function readRgb(target: Uint8Array): void {
    at = pixelStart;
    const scale = (value: number) =>
      maxval === 65535 ? value >> 8 : maxval === 255 ? value : Math.round((Math.min(value, maxval) * 255) / maxval);
    let out = 0;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (samples === 3) {
          for (let c = 0; c < 3; c++) target[out++] = scale(sample(x * 3 + c, y));
        } else {
          const gray = bitmap ? (sample(x, y) ? 0 : 255) : scale(sample(x, y));
          target[out++] = gray;
          target[out++] = gray;
          target[out++] = gray;
        }
      }
    }
  }

  function sample(index: number, y: number): number {
    if (!binary) return bitmap ? digit() : number('a sample', 0);
    const row = pixelStart + rowBytes * y;
    if (kind === 4) return (bytes[row + (index >> 3)] >> (7 - (index & 7))) & 1;
    return sampleBytes === 1 ? bytes[row + index] : (bytes[row + index * 2] << 8) | bytes[row + index * 2 + 1];
  }

  // Digits of a text bitmap need no space between them.
  function digit(): number {
    skipSpace();
    const byte = bytes[at++];
    if (byte !== 0x30 && byte !== 0x31) fail('0 or 1', byte === undefined ? 'the end of the file' : `byte ${byte}`);
    return byte - 0x30;
  }

  function number(expected: string, smallest: number, largest = 0xffff_ffff): number {
    skipSpace();
    const start = at;
    let value = 0;
    while (bytes[at] >= 0x30 && bytes[at] <= 0x39 && at - start < 11) value = value * 10 + bytes[at++] - 0x30;
    if (at === start) fail(expected, at >= bytes.length ? 'the end of the file' : `byte ${bytes[at]}`);
    if (value < smallest || value > largest) fail(expected, String(value));
    return value;
  }

  function skipSpace(): void {
    for (;;) {
      if (isSpace(bytes[at])) at++;
      else if (bytes[at] === 0x23) while (at < bytes.length && bytes[at] !== 0x0a) at++;
      else return;
    }
  }

  function fail(expected: string, received: string): never {
    throw new SourceError({ subject, expected, received });
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
