import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Locator, Page } from 'playwright-core';
import { build } from 'vite';
import type { Chromium } from './chromium.js';
import type { Site } from './site-server.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where the kiosk lies in its site: a static site must work from any folder. */
export const kioskPath = '/any/folder/';

/** A built kiosk. The caller removes it. */
export interface KioskSite {
  /** Folder that holds it, {@link kioskPath} below. */
  folder: string;
  remove(): void;
}

/**
 * Builds the kiosk as `npm run build` does, from this source instead of the built package.
 * @param entry module that stands in for the package.
 */
export async function buildKiosk(entry = join(root, 'src/index.web.ts')): Promise<KioskSite> {
  const parent = join(root, 'build');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'kiosk-site-'));
  await build({
    configFile: join(root, 'examples/kiosk/vite.config.ts'),
    logLevel: 'error',
    resolve: { alias: [{ find: /^reflexarc$/, replacement: entry }] },
    build: { outDir: join(folder, kioskPath), minify: false },
  });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The kiosk in a browser. The caller closes it. */
export interface KioskPage extends AsyncDisposable {
  readonly page: Page;
  /** Console errors, uncaught errors and blocked things. */
  readonly complaints: string[];
  /** Origins that the page and its workers asked. */
  readonly origins: Set<string>;
  /** What stands beside the dot. */
  readonly status: Locator;
  /** Waits for frames to be processed. */
  running(): Promise<void>;
  /** Waits for a failure or an invitation with this title. */
  notice(title: string): Promise<void>;
  /** A fact of the panel that says what runs. */
  fact(name: string): Promise<string | null>;
  /** A number of the counters. */
  counter(id: 'found' | 'passed' | 'rejected'): Promise<number>;
  close(): Promise<void>;
}

/** Opens the kiosk. @param query of its address, e.g. `?autostart=1`. */
export async function openKiosk({ context }: Chromium, site: Site, query = ''): Promise<KioskPage> {
  const page = await context.newPage();
  const complaints: string[] = [];
  const origins = new Set<string>();
  const onRequest = (request: { url(): string }) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== 'blob:') origins.add(origin);
  };
  context.on('request', onRequest);
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${site.origin}${kioskPath}${query}`);
  const status = page.locator('#status');
  const close = async () => {
    context.off('request', onRequest);
    await page.close();
  };
  return {
    page,
    complaints,
    origins,
    status,
    async running() {
      await page.locator('#app[data-state=running]').waitFor();
      // The readings show the first frames.
      await page.locator('#facts dt:text-is("Frames") + dd:not(:text-matches("^0 "))').waitFor();
    },
    async notice(title) {
      await page.locator(`#notice-title:visible:text-is(${JSON.stringify(title)})`).waitFor();
    },
    fact: (name) => page.locator(`#facts dt:text-is(${JSON.stringify(name)}) + dd`).textContent(),
    counter: async (id) => Number(((await page.locator(`#${id}`).textContent()) ?? '').replace(/\D/g, '')),
    close,
    [Symbol.asyncDispose]: close,
  };
}
