import { SourceError, UnsupportedError } from '../core/error.js';
import { type FrameInit, maxFrameSide } from '../core/frame.js';
import { isBmp, readBmp } from './bmp-decoder.js';
import { readPictureSize } from './picture-size.js';
import { isPnm, readPnm } from './pnm-decoder.js';

/** What the memory of a decoded picture has to hold. */
export type PictureSize = Pick<FrameInit, 'format' | 'codedWidth' | 'codedHeight'>;

/**
 * Decodes a picture into tight 8-bit rows, upright, with the same red, green and blue as in Node: EXIF orientation is
 * applied, embedded ICC profiles are ignored, alpha is not blended, of an animation the first frame is read. BMP and
 * PNM become RGB, everything else RGBA by way of the browser's own decoder, so the formats are the browser's.
 *
 * Equal to Node bit by bit in Chromium for PNG, gray and colour JPEG, GIF, lossless WebP, BMP and PNM (asserted by
 * the tests); other browsers may bring other decoders. Not equal: JPEG in CMYK, which a browser converts through a
 * profile; WebP with an EXIF orientation, which browsers do not apply; AVIF.
 *
 * @param bytes The file. @param subject Its name, for messages.
 * @param target Gives the memory to write to, once the size is known.
 * @throws {SourceError} ERR_SOURCE what is no picture, is damaged, truncated, of a format that the browser does not
 * know, or larger than 16384 px on a side. @throws {UnsupportedError} ERR_UNSUPPORTED a picture with transparency where
 * there is no WebGL.
 */
export async function decodePicture(
  bytes: Uint8Array<ArrayBuffer>,
  subject: string,
  target: (size: PictureSize) => Uint8Array,
): Promise<void> {
  if (bytes.length === 0) throw notAPicture(subject, 'an empty file');
  const reader = isBmp(bytes) ? readBmp(bytes, subject) : isPnm(bytes) ? readPnm(bytes, subject) : undefined;
  if (reader) {
    checkSize(reader.width, reader.height, subject);
    reader.readRgb(target({ format: 'RGB', codedWidth: reader.width, codedHeight: reader.height }));
    return;
  }
  const size = readPictureSize(bytes);
  if (size) checkSize(size.width, size.height, subject);
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(new Blob([bytes]), {
      colorSpaceConversion: 'none',
      imageOrientation: 'from-image',
      premultiplyAlpha: 'none',
    });
  } catch (cause) {
    throw notAPicture(subject, 'one that this browser cannot decode: damaged, too large, or of another kind', cause);
  }
  try {
    const { width, height } = bitmap;
    checkSize(width, height, subject);
    const pixels = readBitmap(bitmap, subject);
    const out = target({ format: 'RGBA', codedWidth: width, codedHeight: height });
    // What lies behind transparency, a canvas forgets.
    if (isOpaque(pixels)) out.set(pixels);
    else readUnblended(bitmap, subject, out);
  } finally {
    bitmap.close();
  }
}

function readBitmap(bitmap: ImageBitmap, subject: string): Uint8ClampedArray {
  try {
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('no canvas of that size');
    context.drawImage(bitmap, 0, 0);
    return context.getImageData(0, 0, bitmap.width, bitmap.height).data;
  } catch (cause) {
    throw notAPicture(subject, `one of ${bitmap.width} × ${bitmap.height} px, too large for this browser`, cause);
  }
}

function isOpaque(pixels: Uint8ClampedArray): boolean {
  for (let at = 3; at < pixels.length; at += 4) if (pixels[at] !== 255) return false;
  return true;
}

// A texture takes the colours as they are in the file; a canvas keeps them multiplied by alpha.
function readUnblended(bitmap: ImageBitmap, subject: string, out: Uint8Array): void {
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (!gl || Math.max(bitmap.width, bitmap.height) > gl.getParameter(gl.MAX_TEXTURE_SIZE)) {
    throw new UnsupportedError({
      subject,
      expected: gl ? 'a picture with transparency that a WebGL texture can hold' : 'WebGL, to read transparency',
      received: gl ? `${bitmap.width} × ${bitmap.height} px` : 'none',
      remedy: 'Save the picture without transparency.',
    });
  }
  const texture = gl.createTexture();
  const buffer = gl.createFramebuffer();
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
  gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
  gl.bindFramebuffer(gl.FRAMEBUFFER, buffer);
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  gl.readPixels(0, 0, bitmap.width, bitmap.height, gl.RGBA, gl.UNSIGNED_BYTE, out);
  // Contexts are few: this one is given back now, not when somebody collects it.
  gl.getExtension('WEBGL_lose_context')?.loseContext();
}

function checkSize(width: number, height: number, subject: string): void {
  if (width <= maxFrameSide && height <= maxFrameSide) return;
  throw new SourceError({
    subject,
    expected: `a picture of at most ${maxFrameSide} px on a side`,
    received: `${width} × ${height}`,
    remedy: 'Scale or tile the picture first.',
    details: { reason: 'too-large', width, height, limit: maxFrameSide },
  });
}

function notAPicture(subject: string, received: string, cause?: unknown): SourceError {
  return new SourceError({
    subject,
    expected: 'a whole picture (JPEG, PNG, WebP, GIF, AVIF, BMP or PNM)',
    received,
    remedy: 'Replace it, or convert it to PNG.',
    cause,
  });
}
