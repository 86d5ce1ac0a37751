import { crc32 } from 'node:zlib';

/** The beginning of a PNG: 8-bit RGB of a size of one's choice, and no pixels at all. */
export function pngHeader(width: number, height: number): Uint8Array {
  const chunk = Buffer.alloc(17);
  chunk.write('IHDR', 0, 'latin1');
  chunk.writeUInt32BE(width, 4);
  chunk.writeUInt32BE(height, 8);
  chunk.set([8, 2, 0, 0, 0], 12);
  const length = Buffer.from([0, 0, 0, 13]);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(chunk) >>> 0);
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), length, chunk, check]);
}
