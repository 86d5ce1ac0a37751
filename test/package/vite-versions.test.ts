import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../assets.js';
import { type Chromium, describeWithChromium, launchChromium } from '../browser/chromium.js';
import { serveSite, strictPolicy } from '../browser/site-server.js';
import { arc, createConsumer, describeWithPackage, type Found, foundByNode } from './consumer.js';
import { serveDevelopment } from './dev-server.js';
import { npmInstall } from './npm-install.js';
import { application, type Visit, visit } from './page.js';

/** The first of each major version that `peerDependencies` promise and that the other tests do not use. */
const versions = ['6.0.0', '7.0.0'];
const threaded = { ...arc, threads: 2 };
const nameOf = (version: string) => `vite-${version}`;

const folder = mkdtempSync(join(tmpdir(), 'reflexarc-vite-'));
writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
const missing = await npmInstall(
  folder,
  versions.map((version) => `${nameOf(version)}@npm:vite@${version}`),
);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeWithChromium('the Vite plugin of the packed package', () => {
  describeWithPackage('under other versions of Vite', () => {
    describeWith('from the registry', missing === undefined, `network to install them with (${missing})`, () => {
      let chromium: Chromium;
      let expected: Found;

      beforeAll(async () => {
        using consumer = createConsumer();
        chromium = await launchChromium();
        expected = await foundByNode(consumer, threaded);
        expect(expected.every(({ items }) => items.length > 2)).toBe(true);
      });

      afterAll(() => chromium?.close());

      function expectClean({ error, found, info, foreign, complaints }: Visit): void {
        expect({ error, found, foreign, complaints }).toEqual({
          error: undefined,
          found: expected,
          foreign: [],
          complaints: [],
        });
        // Threads are had only where the page is isolated.
        expect(info.runtime).toMatchObject({ executionProvider: 'wasm', threads: 2 });
      }

      it.each(versions)('runs from the development server and from a build of %s', async (version) => {
        const main = join(folder, 'node_modules', nameOf(version), 'dist', 'node', 'index.js');
        const vite: typeof import('vite') = await import(pathToFileURL(main).href);
        expect(vite.version).toBe(version);
        using consumer = createConsumer({
          ...application(),
          'vite.config.js': `import { reflexarc } from 'reflexarc/vite';
                             export default { plugins: [reflexarc({ isolation: true })] };\n`,
        });
        {
          await using server = await serveDevelopment(consumer, vite.createServer);
          expectClean(await visit(chromium, server.url, threaded));
        }
        await vite.build({ root: consumer.folder, logLevel: 'error', build: { reportCompressedSize: false } });
        const emitted = readdirSync(consumer.path('dist', 'assets')).join('\n');
        expect(emitted).toMatch(/ort-wasm-simd-threaded-.*\.wasm/);
        expect(emitted).not.toMatch(/jspi|asyncify|webgpu/);
        await using site = await serveSite({ csp: strictPolicy, isolated: true, folder: consumer.path('dist') });
        expectClean(await visit(chromium, `${site.origin}/`, threaded));
      });
    });
  });
});
