import { SourceError } from '../core/error.js';

/** A picture whose header was read and whose pixels can be written as tight RGB rows. */
export interface PictureReader {
  readonly width: number;
  readonly height: number;
  /** Fills `width × height × 3` bytes, R, G, B. @throws {SourceError} ERR_SOURCE when the pixels are cut off. */
  readRgb(target: Uint8Array): void;
}

const bitsPerPixel = [1, 4, 8, 16, 24, 32];

/** True where `bytes` begin like a Windows bitmap. */
export function isBmp(bytes: Uint8Array): boolean {
  return bytes.length >= 26 && bytes[0] === 0x42 && bytes[1] === 0x4d;
}

/**
 * Reads the header of an uncompressed Windows bitmap: 1, 4, 8 (palette), 16, 24 and 32 bits, bottom-up or top-down,
 * with or without channel masks. Alpha is ignored; channels of fewer than 8 bits are widened so that full stays full.
 * @throws {SourceError} ERR_SOURCE for damaged, truncated and run-length coded files.
 * @source Microsoft, "Bitmap Storage" (BITMAPFILEHEADER, BITMAPINFOHEADER, BITMAPV5HEADER).
 */
export function readBmp(bytes: Uint8Array, subject: string): PictureReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fail = (expected: string, received: string, remedy?: string): never => {
    throw new SourceError({ subject, expected, received, remedy });
  };
  const need = (length: number) => {
    if (bytes.length < length) fail(`a bitmap of at least ${length} bytes`, `${bytes.length} bytes`);
  };
  need(26);
  const pixelOffset = view.getUint32(10, true);
  const headerBytes = view.getUint32(14, true);
  const core = headerBytes === 12;
  if (!core && (headerBytes < 40 || headerBytes > 4096))
    fail('a bitmap header of 12 or 40…4096 bytes', `${headerBytes}`);
  need(14 + headerBytes);
  const width = core ? view.getUint16(18, true) : view.getInt32(18, true);
  const signedHeight = core ? view.getUint16(20, true) : view.getInt32(22, true);
  const height = Math.abs(signedHeight);
  const depth = view.getUint16(core ? 24 : 28, true);
  const compression = core ? 0 : view.getUint32(30, true);
  if (width < 1 || height < 1) fail('a bitmap of at least 1 × 1 px', `${width} × ${signedHeight}`);
  if (!bitsPerPixel.includes(depth)) fail(`${bitsPerPixel.join(', ')} bits per pixel`, `${depth}`);
  if (compression !== 0 && compression !== 3) {
    fail('an uncompressed bitmap', `compression ${compression}`, 'Save the picture as PNG.');
  }
  const strideBytes = Math.floor((width * depth + 31) / 32) * 4;
  if (pixelOffset + strideBytes * height > bytes.length) {
    fail(`${pixelOffset + strideBytes * height} bytes (${width} × ${height}, ${depth} bits)`, `${bytes.length} bytes`);
  }
  const rowAt = (y: number) => pixelOffset + strideBytes * (signedHeight > 0 ? height - 1 - y : y);
  const readRgb = depth <= 8 ? readPalette : depth === 24 ? readBgr : readMasked;
  return { width, height, readRgb };

  function readPalette(target: Uint8Array): void {
    const entryBytes = core ? 3 : 4;
    const start = 14 + headerBytes;
    const used = core ? 0 : view.getUint32(46, true);
    const entries = Math.min(used || 1 << depth, 1 << depth, Math.floor((pixelOffset - start) / entryBytes));
    const mask = (1 << depth) - 1;
    for (let y = 0, out = 0; y < height; y++) {
      const row = rowAt(y);
      for (let x = 0; x < width; x++) {
        const bit = x * depth;
        const value = (bytes[row + (bit >> 3)] >> (8 - depth - (bit & 7))) & mask;
        const at = start + value * entryBytes;
        const known = value < entries;
        target[out++] = known ? bytes[at + 2] : 0;
        target[out++] = known ? bytes[at + 1] : 0;
        target[out++] = known ? bytes[at] : 0;
      }
    }
  }

  function readBgr(target: Uint8Array): void {
    for (let y = 0, out = 0; y < height; y++) {
      for (let x = 0, at = rowAt(y); x < width; x++, at += 3) {
        target[out++] = bytes[at + 2];
        target[out++] = bytes[at + 1];
        target[out++] = bytes[at];
      }
    }
  }

  function readMasked(target: Uint8Array): void {
    const masks = compression === 3 ? readMasks() : depth === 16 ? [0x7c00, 0x3e0, 0x1f] : [0xff0000, 0xff00, 0xff];
    const channels = masks.map((mask) => {
      const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
      return { shift, mask: mask >>> shift };
    });
    for (let y = 0, out = 0; y < height; y++) {
      const row = rowAt(y);
      for (let x = 0; x < width; x++) {
        const value = depth === 16 ? view.getUint16(row + x * 2, true) : view.getUint32(row + x * 4, true);
        for (const { shift, mask } of channels) {
          const part = (value >>> shift) & mask;
          target[out++] = mask === 255 ? part : mask === 0 ? 0 : Math.floor((part * 255) / mask);
        }
      }
    }
  }

  function readMasks(): number[] {
    need(66);
    return [54, 58, 62].map((at) => view.getUint32(at, true));
  }
}
