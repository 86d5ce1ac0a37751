/**
 * Size of a PNG, JPEG, GIF or WebP picture as its header says, before anything is decoded: a browser asked to decode
 * a picture too large for it fails late, and without saying why. JPEG sizes are those before an EXIF orientation.
 * @param bytes The file, or its beginning.
 * @returns `undefined` for other formats, and where the header is not whole.
 * @source PNG (ISO/IEC 15948) 11.2.2; JPEG (ITU-T T.81) B.2.2; GIF89a 18; RFC 9649 (WebP) 2.5–2.7 and RFC 6386 9.1.
 */
export function readPictureSize(bytes: Uint8Array): { width: number; height: number } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (at: number, length: number) => String.fromCharCode(...bytes.subarray(at, at + length));
  if (text(0, 8) === '\x89PNG\r\n\x1a\n' && bytes.length >= 24 && text(12, 4) === 'IHDR') {
    return { width: view.getUint32(16), height: view.getUint32(20) };
  }
  if (/^GIF8[79]a$/.test(text(0, 6)) && bytes.length >= 10) {
    return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  }
  if (text(0, 4) === 'RIFF' && text(8, 4) === 'WEBP' && bytes.length >= 30) return readWebpSize(view, text(12, 4));
  if (view.byteLength >= 4 && view.getUint16(0) === 0xffd8) return readJpegSize(view);
  return undefined;
}

function readWebpSize(view: DataView, chunk: string): { width: number; height: number } | undefined {
  const uint24 = (at: number) => view.getUint16(at, true) + view.getUint8(at + 2) * 0x10000;
  switch (chunk) {
    case 'VP8X':
      return { width: uint24(24) + 1, height: uint24(27) + 1 };
    case 'VP8 ':
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    case 'VP8L': {
      const bits = view.getUint32(21, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    default:
      return undefined;
  }
}

// Segment by segment to the frame header, whatever lies before it: previews in EXIF data have headers of their own.
function readJpegSize(view: DataView): { width: number; height: number } | undefined {
  let at = 2;
  while (at + 9 <= view.byteLength) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at++;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    // Markers without a segment.
    const bare = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    at += bare ? 2 : 2 + view.getUint16(at + 2);
  }
  return undefined;
}
