import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { createSource, sourceDefinitionFromPath } from '../../../src/acquire/create-source.node.js';
import { FramePool } from '../../../src/core/frame-pool.js';

const fixtures = fileURLToPath(new URL('../../fixtures', import.meta.url));
const temporary = mkdtempSync(join(tmpdir(), 'reflexarc-source-'));
afterAll(() => rmSync(temporary, { recursive: true }));
const { signal } = new AbortController();

function write(name: string, content: string | Uint8Array): string {
  const path = join(temporary, name);
  writeFileSync(path, content);
  return path;
}

const moduleText = `
export default (options) => {
  if (options?.fail) throw new Error('no camera');
  let next = 0;
  return {
    info: { type: 'camera', endless: false, frameRate: 5 },
    async read(allocator, signal) {
      if (next === 2) throw new Error('cable pulled.\\nsecond line');
      const frame = allocator.allocate({ id: next, timestamp: next++, format: 'GRAY8', codedWidth: 2, codedHeight: 1 });
      frame.data.fill(options?.value ?? 0);
      return frame;
    },
    async skip(count) { next += count; return count; },
    close() { if (options?.badClose) throw new Error('stuck'); },
  };
};`;

describe('createSource', () => {
  it('opens a source of every kind', async () => {
    const recording = join(temporary, 'recording');
    mkdirSync(recording);
    const index = { version: 1, complete: true, size: null, seed: null, fps: null, frames: 0, definition: null };
    writeFileSync(join(recording, 'recording.json'), JSON.stringify(index));
    writeFileSync(join(recording, 'frames.jsonl'), '');
    const paths = [
      'synthetic',
      join(fixtures, 'pictures'),
      join(fixtures, 'pictures/rgb.bmp'),
      join(fixtures, 'y4m/444.y4m'),
      recording,
    ];
    const types = [];
    for (const path of paths) {
      const source = await createSource(await sourceDefinitionFromPath(path));
      types.push(source.info.type);
      await source.close();
    }
    expect(types).toEqual(['synthetic', 'pictures', 'pictures', 'video', 'recording']);
  });

  it('runs a module of the user, by URL and by path', async () => {
    const path = write('camera.mjs', moduleText);
    for (const url of [pathToFileURL(path).href, path]) {
      const source = await createSource({ type: 'module', url, options: { value: 9 } });
      expect(source.info).toEqual({ type: 'module', endless: false, frameRate: 5 });
      expect(await source.skip(1, signal)).toBe(1);
      const frame = await source.read(new FramePool(), signal);
      expect(frame).toMatchObject({ id: 1, format: 'GRAY8' });
      if (frame && 'close' in frame) frame.close();
      await source.close();
    }
  });

  it('makes one kind of error of whatever a module throws', async () => {
    const path = write('broken.mjs', moduleText);
    const source = await createSource({ type: 'module', url: path, options: { badClose: true } });
    await source.skip(2, signal);
    await expect(source.read(new FramePool(), signal)).rejects.toMatchObject({
      code: 'ERR_SOURCE',
      subject: `module ${path}`,
      received: 'cable pulled',
      cause: expect.objectContaining({ message: 'cable pulled.\nsecond line' }),
    });
    const reason = new Error('enough');
    await expect(source.read(new FramePool(), AbortSignal.abort(reason))).rejects.toBe(reason);
    await expect(source.close()).rejects.toMatchObject({ code: 'ERR_SOURCE', received: 'stuck' });
  });

  it.each([
    ['null', 'null'],
    ['42', '42'],
    ['"a frame"', 'the text "a frame"'],
    ['{}', 'an empty object'],
    ['{ id: 1, data: [] }', 'an object with id, data'],
    ['{ frame: 1, error: "broken" }', 'an object with frame, error'],
  ])('names what came where a module reads %s', async (text, received) => {
    const path = write(
      `garbage-${received.length}.mjs`,
      `export default () => ({ info: { endless: false }, read: () => (${text}), skip: () => (${text}), close() {} });`,
    );
    const source = await createSource({ type: 'module', url: path });
    await expect(source.read(new FramePool(), signal)).rejects.toMatchObject({
      code: 'ERR_SOURCE',
      subject: `read() of module ${path}`,
      received,
    });
    await expect(source.skip(3, signal)).rejects.toMatchObject({
      code: 'ERR_SOURCE',
      expected: 'how many frames it passed over, at most 3',
      received,
    });
  });

  it.each([
    ['./does-not-exist.mjs', 'a module that loads'],
    ['no-such-package-of-anybody', 'a module that loads'],
    ['https://example.com/camera.js', 'a file: URL, a path or the name of a package'],
    ['data:text/javascript,export default 1', 'a file: URL, a path or the name of a package'],
  ])('refuses the module %s', async (url, expected) => {
    await expect(createSource({ type: 'module', url })).rejects.toMatchObject({ code: 'ERR_SOURCE', expected });
  });

  it('refuses a module that makes no source', async () => {
    const none = write('none.mjs', 'export const x = 1;');
    await expect(createSource({ type: 'module', url: none })).rejects.toMatchObject({ received: 'no default export' });
    const half = write('half.mjs', 'export default () => ({ info: {}, read() {} });');
    await expect(createSource({ type: 'module', url: half })).rejects.toMatchObject({
      received: 'one without info.endless, skip, close',
    });
    const nothing = write('nothing.mjs', 'export default () => undefined;');
    await expect(createSource({ type: 'module', url: nothing })).rejects.toMatchObject({
      code: 'ERR_SOURCE',
      received: 'one without info.endless, read, skip, close',
    });
    const failing = write('failing.mjs', moduleText);
    await expect(createSource({ type: 'module', url: failing, options: { fail: true } })).rejects.toMatchObject({
      code: 'ERR_SOURCE',
      received: 'no camera',
    });
  });
});

