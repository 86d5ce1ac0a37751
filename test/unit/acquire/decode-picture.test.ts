import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { decodePicture } from '../../../src/acquire/decode-picture.node.js';
import { loadSharp } from '../../../src/core/sharp.node.js';
import { assetPath, describeWithAssets } from '../../assets.js';

interface Expected {
  fault?: boolean;
  width: number;
  height: number;
  sha256?: string;
  mean?: [number, number, number];
}

const folder = fileURLToPath(new URL('../../fixtures/pictures', import.meta.url));
// Made by make-pictures.py with OpenCV and Pillow.
const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as {
  own: Record<string, Expected>;
  assets: Record<string, Expected>;
};

async function decode(bytes: Uint8Array, name: string) {
  let width = 0;
  let height = 0;
  let data = new Uint8Array();
  await decodePicture(bytes, name, (w, h) => {
    width = w;
    height = h;
    data = new Uint8Array(w * h * 3);
    return data;
  });
  return { width, height, data };
}

async function check(path: string, name: string, want: Expected) {
  const bytes = readFileSync(path);
  if (want.fault) {
    const error = await decode(bytes, name).then(
      () => undefined,
      (cause) => cause,
    );
    expect(error).toMatchObject({ code: 'ERR_SOURCE', subject: name });
    expect(error.message).not.toMatch(/\n/);
    return;
  }
  const { width, height, data } = await decode(bytes, name);
  expect({ width, height }).toEqual({ width: want.width, height: want.height });
  if (want.mean) {
    const sums = [0, 0, 0];
    for (let i = 0; i < data.length; i++) sums[i % 3] += data[i];
    for (let c = 0; c < 3; c++) expect(Math.abs(sums[c] / (width * height) - want.mean[c])).toBeLessThan(0.3);
  } else {
    expect(createHash('sha256').update(data).digest('hex')).toBe(want.sha256);
  }
}

describe('decodePicture', () => {
  it('has an expectation for every picture', () => {
    const files = readdirSync(folder).filter((name) => !/\.(py|json)$/.test(name));
    expect(Object.keys(expected.own).sort()).toEqual(files.sort());
  });

  it.each(Object.entries(expected.own))('%s', (name, want) => check(join(folder, name), name, want));

  it('refuses a picture larger than a frame may be, before decoding it', async () => {
    const sharp = await loadSharp('a test');
    const wide = await sharp({ create: { width: 16385, height: 1, channels: 3, background: '#fff' } })
      .png()
      .toBuffer();
    await expect(decode(wide, 'wide.png')).rejects.toMatchObject({
      code: 'ERR_SOURCE',
      received: '16385 × 1',
    });
    const header = new Uint8Array(Buffer.from('P6 20000 1 255\n'.padEnd(70_000)));
    await expect(decode(header, 'wide.ppm')).rejects.toMatchObject({ code: 'ERR_SOURCE', received: '20000 × 1' });
  });
});

describeWithAssets('decodePicture on the assets', () => {
  it.each(Object.entries(expected.assets))('%s', (name, want) => check(assetPath(name), name, want));
});

describe('loadSharp', () => {
  it('says how to install it where it is absent', async () => {
    const absent = () => Promise.reject(new Error("Cannot find package 'sharp'\nRequire stack"));
    await expect(loadSharp('reading a.jpg', absent)).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      subject: 'reading a.jpg',
      remedy: 'Install it beside reflexarc: npm install sharp',
    });
  });
});
