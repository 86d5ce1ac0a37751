import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { root } from '../host/cli-process.js';
import { startHost, type TestHost } from '../host/test-host.js';
import { type Chromium, describeWithChromium, launchChromium } from './chromium.js';
import { wait } from './describe-kiosk.js';
import { drop, inkOf, type KioskPage, openKiosk } from './kiosk-page.js';
import { buildKiosk, type KioskSite, kioskPath } from './kiosk-site.js';
import { type Site, serveSite } from './site-server.js';

const camera = ['--camera', 'line-1=synthetic,seed=7', '--camera', 'line 2=synthetic,seed=8,width=640,height=480'];

describeWithChromium('kiosk: a host as its source', () => {
  let built: KioskSite;
  let chromium: Chromium;
  let host: TestHost;
  let kiosk: KioskPage | undefined;

  const siteOf = ({ url }: TestHost) => ({ origin: url.replace(/\/$/, '') }) as Site;
  const openAt = async (query: string, token = host.token) => {
    kiosk = await openKiosk(chromium, siteOf(host), `${query}#token=${token}`);
    return kiosk;
  };
  const running = '?source=host&camera=line-1&runtime=onnx-native:cpu,onnx-native&deadlineMs=60000&autostart=1';

  beforeAll(async () => {
    built = await buildKiosk();
    chromium = await launchChromium();
    host = await startHost(['--app', built.folder, ...camera]);
  });

  afterEach(async () => {
    await kiosk?.page.evaluate(() => localStorage.clear()).catch(() => {});
    await kiosk?.close();
    kiosk = undefined;
  });

  afterAll(async () => {
    await chromium?.close();
    await host?.close();
    built?.remove();
  });

  it('runs a camera and a runtime of the host that the address names, with the boxes on its pictures', async () => {
    const { page, complaints, fact, counter, running: begun } = await openAt(running);
    await begun();
    expect(page.url()).not.toContain('token');
    await expect.poll(() => fact('Child'), wait).toMatch(/^onnx-native:1 · ready$/);
    expect(await fact('Runtime')).toMatch(/^onnx-native \d/);
    expect(await fact('Host')).toMatch(/^connected/);
    expect(await page.locator('#source-name').textContent()).toBe('Host · line-1');
    await expect.poll(() => counter('found'), wait).toBeGreaterThan(2);
    const size = await page
      .locator('#picture canvas:not(.overlay)')
      .evaluate(({ width, height }: never) => [width, height]);
    expect(size).toEqual([1280, 720]);
    expect(await inkOf(kiosk as KioskPage, '#overlay')).toBeGreaterThan(1000);
    await page.click('#source-button');
    const chosen = page.locator('select[name=runtime] option:checked');
    expect(await chosen.textContent()).toBe('ONNX Runtime on cpu, else ONNX Runtime');
    expect(complaints).toEqual([]);
  });

  it('offers what the host has, and remembers what was chosen', async () => {
    const { page, running: begun, status } = await openAt('');
    await page.click('#source-button');
    await page.locator('#host-choice').click();
    const names = (field: string) => page.locator(`select[name=${field}] option`).allTextContents();
    expect(await names('camera')).toEqual(['line-1', 'line 2', 'Synthetic conveyor']);
    const runtimes = await names('runtime');
    expect(runtimes[0]).toMatch(/^OpenVINO, else ONNX Runtime, else WebAssembly/);
    expect(runtimes.slice(2)).toEqual(['ONNX Runtime', 'WebAssembly']);
    await page.selectOption('select[name=camera]', 'line 2');
    await page.selectOption('select[name=runtime]', 'onnx-web');
    await page.getByRole('button', { name: 'Use this source' }).click();
    await begun();
    const picture = page.locator('#picture canvas:not(.overlay)');
    await expect.poll(() => picture.evaluate(({ width, height }: never) => [width, height]), wait).toEqual([640, 480]);
    // The tab has the token, and the page its settings.
    await page.reload();
    expect(await page.locator('#source-name').textContent()).toBe('Host · line 2');
    await page.click('#start-button');
    await begun();
    expect(await status.textContent()).toBe('Running');
  });

  it('shows that a process of the host is replaced, and goes on counting', async () => {
    const { page, fact, counter, running: begun } = await openAt(running);
    await begun();
    await expect.poll(() => counter('found'), wait).toBeGreaterThan(2);
    const child = page.locator('#facts dt:text-is("Child") + dd[title*=process]');
    const pid = Number(/process (\d+)/.exec((await child.getAttribute('title')) ?? '')?.[1]);
    const before = await counter('found');
    process.kill(pid, 'SIGKILL');
    await page.locator('#status:text-is("Recovering …")').waitFor();
    await page.locator('#status:text-is("Running")').waitFor();
    await expect.poll(() => fact('Child'), wait).toMatch(/^onnx-native:1 · ready · replaced 1×$/);
    await expect.poll(() => counter('found'), wait).toBeGreaterThan(before);
  });

  it('goes on by itself when a host that hung answers again', async () => {
    const { fact, counter, status, running: begun } = await openAt(running);
    await begun();
    process.kill(host.pid, 'SIGSTOP');
    try {
      await expect.poll(() => status.textContent(), wait).toBe('No host');
      expect(await fact('Host')).toBe('reconnecting …');
      await expect.poll(() => fact('Child'), wait).toBe('onnx-native:1 · unknown');
    } finally {
      process.kill(host.pid, 'SIGCONT');
    }
    await expect.poll(() => status.textContent(), wait).toBe('Running');
    const before = await counter('found');
    await expect.poll(() => counter('found'), wait).toBeGreaterThan(before);
    expect(await fact('Host')).toMatch(/^connected/);
  });

  it('says that the host was lost, that it was started anew, and runs again at its new address', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reflexarc-kiosk-host-'));
    let own = await startHost(['--app', built.folder, ...camera], { folder });
    try {
      kiosk = await openKiosk(chromium, siteOf(own), `${running}#token=${own.token}`);
      const { page, fact, running: begun } = kiosk;
      await begun();
      own.child.kill('SIGKILL');
      await own.ended;
      await page.locator('#status:text-is("No host")').waitFor();
      expect(await fact('Host')).toBe('reconnecting …');
      expect(await page.locator('#toast:visible').textContent()).toContain('goes on by itself');
      own = await startHost(['--app', built.folder, '--port', String(own.port), ...camera], { folder });
      await kiosk.notice('The host was started anew');
      expect(await fact('Host')).toBe('refused');
      // What a person does who types it, or reflexarc host --open in a browser that is open.
      await page.goto(`${siteOf(own).origin}${kioskPath}${running}#token=${own.token}`);
      await page.locator('#app[data-state=running]').waitFor();
      await begun();
      expect(page.url()).not.toContain('token');
    } finally {
      await own.close();
    }
  });

  it('says that a film in place of a camera has ended, and what to do', async () => {
    const film = join(root, 'test', 'fixtures', 'pictures', 'gray.jpg');
    const own = await startHost(['--app', built.folder, '--camera', `film=${film},rate=5`]);
    try {
      const query = '?source=host&camera=film&runtime=onnx-web&autostart=1';
      kiosk = await openKiosk(chromium, siteOf(own), `${query}#token=${own.token}`);
      await kiosk.notice('The source has ended');
      expect(await kiosk.page.locator('#notice-text').textContent()).toContain('--camera "film=…,loop"');
      expect(await kiosk.status.textContent()).toBe('Stopped');
    } finally {
      await own.close();
    }
  });

  it('says what to do where it has no token, where the host lacks a camera, and of a model of one’s own', async () => {
    kiosk = await openKiosk(chromium, siteOf(host), running);
    await kiosk.notice('This page has no key to the host');
    await kiosk.close();
    await openAt('?source=host&camera=gone&autostart=1');
    await (kiosk as KioskPage).notice('The host has no such camera');
    expect(await (kiosk as KioskPage).page.locator('#notice-text').textContent()).toContain('"line-1", "line 2"');
    await drop(kiosk as KioskPage, { name: 'own.onnx', type: '', content: 'any' });
    await (kiosk as KioskPage).page.getByRole('button', { name: 'Use this model' }).click();
    await (kiosk as KioskPage).notice('A host runs models of its own store only');
  });

  it('is not asked about a host where none serves the page', async () => {
    await using site = await serveSite({ folder: built.folder, isolated: true });
    kiosk = await openKiosk(chromium, site);
    await kiosk.page.click('#source-button');
    await kiosk.page.locator('#source-dialog[open]').waitFor();
    expect(await kiosk.page.locator('#host-choice').isVisible()).toBe(false);
    expect([...kiosk.origins]).toEqual([site.origin]);
  });

  it('uses a host that does not serve the page where that lets it in', async () => {
    await using site = await serveSite({ folder: built.folder, isolated: true });
    const other = await startHost(['--allow-origin', site.origin, ...camera]);
    try {
      const query = `${running}&host=${encodeURIComponent(other.url)}#token=${other.token}`;
      kiosk = await openKiosk(chromium, site, query);
      await kiosk.running();
      expect(kiosk.page.url()).not.toContain('token');
      await kiosk.close();
      // The same of a host that has not allowed it.
      kiosk = await openKiosk(chromium, site, `${running}&host=${encodeURIComponent(host.url)}#token=${host.token}`);
      await kiosk.notice('The host does not answer');
    } finally {
      await other.close();
    }
  });
});
