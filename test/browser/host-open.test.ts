import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium as devTools, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { familyOf, processesThatShow, stillRunning } from '../host/process-list.js';
import { startHost, type TestHost } from '../host/test-host.js';
import { chromiumPath, describeWithChromium, flagsOf } from './chromium.js';
import { wait } from './describe-kiosk.js';
import { firefoxPath, haveFirefox } from './firefox.js';
import { buildKiosk, type KioskSite, kioskPath } from './kiosk-site.js';

const query = '?source=host&camera=line-1&runtime=onnx-native&deadlineMs=60000&autostart=1';

describeWithChromium('reflexarc host --open: browsers', () => {
  let built: KioskSite;
  let folder: string;
  let hosts: TestHost[] = [];

  beforeAll(async () => {
    built = await buildKiosk();
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'reflexarc-open-'));
  });

  afterEach(async () => {
    // They share a folder: none is removed while one of them runs.
    for (const { child, ended } of hosts) {
      child.kill('SIGTERM');
      await ended;
    }
    hosts = [];
    // A browser that ends still writes; Node's own retries do not look again at what has been written meanwhile.
    await expect.poll(() => rmSync(folder, { recursive: true, force: true }), wait).toBeUndefined();
  });

  afterAll(() => built?.remove());

  const start = async (open: string, port = 0) => {
    const page = ['--app', built.folder, '--page', `${kioskPath}${query}`];
    const camera = ['--camera', 'line-1=synthetic,seed=7'];
    const host = await startHost([...page, ...camera, '--port', String(port), '--open', open], { folder });
    hosts.push(host);
    return host;
  };
  const commandOf = (profile: string) => [chromiumPath, ...flagsOf(profile)].map((word) => `'${word}'`).join(' ');
  const connections = async ({ url, token }: TestHost) => {
    const response = await fetch(`${url}.reflexarc/status`, { headers: { Authorization: `Bearer ${token}` } });
    return (await response.json()).connections as number;
  };

  /** Looks at the page of the browser with a profile, which is the only one there, until something holds of it. */
  const look = (profile: string, see: (page: Page) => Promise<void>) =>
    expect
      .poll(async () => {
        const [port] = readFileSync(join(profile, 'DevToolsActivePort'), 'utf8').split('\n');
        const browser = await devTools.connectOverCDP(`http://127.0.0.1:${port}`);
        try {
          const pages = browser.contexts().flatMap((context) => context.pages());
          expect(pages).toHaveLength(1);
          await see(pages[0]);
        } finally {
          // Leaves the browser, and does not end it.
          await browser.close();
        }
        return true;
      }, wait)
      .toBe(true);
  const results = async (page: Page) => {
    expect(await page.locator('#status').textContent()).toBe('Running');
    const found = () => page.locator('#found').textContent();
    const before = await found();
    await expect.poll(found, { timeout: 5000 }).not.toBe(before);
  };

  it('takes Chromium to the page by a file, and leaves the token in no address, history or argument', async () => {
    const profile = join(folder, 'profile');
    const host = await start(commandOf(profile));
    await look(profile, async (page) => {
      await results(page);
      expect(page.url()).toBe(`${host.url.replace(/\/$/, '')}${kioskPath}${query}`);
      expect(await page.evaluate(() => [history.length, document.referrer])).toEqual([1, '']);
    });
    expect(processesThatShow(`${host.tokenFile}.html`, ['cmdline'])).not.toEqual([]);
    expect(processesThatShow(host.token)).toEqual([]);
    const family = familyOf(host.pid);
    expect(family.length).toBeGreaterThan(4);
    expect((await host.close()).code).toBe(0);
    await expect.poll(() => stillRunning(family), wait).toEqual([]);
  });

  it.runIf(haveFirefox)('takes Firefox there, too', async () => {
    const host = await start(`'${firefoxPath}' --headless --no-remote --profile '${folder}'`);
    await expect.poll(() => connections(host), wait).toBe(1);
  });

  it.each([
    ['with the profile of the one before', 'profile'],
    ['with a profile of its own', 'another'],
  ])('has one browser with results after it was killed and started at once, %s', async (_, second) => {
    const [profile, next] = [join(folder, 'profile'), join(folder, second)];
    const first = await start(commandOf(profile));
    await look(profile, results);
    const family = familyOf(first.pid);
    first.child.kill('SIGKILL');
    // Nobody waits for the browser of the first: a service manager does not, either.
    const again = await start(commandOf(next), first.port);
    expect(again.token).not.toBe(first.token);
    await look(next, results);
    expect(await connections(again)).toBe(1);
    // Within the time that the first one's browser has to end well.
    await expect.poll(() => stillRunning(family), wait).toEqual([]);
  });
});
