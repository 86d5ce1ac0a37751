import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { build, type Rollup } from 'vite';
import { afterAll, beforeAll } from 'vitest';
import { type Chromium, describeWithChromium, launchChromium } from './chromium.js';
import { type KioskPage, openKiosk } from './kiosk-page.js';
import { buildKiosk, type KioskSite } from './kiosk-site.js';
import { findLeft, reportLeft } from './left-open.js';
import { type Site, serveSite } from './site-server.js';

/** How often, and how long at most, the kiosk's tests look whether something has become true. */
export const wait = { timeout: 30_000, interval: 100 };

/** Where a kiosk is opened; what is left out is the tests' own. */
export interface KioskPlace {
  browser?: Chromium;
  site?: Site;
}

/** What the kiosk's tests share: its files, an isolated site of them, and a browser with a fake camera. */
export interface KioskBench {
  readonly folder: string;
  readonly site: Site;
  readonly browser: Chromium;
  /**
   * Opens the kiosk without what an earlier test has left in the browser. Closing it stops what runs; the test fails
   * where workers live on, or frames or bitmaps of the page are open.
   */
  open(query?: string, place?: KioskPlace): Promise<KioskPage>;
}

/** Chromium's own fake camera, without a question. */
const fakeCamera = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];

/** A `describe` of the built kiosk: skipped by name where there is no Chromium. */
export function describeKiosk(name: string, body: (bench: KioskBench) => void): void {
  describeWithChromium(name, () => {
    let built: KioskSite;
    let site: Site;
    let browser: Chromium;
    let census: string;

    beforeAll(async () => {
      built = await buildKiosk();
      [site, browser, census] = await Promise.all([
        serveSite({ folder: built.folder, isolated: true }),
        launchChromium(fakeCamera),
        bundleCensus(),
      ]);
    });

    afterAll(async () => {
      await Promise.all([browser?.close(), site?.close()]);
      built?.remove();
    });

    body({
      get folder() {
        return built.folder;
      },
      get site() {
        return site;
      },
      get browser() {
        return browser;
      },
      async open(query, place = {}) {
        const where = { browser, site, ...place };
        await forget(where.browser, where.site);
        const kiosk = await openKiosk(where.browser, where.site, query, census);
        if (!(await kiosk.page.evaluate(() => 'takeCensus' in globalThis))) throw new Error('the page has no census');
        return watched(kiosk);
      },
    });
  });
}

async function forget({ context }: Chromium, { origin }: Site): Promise<void> {
  const page = await context.newPage();
  await page.goto(`${origin}/nothing`);
  await page.evaluate(() => localStorage.clear());
  await page.close();
}

function watched(kiosk: KioskPage): KioskPage {
  const { page } = kiosk;
  const close = async () => {
    if (page.isClosed()) return;
    // What still runs is stopped as a person stops it.
    await page
      .evaluate(() => {
        const state = document.getElementById('app')?.dataset.state;
        if (state === 'running' || state === 'starting') document.getElementById('start-button')?.click();
      })
      .catch(() => {});
    const left = [...(await findLeft(page)), ...(await framesLeft(page))];
    await kiosk.close();
    reportLeft(left);
  };
  return { ...kiosk, close, [Symbol.asyncDispose]: close };
}

/** What the worker itself said of its frames when it was stopped, where it ran at all. */
async function framesLeft(page: Page): Promise<string[]> {
  const frames = page.locator('#facts dt:text-is("Frames") + dd');
  if (page.isClosed() || (await frames.count()) === 0) return [];
  const none = page.locator('#facts dd[title="0 of them open"]');
  // It is written when the pipeline is closed, a moment after its worker has ended.
  const settled = none.waitFor({ state: 'attached', timeout: 5000 }).then(() => true);
  return (await settled.catch(() => false)) ? [] : [`frames of the worker: ${await frames.getAttribute('title')}`];
}

/** The census as a script that a page can run before its own. */
async function bundleCensus(): Promise<string> {
  const entry = fileURLToPath(new URL('site/thread-census.ts', import.meta.url));
  const [{ output }] = (await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, minify: false, lib: { entry, formats: ['iife'], name: 'census' } },
  })) as Rollup.RollupOutput[];
  return output[0].code;
}
