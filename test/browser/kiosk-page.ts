import type { Locator, Page } from 'playwright-core';
import type { Chromium } from './chromium.js';
import { kioskPath } from './kiosk-site.js';
import type { Site } from './site-server.js';

/** The kiosk in a browser. The caller closes it. */
export interface KioskPage extends AsyncDisposable {
  readonly page: Page;
  /** Console errors, uncaught errors and blocked things. */
  readonly complaints: string[];
  /** Origins that the page and its workers asked. */
  readonly origins: Set<string>;
  /** What stands beside the dot. */
  readonly status: Locator;
  /** Waits for frames to be processed. @param timeout in ms, where the usual 30 s are too few. */
  running(timeout?: number): Promise<void>;
  /** Waits for a failure or an invitation with this title. */
  notice(title: string): Promise<void>;
  /** Waits for the model that the kiosk uses; a notice of the one before may stand until then. */
  model(name: string): Promise<void>;
  /** A fact of the panel that says what runs. */
  fact(name: string): Promise<string | null>;
  /** A number of the counters. */
  counter(id: 'found' | 'passed' | 'rejected'): Promise<number>;
  close(): Promise<void>;
}

/** Opens the kiosk. @param query of its address, e.g. `?autostart=1`. @param script that the page runs before its own. */
export function openKiosk(browser: Chromium, site: Site, query = '', script?: string): Promise<KioskPage> {
  return openKioskAt(browser, `${site.origin}${kioskPath}${query}`, script);
}

/** Opens the kiosk at an address of its own. */
export async function openKioskAt({ context }: Chromium, address: string, script?: string): Promise<KioskPage> {
  const page = await context.newPage();
  if (script !== undefined) await page.addInitScript(script);
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
  await page.goto(address);
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
    async running(timeout) {
      await page.locator('#app[data-state=running]').waitFor({ timeout });
      // The readings show the first frames.
      await page.locator('#facts dt:text-is("Frames") + dd:not(:text-matches("^0 "))').waitFor({ timeout });
    },
    async notice(title) {
      await page.locator(`#notice-title:visible:text-is(${JSON.stringify(title)})`).waitFor();
    },
    async model(name) {
      await page.locator(`#model-name:text-is(${JSON.stringify(name)})`).waitFor();
    },
    fact: (name) => page.locator(`#facts dt:text-is(${JSON.stringify(name)}) + dd`).textContent(),
    counter: async (id) => Number(((await page.locator(`#${id}`).textContent()) ?? '').replace(/\D/g, '')),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A file to be dropped. */
export interface DroppedFile {
  name: string;
  type: string;
  content: string | Uint8Array;
}

/** Drops files on the page, as a person does. */
export async function drop({ page }: KioskPage, ...files: DroppedFile[]): Promise<void> {
  const data = await page.evaluateHandle(
    (list) => {
      const transfer = new DataTransfer();
      for (const { name, type, base64 } of list) {
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        transfer.items.add(new File([bytes], name, { type }));
      }
      return transfer;
    },
    files.map(({ name, type, content }) => ({ name, type, base64: Buffer.from(content).toString('base64') })),
  );
  await page.dispatchEvent('body', 'drop', { dataTransfer: data });
}

/** Number of pixels drawn on a canvas of the page. */
export function inkOf({ page }: KioskPage, selector: string): Promise<number> {
  return page.locator(selector).evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    const context = canvas.getContext('2d') as CanvasRenderingContext2D;
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    let ink = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i] > 0) ink++;
    return ink;
  });
}
