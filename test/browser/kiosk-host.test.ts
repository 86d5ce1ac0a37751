import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startHost, type TestHost } from '../host/test-host.js';
import { type Chromium, describeWithChromium, launchChromium } from './chromium.js';
import { type KioskPage, openKioskAt } from './kiosk-page.js';
import { buildKiosk, type KioskSite, kioskPath } from './kiosk-site.js';

describeWithChromium('the kiosk on a host', () => {
  let built: KioskSite;
  let host: TestHost;
  let chromium: Chromium;

  const start = (folder?: string, port = '0') =>
    startHost(
      ['--app', join(built.folder, kioskPath), '--camera', 'belt=synthetic,seed=7,frameRate=10', '--port', port],
      {
        folder,
      },
    );
  // The kiosk is the root of what a host serves.
  const open = (query: string, token = host.token): Promise<KioskPage> =>
    openKioskAt(chromium, `${host.url}?${query}#token=${token}`);

  beforeAll(async () => {
    built = await buildKiosk();
    chromium = await launchChromium();
    host = await start();
  });

  afterAll(async () => {
    await chromium?.close();
    await host?.close();
    built?.remove();
  });

  it('looks at a camera of the host, chosen in the dialog', async () => {
    await using kiosk = await open('desk=1');
    const { page } = kiosk;
    await expect.poll(() => page.url()).not.toContain('token');
    await page.locator('#source-button').click();
    await page.locator('#source-form label:has(input[value=host])').click();
    await page.locator('select[name=hostCamera] option[value=belt]').waitFor({ state: 'attached' });
    await page.locator('select[name=hostCamera]').selectOption('belt');
    await page.locator('select[name=hostRuntime]').selectOption('onnx-web');
    const screenshots = process.env.REFLEXARC_SCREENSHOTS;
    if (screenshots) await page.screenshot({ path: join(screenshots, 'kiosk-host-dialog.png') });
    await page.locator('#source-form button[value=apply]').click();
    await kiosk.running();
    expect(await page.locator('#source-name').textContent()).toBe('Host · belt');
    await expect
      .poll(() =>
        page
          .locator('#picture canvas')
          .first()
          .evaluate((canvas) => (canvas as HTMLCanvasElement).width),
      )
      .toBe(1280);
    await expect.poll(() => kiosk.counter('found'), { timeout: 30_000 }).toBeGreaterThan(0);
    expect(kiosk.complaints).toEqual([]);
    if (screenshots) await page.screenshot({ path: join(screenshots, 'kiosk-host.png') });
  });

  it('says so when the host is gone, goes on when it is back with the same key, and what to do when it is not', async () => {
    await using kiosk = await open('source=host&hostCamera=belt&hostRuntime=onnx-web&autostart=1');
    await kiosk.running();
    process.kill(host.pid, 'SIGSTOP');
    await expect.poll(() => kiosk.status.textContent(), { timeout: 30_000 }).toBe('No host');
    process.kill(host.pid, 'SIGCONT');
    await expect.poll(() => kiosk.status.textContent(), { timeout: 30_000 }).toBe('Running');
    // A host that is started again has another key: its page is opened anew by whoever starts it.
    const { folder, port } = host;
    process.kill(host.pid, 'SIGKILL');
    await host.ended;
    await expect.poll(() => kiosk.status.textContent(), { timeout: 30_000 }).toBe('No host');
    host = await start(folder, String(port));
    await kiosk.notice('The host does not know this page');
  });

  it('says so where no host has opened it', async () => {
    await using kiosk = await open('source=host&hostCamera=belt&hostRuntime=onnx-web&autostart=1', 'x'.repeat(43));
    await kiosk.notice('The host does not know this page');
  });
});
