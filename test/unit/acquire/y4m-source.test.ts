import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { Y4mSource } from '../../../src/acquire/y4m-source.node.js';
import { ReflexarcError } from '../../../src/core/error.js';
import { FramePool } from '../../../src/core/frame-pool.js';

const folder = fileURLToPath(new URL('../../fixtures/y4m', import.meta.url));
const temporary = mkdtempSync(join(tmpdir(), 'reflexarc-y4m-'));
afterAll(() => rmSync(temporary, { recursive: true }));
const { signal } = new AbortController();

interface Expected {
  width: number;
  height: number;
  format: string;
  /** sha256 of each frame, or its pixels where the reference rounds otherwise. */
  frames: (string | number[])[];
}

// Made by make-y4m.py with OpenCV.
const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Record<string, Expected>;

function write(name: string, data: Uint8Array | string): string {
  const path = join(temporary, name);
  writeFileSync(path, data);
  return path;
}

async function readAll(path: string, pool = new FramePool()) {
  const source = await Y4mSource.open(path);
  const frames: { id: number; timestamp: number; data: Uint8Array }[] = [];
  try {
    for (;;) {
      const frame = await source.read(pool, signal);
      if (!frame) return frames;
      frames.push({ id: frame.id, timestamp: frame.timestamp, data: frame.data.slice() });
      frame.close();
    }
  } finally {
    await source.close();
  }
}

describe('Y4mSource', () => {
  it.each(Object.entries(expected))('%s has the pixels that OpenCV gives', async (name, want) => {
    const path = join(folder, `${name}.y4m`);
    const source = await Y4mSource.open(path);
    expect(source.info).toMatchObject({ type: 'video', width: want.width, height: want.height, endless: false });
    expect(source.info.frameRate).toBeCloseTo(29.97, 3);
    await source.close();
    const frames = await readAll(path);
    expect(frames.map(({ id, timestamp }) => [id, timestamp])).toEqual([
      [0, 0],
      [1, 33367],
    ]);
    frames.forEach(({ data }, i) => {
      const reference = want.frames[i];
      if (typeof reference === 'string') expect(createHash('sha256').update(data).digest('hex')).toBe(reference);
      // OpenCV's full-range factors have 14 bits and three digits: up to 1 step away.
      else expect(Math.max(...data.map((value, k) => Math.abs(value - reference[k])))).toBeLessThanOrEqual(1);
    });
  });

  it('counts its frames where no FRAME line has parameters', async () => {
    const path = write('two.y4m', 'YUV4MPEG2 W2 H1 Cmono\nFRAME\nabFRAME\ncd');
    const source = await Y4mSource.open(path);
    expect(source.info.frameCount).toBe(2);
    expect(source.info.frameRate).toBeUndefined();
    await source.close();
    expect((await readAll(path)).map(({ timestamp }) => timestamp)).toEqual([0, 40000]);
  });

  it('passes over frames without reading them, ids go on', async () => {
    const source = await Y4mSource.open(write('skip.y4m', 'YUV4MPEG2 W1 H1 Cmono F1:1\nFRAME\naFRAME Ip\nbFRAME\nc'));
    expect(await source.skip(2, signal)).toBe(2);
    const frame = await source.read(new FramePool(), signal);
    expect(frame?.id).toBe(2);
    expect([...(frame?.data ?? [])]).toEqual([0x63]);
    frame?.close();
    expect(await source.skip(5, signal)).toBe(0);
    expect(await source.read(new FramePool(), signal)).toBeUndefined();
    await source.close();
  });

  it('gives the good frames of a file that is cut off, then an error, and no frame stays open', async () => {
    const source = await Y4mSource.open(write('cut.y4m', 'YUV4MPEG2 W2 H1 Cmono\nFRAME\nabFRAME\nc'));
    const pool = new FramePool();
    (await source.read(pool, signal))?.close();
    await expect(source.read(pool, signal)).rejects.toMatchObject({
      code: 'ERR_SOURCE',
      received: '1, then the end of the file',
    });
    expect(pool.openFrames).toBe(0);
    await source.close();
  });

  it('refuses what is missing, empty, no stream, or has no end of its header', async () => {
    await expect(Y4mSource.open(join(temporary, 'none.y4m'))).rejects.toMatchObject({
      code: 'ERR_SOURCE',
      received: 'nothing there',
    });
    await expect(Y4mSource.open(temporary)).rejects.toMatchObject({ code: 'ERR_SOURCE' });
    await expect(Y4mSource.open(write('empty.y4m', ''))).rejects.toMatchObject({ code: 'ERR_SOURCE' });
    await expect(Y4mSource.open(write('text.y4m', 'hello\n'))).rejects.toMatchObject({ code: 'ERR_SOURCE' });
    await expect(Y4mSource.open(write('endless.y4m', 'YUV4MPEG2 W1 H1'))).rejects.toMatchObject({ code: 'ERR_SOURCE' });
  });

  it('stops with the reason of an abort, and refuses to read once closed', async () => {
    const source = await Y4mSource.open(join(folder, 'mono.y4m'));
    const reason = new Error('enough');
    await expect(source.read(new FramePool(), AbortSignal.abort(reason))).rejects.toBe(reason);
    await expect(source.skip(1, AbortSignal.abort(reason))).rejects.toBe(reason);
    await source.close();
    await source.close();
    await expect(source.read(new FramePool(), signal)).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  });

  it('ends or fails with one of our errors on any bytes', async () => {
    const original = readFileSync(join(folder, '420-odd.y4m'));
    const damage = fc.record({
      cut: fc.integer({ min: 0, max: original.length }),
      at: fc.integer({ min: 0, max: original.length }),
      bytes: fc.uint8Array({ maxLength: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(damage, async ({ cut, at, bytes }) => {
        const data = Uint8Array.from(original);
        data.set(bytes.subarray(0, Math.max(0, data.length - at)), Math.min(at, data.length));
        const pool = new FramePool();
        try {
          await readAll(write('fuzz.y4m', data.subarray(0, cut)), pool);
        } catch (error) {
          if (!(error instanceof ReflexarcError)) throw error;
        }
        return pool.openFrames === 0;
      }),
      { numRuns: 200 },
    );
  });
});
