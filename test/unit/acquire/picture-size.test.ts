import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readPictureSize } from '../../../src/acquire/picture-size.js';
import { loadSharp } from '../../../src/core/sharp.node.js';
import { assetPath, describeWithAssets } from '../../assets.js';

const fixtures = fileURLToPath(new URL('../../fixtures/pictures', import.meta.url));
const known = /\.(png|jpe?g|gif|webp)$/i;

/** Compares with libvips, which reads the same headers. @returns how many pictures agree. */
async function compare(folder: string): Promise<number> {
  const sharp = await loadSharp('a test');
  let equal = 0;
  for (const name of readdirSync(folder).filter((each) => known.test(each))) {
    const bytes = readFileSync(`${folder}/${name}`);
    const expected = await Promise.resolve()
      .then(() => sharp(bytes, { failOn: 'none' }).metadata())
      .catch(() => undefined);
    // Names do not bind: of other formats, and of what libvips cannot open, there is nothing to compare.
    if (!expected || !['png', 'jpeg', 'gif', 'webp'].includes(expected.format ?? '')) continue;
    expect(readPictureSize(bytes), name).toEqual({ width: expected.width, height: expected.height });
    equal++;
  }
  return equal;
}

describe('readPictureSize', () => {
  it('reads what libvips reads', async () => {
    expect(await compare(fixtures)).toBeGreaterThan(15);
  });

  it('reads each way that WebP has', async () => {
    const sharp = await loadSharp('a test');
    const picture = sharp({ create: { width: 301, height: 77, channels: 4, background: '#f008' } });
    for (const options of [{ lossless: true }, { lossless: false }, { lossless: false, quality: 5 }]) {
      expect(readPictureSize(await picture.clone().webp(options).toBuffer())).toEqual({ width: 301, height: 77 });
      const opaque = picture.clone().removeAlpha().webp(options);
      expect(readPictureSize(await opaque.toBuffer())).toEqual({ width: 301, height: 77 });
    }
  });

  it('says nothing of other files, and nothing of what is not whole', () => {
    const png = readFileSync(`${fixtures}/rgb16.png`);
    const jpeg = readFileSync(`${fixtures}/progressive.jpg`);
    for (let length = 0; length < 24; length++) expect(readPictureSize(png.subarray(0, length))).toBeUndefined();
    for (let length = 0; length < 20; length++) expect(readPictureSize(jpeg.subarray(0, length))).toBeUndefined();
    expect(readPictureSize(new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>'))).toBeUndefined();
  });

  describeWithAssets('on photographs', () => {
    it.each(['images/formats', 'images/coral', 'images/ortx'])('reads what libvips reads: %s', async (folder) => {
      expect(await compare(assetPath(folder))).toBeGreaterThan(1);
    });
  });
});
