import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import { launchChromium, webGpuFlags } from './chromium.js';
import { describeKiosk, wait } from './describe-kiosk.js';
import type { KioskPage } from './kiosk-page.js';
import { kioskPath } from './kiosk-site.js';
import { serveSite } from './site-server.js';

describeKiosk('kiosk: offline', (kiosks) => {
  it('starts without a network once it has been there', async () => {
    await using browser = await launchChromium();
    const gone = await serveSite({ folder: kiosks.folder, isolated: true });
    await using kiosk = await kiosks.open('', { browser, site: gone });
    await offlineFact(kiosk, 'available');
    expect(await kiosk.page.locator('#about').textContent()).toMatch(/^Works without a network\. Pictures/);
    await gone.close();
    await browser.context.setOffline(true);
    await kiosk.page.goto(`${gone.origin}${kioskPath}?autostart=1`);
    await kiosk.running();
    expect(await kiosk.fact('Isolated')).toBe('yes');
    expect(await kiosk.fact('Self-test')).toBe('passed');
    expect(kiosk.complaints).toEqual([]);
  });

  it('says which file could not be stored, works while there is a network, and is stored when all files are there', async () => {
    await using browser = await launchChromium();
    const faults = [{ match: /manifest\.webmanifest$/, status: 404 }];
    await using site = await serveSite({ folder: kiosks.folder, isolated: true, faults });
    await using kiosk = await kiosks.open('?autostart=1', { browser, site });
    await offlineFact(kiosk, 'not available');
    const about = kiosk.page.locator('#about');
    expect(await about.textContent()).toMatch(
      /^Not available offline\. \.\/manifest\.webmanifest was answered with status 404\. Pictures/,
    );
    await kiosk.running();
    expect(await storesOf(kiosk.page)).toEqual({});
    faults.length = 0;
    await kiosk.page.reload();
    await offlineFact(kiosk, 'available');
  });

  it('says that there is too little storage, and works while there is a network', async () => {
    await using browser = await launchChromium();
    await using site = await serveSite({ folder: kiosks.folder, isolated: true });
    const session = await browser.context.newCDPSession(await browser.context.newPage());
    await session.send('Storage.overrideQuotaForOrigin', { origin: site.origin, quotaSize: 2_000_000 });
    await using kiosk = await kiosks.open('?autostart=1', { browser, site });
    await offlineFact(kiosk, 'not available');
    expect(await kiosk.page.locator('#about').textContent()).toMatch(
      /could not be stored: the browser gives this page too little storage\./,
    );
    await kiosk.running();
    expect(await storesOf(kiosk.page)).toEqual({});
  });

  it('says that there is no service worker where its script is missing', async () => {
    await using browser = await launchChromium();
    const faults = [{ match: /service-worker\.js$/, status: 404 }];
    await using site = await serveSite({ folder: kiosks.folder, isolated: true, faults });
    await using kiosk = await kiosks.open('?autostart=1', { browser, site });
    await offlineFact(kiosk, 'not available');
    expect(await kiosk.page.locator('#about').textContent()).toMatch(/^Not available offline\. .*404.* Pictures/);
    await kiosk.running();
  });

  it('keeps one store per folder, though one folder lies in the other', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reflexarc-kiosks-'));
    try {
      const inner = `${kioskPath}inner/`;
      for (const path of [kioskPath, inner]) {
        cpSync(join(kiosks.folder, kioskPath), join(folder, path), { recursive: true });
      }
      retitle(join(folder, inner), 'Inner');
      await using browser = await launchChromium();
      await using site = await serveSite({ folder, isolated: true });
      await using kiosk = await kiosks.open('', { browser, site });
      const { page } = kiosk;
      await offlineFact(kiosk, 'available');
      const outerOnly = await storesOf(page);
      expect(Object.keys(outerOnly)).toEqual([expect.stringContaining(` ${site.origin}${kioskPath} `)]);
      await page.goto(site.origin + inner);
      expect(await page.title()).toBe('Inner');
      await offlineFact(kiosk, 'available');
      const both = await storesOf(page);
      expect(both).toMatchObject(outerOnly);
      expect(Object.keys(both).filter((name) => !(name in outerOnly))).toEqual([
        expect.stringContaining(` ${site.origin}${inner} `),
      ]);

      // A new version of one takes the place of its own old one only, once no page uses that any more.
      retitle(join(folder, inner), 'Newer');
      await page.reload();
      await vi.waitFor(async () => expect(Object.keys(await storesOf(page))).toHaveLength(3), wait);
      await page.goto(`${site.origin}/nothing`);
      await vi.waitFor(async () => expect(Object.keys(await storesOf(page))).toHaveLength(2), wait);
      expect(await storesOf(page)).toMatchObject(outerOnly);

      await site.close();
      await browser.context.setOffline(true);
      for (const [path, title] of [
        [inner, 'Newer'],
        [`${kioskPath}index.html`, 'Reflexarc Kiosk'],
      ]) {
        await page.goto(`${site.origin}${path}?autostart=1`);
        expect(await page.title()).toBe(title);
        await kiosk.running();
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  // A graphics processor made of software takes its time.
  const graphics = '?provider=webgpu&deadlineMs=60000&autostart=1';
  const slow = 90_000;

  it('stores the runtime for graphics as it passes, and runs it without a network', async () => {
    await using browser = await launchChromium(webGpuFlags);
    const site = await serveSite({ folder: kiosks.folder, isolated: true });
    await using kiosk = await kiosks.open('', { browser, site });
    await offlineFact(kiosk, 'available');
    expect(await graphicsFiles(kiosk.page)).toEqual([]);
    await kiosk.page.goto(`${site.origin}${kioskPath}${graphics}`);
    await vi.waitFor(async () => expect(await graphicsFiles(kiosk.page)).toEqual(['js', 'mjs', 'wasm']), wait);
    await site.close();
    await browser.context.setOffline(true);
    await kiosk.page.goto(`${site.origin}${kioskPath}${graphics}`);
    await kiosk.running(slow);
    expect(await kiosk.fact('Runs on')).toMatch(/^webgpu/);
  });

  it('stores the runtime for graphics that was used before anything could be stored', async () => {
    await using browser = await launchChromium(webGpuFlags);
    let release = () => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    const faults = [{ match: /icon\.svg$/, until }];
    await using site = await serveSite({ folder: kiosks.folder, isolated: true, faults });
    await using kiosk = await kiosks.open(graphics, { browser, site });
    await kiosk.running(slow);
    expect(await graphicsFiles(kiosk.page)).toEqual([]);
    release();
    await vi.waitFor(async () => expect(await graphicsFiles(kiosk.page)).toContain('wasm'), wait);
  });
});

async function offlineFact({ page }: KioskPage, text: string): Promise<void> {
  await page.locator(`#facts dt:text-is("Offline") + dd:text-is("${text}")`).waitFor();
}

/** Number of files in each store of the page's origin, by its name. */
function storesOf(page: Page): Promise<Record<string, number>> {
  return page.evaluate(async () => {
    const sizes = (await caches.keys()).map(async (name) => {
      return [name, (await (await caches.open(name)).keys()).length] as const;
    });
    return Object.fromEntries(await Promise.all(sizes));
  });
}

/** Kinds of the files of the runtime for graphics that are stored. */
function graphicsFiles(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const [name] = await caches.keys();
    const urls = (await (await caches.open(name)).keys()).map(({ url }) => url);
    const found = urls.filter((url) => /\/ort[-.][^/]*(jspi|asyncify)/.test(url));
    return found.map((url) => url.replace(/.*\./, '')).sort();
  });
}

/** Makes another version of a built kiosk. */
function retitle(folder: string, title: string): void {
  const page = join(folder, 'index.html');
  writeFileSync(page, readFileSync(page, 'utf8').replace(/<title>.*<\/title>/, `<title>${title}</title>`));
  const worker = join(folder, 'service-worker.js');
  const source = readFileSync(worker, 'utf8').replace(/^const version = .*$/m, `const version = "${title}";`);
  writeFileSync(worker, source);
}
