// A page of a host in headless Chromium, for `reflexarc bench bridge`; messages as in serve.mjs. Prepared twice: with `app`, a folder
// that it fills with a page, and with the `url` of a host that serves it. A time is how long results took from the
// host's sending until the page had them, as the package's own `transit` says: p50 and p99 of so many results; and the
// median of as many bare messages in another page, right after.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBarePage } from './bare-page.mjs';
import { serve } from './serve.mjs';

const repository = new URL('../../../', import.meta.url);
const usualPaths = JSON.parse(readFileSync(new URL('test/browser/chromium-paths.json', repository), 'utf8'));
const executablePath = [process.env.REFLEXARC_CHROMIUM, ...usualPaths].find((path) => path && existsSync(path));

await serve('playwright-core', async ({ chromium }) => {
  if (!executablePath) throw new Error('there is no Chromium');
  const profile = mkdtempSync(join(tmpdir(), 'reflexarc-host-page-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      '--disable-gpu',
      '--disable-background-networking',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  });
  return {
    version: `Chromium ${context.browser()?.version() ?? ''}`,
    prepare: ({ app, url }) => (app ? build(app) : open(context, url)),
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
});

async function build(app) {
  const { build: bundle } = await import('esbuild');
  await bundle({
    entryPoints: [fileURLToPath(new URL('host-page-script.js', import.meta.url))],
    outfile: join(app, 'page.js'),
    bundle: true,
    format: 'esm',
    external: ['onnxruntime-web/*'],
    logLevel: 'error',
  });
  writeFileSync(
    join(app, 'index.html'),
    '<!doctype html><title>A page of a host</title><script type="module" src="page.js"></script>',
  );
  // The page names the bundle by what its model.json is.
  await cp(fileURLToPath(new URL('models/conveyor/model.json', repository)), join(app, 'models/conveyor/model.json'));
  return { run: async () => new Float32Array() };
}

async function open(context, url) {
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForFunction(() => globalThis.opened !== undefined);
  const failure = await page.evaluate(() =>
    globalThis.opened.then(
      () => undefined,
      (error) => String(error),
    ),
  );
  if (failure) return { unsupported: failure };
  const bare = await openBarePage(context);
  return {
    run: async () => Float32Array.from(await page.evaluate(() => globalThis.firstItems())),
    time: async (count) => {
      await page.bringToFront();
      const transit = await page.evaluate((results) => globalThis.transitOf(results), count);
      return { ...transit, bare: await bare.time(count) };
    },
    close: async () => {
      await page.close();
      await bare.close();
    },
  };
}
