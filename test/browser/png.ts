import { crc32, deflateSync } from 'node:zlib';

const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** The beginning of a PNG: 8-bit RGB of a size of one's choice, and no pixels at all. */
export function pngHeader(width: number, height: number): Uint8Array {
  return Buffer.concat([signature, head(width, height, 8, 2)]);
}

/** A whole PNG, all black, with one bit per pixel: a huge picture in a small file. */
export function blackPng(width: number, height: number): Uint8Array {
  // Each row begins with the byte that names its filter.
  const rows = deflateSync(Buffer.alloc((1 + Math.ceil(width / 8)) * height));
  return Buffer.concat([signature, head(width, height, 1, 0), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
}

function head(width: number, height: number, bitDepth: number, colourType: number): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  data.set([bitDepth, colourType], 8);
  return chunk('IHDR', data);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(named) >>> 0);
  return Buffer.concat([length, named, check]);
}
