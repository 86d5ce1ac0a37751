import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodePicture } from '../../src/acquire/decode-picture.node.js';
import { assetPath, describeWithAssets } from '../assets.js';
import { describeWithChromium } from './chromium.js';
import { openSitePage, type TestPage } from './test-page.js';

const fixtures = fileURLToPath(new URL('../fixtures/pictures', import.meta.url));

// What a browser decodes otherwise than OpenCV and Pillow do, or not at all; see `decode-picture.web.ts`.
const different = ['cmyk.jpg', 'orientation-6.webp'];
const other = /\.(tif|avif|py)$/;

interface Picture {
  id: number;
  timestamp: number;
  name: string;
  codedWidth: number;
  codedHeight: number;
  rgb: string;
}

describeWithChromium('pictures in a page', () => {
  let page: TestPage;
  beforeAll(async () => {
    page = await openSitePage({
      faults: [
        { match: /\/list\.json$/, type: 'application/json', body: JSON.stringify(listed) },
        { match: /\/text\.json$/, type: 'application/json', body: 'no list' },
        { match: /\/empty\.json$/, type: 'application/json', body: '[]' },
        { match: /\/wrong\.json$/, type: 'application/json', body: '["rgb16.png", "http://["]' },
        { match: /\/100%\.png$/, type: 'image/png', body: readFileSync(`${fixtures}/rgb16.png`) },
        { match: /\/source\.js$/, type: 'text/javascript', body: sourceModule },
        { match: /\/nothing\.js$/, type: 'text/javascript', body: 'export const source = 1;' },
      ],
    });
  });
  afterAll(() => page?.close());

  const listed = ['rgb16.png', 'truncated.png', 'missing.png', 'progressive.jpg'].map((name) => `pictures/${name}`);
  const sourceModule = `export default ({ frames }) => ({
    info: { type: 'own', endless: false },
    async read(allocator) {
      if (frames-- === 0) return undefined;
      const frame = allocator.allocate({ format: 'RGB', codedWidth: 1, codedHeight: 1, id: frames, timestamp: 0 });
      frame.data.fill(9);
      return frame;
    },
    async skip() { return 0; },
    close() {},
  });`;

  async function readAll(definition: Record<string, unknown>): Promise<Picture[]> {
    return await page.inWorker<Picture[]>('acquire', 'readAll', definition);
  }

  /** Asserts that a page reads each file as Node does, or refuses it as Node does. @returns how many were read. */
  async function expectEqual(folder: string, url: string, names: string[]): Promise<number> {
    let equal = 0;
    for (const name of names) {
      let expected: Buffer | undefined;
      let size: number[] = [];
      const decoding = decodePicture(readFileSync(`${folder}/${name}`), name, (width, height) => {
        size = [width, height];
        expected = Buffer.alloc(width * height * 3);
        return expected;
      });
      const read = readAll({ type: 'pictures', path: `${url}/${name}` });
      try {
        await decoding;
      } catch {
        // What Node refuses, a page refuses.
        await expect(read, name).rejects.toMatchObject({ code: 'ERR_SOURCE' });
        continue;
      }
      const [picture, ...others] = await read;
      expect(others).toEqual([]);
      expect(picture, name).toMatchObject({ id: 0, timestamp: 0, name });
      expect([picture.codedWidth, picture.codedHeight], name).toEqual(size);
      expect(picture.rgb, name).toBe(
        createHash('sha256')
          .update(expected as Buffer)
          .digest('hex'),
      );
      equal++;
    }
    return equal;
  }

  it('have the very colours that they have in Node', async () => {
    const names = readdirSync(fixtures).filter((name) => !other.test(name) && !different.includes(name));
    expect(await expectEqual(fixtures, '/test-fixtures/pictures', names)).toBeGreaterThan(25);
  });

  describeWithAssets('of cameras', () => {
    it('have the very colours that they have in Node, photographs too', async () => {
      const folder = assetPath('images/coral');
      const names = readdirSync(folder).filter((name) => /\.(jpe?g|png)$/i.test(name));
      expect(await expectEqual(folder, '/test-assets/images/coral', names)).toBeGreaterThan(3);
    });
  });

  it('come one after the other from a list; one that cannot be read is a fault', async () => {
    const frames = await readAll({ type: 'pictures', path: '/test-fixtures/list.json' });
    expect(frames).toMatchObject([
      { id: 0, timestamp: 0, name: 'pictures/rgb16.png' },
      { frame: 1, source: 'pictures/truncated.png', error: { code: 'ERR_SOURCE' } },
      { frame: 2, source: 'pictures/missing.png', error: { code: 'ERR_SOURCE', received: '404 Not Found' } },
      { id: 3, timestamp: 3e6, name: 'pictures/progressive.jpg' },
    ]);
  });

  it.each([
    ['/nowhere.png', /^404/],
    ['/text.json', /^no JSON/],
    ['/empty.json', /^an empty one/],
    ['/wrong.json', /^one with "http:\/\/\["$/],
    ['/nowhere-100%.png', /^4\d\d/],
    ['/', /cannot decode/],
    ['http://127.0.0.1:9/picture.png', /^no answer/],
    ['data:image/png;base64,AAAA', /cannot decode/],
    ['blob:nothing', /^no answer/],
  ])('that cannot be had are one clear error (%s)', async (path, received) => {
    await expect(readAll({ type: 'pictures', path })).rejects.toMatchObject({
      code: 'ERR_SOURCE',
      received: expect.stringMatching(received),
    });
  });

  it('may have a percent sign in their names', async () => {
    expect(await readAll({ type: 'pictures', path: '/100%.png' })).toMatchObject([{ id: 0, name: '100%.png' }]);
    expect(await readAll({ type: 'pictures', path: '/test-fixtures/pictures/%72gb16.png' })).toMatchObject([
      { id: 0, name: 'rgb16.png' },
    ]);
  });

  it('are not films or recordings, which a page cannot read', async () => {
    for (const type of ['video', 'recording']) {
      await expect(readAll({ type, path: 'x' })).rejects.toMatchObject({
        code: 'ERR_UNSUPPORTED',
        subject: `source ${type}`,
        remedy: expect.any(String),
      });
    }
    await expect(readAll({ type: 'camera' })).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
  });

  it('may come from a module of the application', async () => {
    const frames = await readAll({ type: 'module', url: '/source.js', options: { frames: 2 } });
    expect(frames).toMatchObject([{ codedWidth: 1 }, { codedWidth: 1 }]);
    for (const [url, received] of [
      ['/nowhere.js', /./],
      ['/nothing.js', /no default export/],
    ] as const) {
      await expect(readAll({ type: 'module', url })).rejects.toMatchObject({
        code: 'ERR_SOURCE',
        received: expect.stringMatching(received),
      });
    }
  });
});
