import { ReflexarcError, SourceError } from '../core/error.js';
import { maxFrameSide } from '../core/frame.js';
import { loadSharp, type Sharp } from '../core/sharp.node.js';
import { isBmp, type PictureReader, readBmp } from './bmp-decoder.js';
import { isPnm, readPnm } from './pnm-decoder.js';

/** File name extensions that are taken for pictures in a folder; the content decides what they are. */
export const pictureExtensions = [
  ...['jpg', 'jpeg', 'jpe', 'jfif', 'png', 'webp', 'gif', 'tif', 'tiff', 'avif'],
  ...['bmp', 'dib', 'pbm', 'pgm', 'ppm', 'pnm'],
];

const sharpFormats = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif'];
const spaces = ['srgb', 'b-w', 'rgb16', 'grey16', 'cmyk', 'rgb'];
const depths = ['uchar', 'ushort'];

/**
 * Decodes a picture into tight 8-bit RGB rows, upright, as OpenCV's `imread` and Pillow's `exif_transpose` and
 * `convert('RGB')` do: EXIF orientation is applied, embedded ICC profiles are ignored, alpha is dropped (not blended),
 * of 16-bit samples the high byte is taken, gray and palettes become RGB, CMYK becomes
 * `round((255 − c)·(255 − k) / 255)` without a profile, and of an animation the first frame is read.
 *
 * @param bytes The file. @param subject Its path, for messages.
 * @param target Gives the `width × height × 3` bytes to write to, once the size is known.
 * @throws {SourceError} ERR_SOURCE what is no picture, is damaged, truncated or larger than 16384 px on a side.
 * @throws {UnsupportedError} ERR_UNSUPPORTED sharp is needed (all but BMP and PNM) and not installed.
 * @source libjpeg-turbo's default decoding; CMYK as Pillow's `Convert.c` defines it.
 */
export async function decodePicture(
  bytes: Uint8Array,
  subject: string,
  target: (width: number, height: number) => Uint8Array,
): Promise<void> {
  if (bytes.length === 0) throw notAPicture(subject, 'an empty file');
  const reader: PictureReader | undefined = isBmp(bytes)
    ? readBmp(bytes, subject)
    : isPnm(bytes)
      ? readPnm(bytes, subject)
      : undefined;
  if (reader) {
    checkSize(reader.width, reader.height, subject);
    reader.readRgb(target(reader.width, reader.height));
    return;
  }
  const sharp = await loadSharp(`reading ${subject}`);
  await decodeWithSharp(sharp, bytes, subject, target);
}

async function decodeWithSharp(
  sharp: Sharp,
  bytes: Uint8Array,
  subject: string,
  target: (width: number, height: number) => Uint8Array,
): Promise<void> {
  try {
    // `error` refuses truncated data but lets pass what decoders only warn of, such as an odd chunk.
    const options = { failOn: 'error', ignoreIcc: true, limitInputPixels: false } as const;
    const metadata = await sharp(bytes, options).metadata();
    const { format, space, depth } = metadata;
    if (!sharpFormats.includes(format ?? '')) throw notAPicture(subject, `${format}`);
    if (!spaces.includes(space ?? '') || !depths.includes(depth ?? '')) {
      throw new SourceError({
        subject,
        expected: '8-bit or 16-bit samples in gray, RGB or CMYK',
        received: `${depth} samples in ${space}`,
        remedy: 'Convert the picture to an 8-bit one.',
      });
    }
    const { width, height } = metadata.autoOrient;
    checkSize(width, height, subject);
    const upright = sharp(bytes, options).autoOrient();
    const cmyk = space === 'cmyk';
    // Left in CMYK, sharp's own conversion (through a built-in profile) is passed over.
    const pixels = cmyk
      ? upright.pipelineColourspace('cmyk').toColourspace('cmyk')
      : upright.toColourspace('srgb').removeAlpha();
    const { data, info } = await pixels.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    const out = target(info.width, info.height);
    const expected = info.width * info.height * info.channels;
    if (data.length !== expected || info.channels < (cmyk ? 4 : 3)) {
      throw new SourceError({ subject, expected: `${expected} bytes`, received: `${data.length} bytes` });
    }
    if (cmyk) writeCmyk(data, info.channels, out);
    else out.set(data);
  } catch (cause) {
    if (cause instanceof ReflexarcError) throw cause;
    throw notAPicture(subject, complaint(cause), cause);
  }
}

function writeCmyk(data: Uint8Array, channels: number, out: Uint8Array): void {
  for (let at = 0, o = 0; o < out.length; at += channels) {
    const light = 255 - data[at + 3];
    for (let c = 0; c < 3; c++) {
      // Pillow's order of rounding: light − round(ink·light / 255).
      const product = data[at + c] * light + 128;
      out[o++] = Math.max(0, light - ((product + (product >> 8)) >> 8));
    }
  }
}

function checkSize(width: number, height: number, subject: string): void {
  if (width <= maxFrameSide && height <= maxFrameSide) return;
  throw new SourceError({
    subject,
    expected: `a picture of at most ${maxFrameSide} px on a side`,
    received: `${width} × ${height}`,
    remedy: 'Scale or tile the picture first.',
  });
}

function notAPicture(subject: string, received: string, cause?: unknown): SourceError {
  return new SourceError({
    subject,
    expected: 'a whole picture (JPEG, PNG, WebP, GIF, TIFF, AVIF, BMP or PNM)',
    received,
    remedy: 'Replace or remove the file.',
    cause,
  });
}

// The decoder's first words, without what it calls its input and itself.
function complaint(error: unknown): string {
  const [line] = (error instanceof Error ? error.message : String(error)).split('\n');
  if (/unsupported image format/.test(line)) return 'a file of another kind';
  const words = line.replace(/^Input (buffer|file) has corrupt header: /, '').replace(/^Vips\w+: /, '');
  return `one that its decoder refuses ("${words.replace(/\.$/, '')}")`;
}