describe('sourceDefinitionFromPath', () => {
  const accepted = 'a picture, a folder of pictures, a video, a recording or "synthetic"';

  it('goes by extension first and by content second', async () => {
    const bare = join(temporary, 'bare');
    cpSync(join(fixtures, 'pictures/1x1.png'), bare);
    expect(await sourceDefinitionFromPath(bare)).toEqual({ type: 'pictures', path: bare });
    const video = write('clip', Uint8Array.of(0, 0, 0, 32, 0x66, 0x74, 0x79, 0x70));
    expect(await sourceDefinitionFromPath(video)).toEqual({ type: 'video', path: video });
    const y4m = write('raw', 'YUV4MPEG2 W1 H1 Cmono\n');
    const source = await createSource(await sourceDefinitionFromPath(y4m));
    expect(source.info).toMatchObject({ type: 'video', width: 1, height: 1 });
    await source.close();
    const text = write('notes.jpg', 'not a picture');
    expect(await sourceDefinitionFromPath(text)).toEqual({ type: 'pictures', path: text });
    expect(await sourceDefinitionFromPath('synthetic')).toMatchObject({ type: 'synthetic', seed: 1, width: 1280 });
  });

  it.each([
    ['none', 'nothing there'],
    ['http://example.com/a.mp4', 'a URL'],
    ['rtsp://camera', 'a URL'],
    ['/dev/null', 'neither file nor folder'],
  ])('refuses %s', async (path, received) => {
    await expect(sourceDefinitionFromPath(path)).rejects.toMatchObject({
      code: 'ERR_SOURCE',
      expected: accepted,
      received,
    });
  });

  it('refuses texts, playlists among them, and empty files', async () => {
    const text = { code: 'ERR_SOURCE', expected: accepted, received: 'a text' };
    await expect(sourceDefinitionFromPath(write('a.txt', 'hello\n'))).rejects.toMatchObject(text);
    await expect(sourceDefinitionFromPath(write('a.m3u8', '#EXTM3U\nhttp://x/y.ts\n'))).rejects.toMatchObject(text);
    await expect(sourceDefinitionFromPath(write('a.mp4', ''))).rejects.toMatchObject({
      ...text,
      received: 'an empty file',
    });
  });
});
