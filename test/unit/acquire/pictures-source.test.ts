import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { PicturesSource } from '../../../src/acquire/pictures-source.node.js';
import { Frame } from '../../../src/core/frame.js';
import { FramePool } from '../../../src/core/frame-pool.js';

const fixtures = fileURLToPath(new URL('../../fixtures/pictures', import.meta.url));
const temporary = mkdtempSync(join(tmpdir(), 'reflexarc-pictures-'));
afterAll(() => rmSync(temporary, { recursive: true }));
const { signal } = new AbortController();
let folder = '';
let counter = 0;
beforeEach(() => {
  folder = join(temporary, String(counter++));
  mkdirSync(folder);
});

function put(fixture: string, name: string) {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  copyFileSync(join(fixtures, fixture), path);
  return path;
}

async function readAll(path: string, pool = new FramePool()) {
  const source = await PicturesSource.open(path);
  const seen: string[] = [];
  for (;;) {
    const read = await source.read(pool, signal);
    if (!read) break;
    if (read instanceof Frame) {
      seen.push(`${read.id} ${read.source} ${read.timestamp} ${read.format} ${read.codedWidth}x${read.codedHeight}`);
      read.close();
    } else {
      seen.push(`${read.frame} ${read.source} ${read.error.code}`);
    }
  }
  source.close();
  return seen;
}

describe('PicturesSource', () => {
  it('reads a folder and those below it in natural order, and nothing else', async () => {
    put('1x1.png', '10.png');
    put('gray.jpg', '9.JPG');
    put('rgb.bmp', 'b/2.bmp');
    put('rgb.ppm', 'b/11.ppm');
    put('1x1.png', '.hidden.png');
    put('text.jpg', 'notes.txt');
    symlinkSync('..', join(folder, 'b', 'circle'));
    expect(await readAll(folder)).toEqual([
      '0 9.JPG 0 RGB 17x13',
      '1 10.png 1000000 RGB 1x1',
      '2 b/2.bmp 2000000 RGB 17x13',
      '3 b/11.ppm 3000000 RGB 17x13',
    ]);
  });

  it('makes one fault of each bad picture and goes on', async () => {
    put('1x1.png', 'a.png');
    put('truncated.jpg', 'b.jpg');
    put('empty.png', 'c.png');
    put('text.jpg', 'd.jpg');
    symlinkSync('nowhere.png', join(folder, 'e.png'));
    put('rgb.bmp', 'f.bmp');
    const pool = new FramePool();
    expect(await readAll(folder, pool)).toEqual([
      '0 a.png 0 RGB 1x1',
      '1 b.jpg ERR_SOURCE',
      '2 c.png ERR_SOURCE',
      '3 d.jpg ERR_SOURCE',
      '4 e.png ERR_SOURCE',
      '5 f.bmp 5000000 RGB 17x13',
    ]);
    expect(pool.openFrames).toBe(0);
  });

  it('names a single picture by its file, and fails on a bad one', async () => {
    expect(await readAll(put('gray16.png', 'x.png'))).toEqual(['0 x.png 0 RGB 17x13']);
    const source = await PicturesSource.open(put('corrupt.png', 'y.png'));
    await expect(source.read(new FramePool(), signal)).rejects.toMatchObject({
      code: 'ERR_SOURCE',
      subject: join(folder, 'y.png'),
    });
  });

  it('passes over pictures without decoding them', async () => {
    for (const name of ['0.png', '1.png', '2.png']) put(name === '2.png' ? 'rgb.bmp' : 'truncated.jpg', name);
    const source = await PicturesSource.open(folder);
    expect(source.info).toEqual({ type: 'pictures', frameCount: 3, endless: false });
    expect(await source.skip(2, signal)).toBe(2);
    const frame = (await source.read(new FramePool(), signal)) as Frame;
    expect([frame.id, frame.source, frame.timestamp]).toEqual([2, '2.png', 2e6]);
    frame.close();
    expect(await source.skip(1, signal)).toBe(0);
  });

  it('refuses a missing path, an empty folder and a folder without pictures', async () => {
    await expect(PicturesSource.open(join(folder, 'none'))).rejects.toMatchObject({
      code: 'ERR_SOURCE',
      received: 'nothing there',
    });
    await expect(PicturesSource.open(folder)).rejects.toMatchObject({ code: 'ERR_SOURCE', received: 'none' });
    writeFileSync(join(folder, 'a.txt'), 'x');
    await expect(PicturesSource.open(folder)).rejects.toMatchObject({ code: 'ERR_SOURCE', received: 'none' });
  });

  it('stops with the reason of an abort before and during a read, and leaves no frame open', async () => {
    put('rgb.bmp', 'a.bmp');
    put('gray.jpg', 'b.jpg');
    const source = await PicturesSource.open(folder);
    const pool = new FramePool();
    const reason = new Error('enough');
    await expect(source.read(pool, AbortSignal.abort(reason))).rejects.toBe(reason);
    for (let i = 0; i < 2; i++) {
      const controller = new AbortController();
      const reading = source.read(pool, controller.signal);
      controller.abort(reason);
      await expect(reading).rejects.toBe(reason);
    }
    expect(pool.openFrames).toBe(0);
    source.close();
    await expect(source.read(pool, signal)).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  });
});
