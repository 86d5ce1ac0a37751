import type { Page } from 'playwright-core';
import { deserializeError } from '../../src/core/error.js';
import { type Chromium, launchChromium } from './chromium.js';
import { findLeft, reportLeft } from './left-open.js';
import type { ScriptAnswer, ScriptCall } from './site/script-call.js';
import { type Site, type SiteOptions, serveSite } from './site-server.js';

/** A page of the test site, with what it asked for and said. The caller closes it. */
export interface TestPage extends AsyncDisposable {
  readonly page: Page;
  /** URLs that the page and its workers asked for, `data:` and `blob:` left out. */
  readonly requests: string[];
  /** Console messages of type `error` and uncaught errors. */
  readonly complaints: string[];
  /**
   * Calls a function that `site/scripts/<script>.ts` exports. Arguments and value are JSON.
   * @throws the error that the function threw, with its class and fields.
   */
  inPage<T>(script: string, name: string, ...args: unknown[]): Promise<T>;
  /** The same in a module worker of its own, which ends with the call. */
  inWorker<T>(script: string, name: string, ...args: unknown[]): Promise<T>;
  /** Closes the page. Whoever has it open fails where workers live in it, or frames or bitmaps are open. */
  close(): Promise<void>;
}

/** Opens the test site. @param path of the page, with its query. */
export async function openPage({ context }: Chromium, site: Site, path = '/'): Promise<TestPage> {
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  const onRequest = (request: { url(): string }) => {
    if (/^(data|blob):/.test(request.url())) return;
    requests.push(request.url());
  };
  context.on('request', onRequest);
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(site.origin + path);
  await page.waitForFunction(() => typeof globalThis.callTestScript === 'function');
  const call = async (where: 'page' | 'worker', request: ScriptCall) => {
    const answer: ScriptAnswer = await page.evaluate(([place, data]) => globalThis.callTestScript(place, data), [
      where,
      request,
    ] as const);
    if ('error' in answer) throw deserializeError(answer.error);
    return answer.value;
  };
  const close = async () => {
    context.off('request', onRequest);
    if (page.isClosed()) return;
    const left = await findLeft(page);
    await page.close();
    reportLeft(left);
  };
  return {
    page,
    requests,
    complaints,
    inPage: (script, name, ...args) => call('page', { script, name, args }) as never,
    inWorker: (script, name, ...args) => call('worker', { script, name, args }) as never,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Opens a site of such options in a browser of its own: all three go when the page is closed. */
export async function openSitePage(options: SiteOptions): Promise<TestPage> {
  const chromium = await launchChromium();
  const site = await serveSite(options);
  const page = await openPage(chromium, site);
  const close = async () => {
    try {
      await page.close();
    } finally {
      await Promise.all([site.close(), chromium.close()]);
    }
  };
  return { ...page, close, [Symbol.asyncDispose]: close };
}
