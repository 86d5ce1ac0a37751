import { expect, it, vi } from 'vitest';
import { describeKiosk, wait } from './describe-kiosk.js';
import { inkOf } from './kiosk-page.js';
import { kioskPath } from './kiosk-site.js';
import { findLeft } from './left-open.js';
import { serveSite, strictPolicy } from './site-server.js';

describeKiosk('kiosk: running', (kiosks) => {
  it('finds, counts and rejects parts, and says truthfully what runs', async () => {
    await using kiosk = await kiosks.open('?autostart=1&speed=900&deadlineMs=5000');
    await kiosk.running();
    await vi.waitFor(async () => expect(await kiosk.counter('rejected')).toBeGreaterThan(0), wait);
    expect(await kiosk.counter('passed')).toBeGreaterThan(await kiosk.counter('rejected'));
    expect(await kiosk.counter('found')).toBeGreaterThanOrEqual(await kiosk.counter('passed'));
    expect(await kiosk.page.locator('#labels tr').count()).toBeGreaterThan(2);
    expect(await kiosk.page.locator('#labels').textContent()).not.toContain('defective');
    expect(await kiosk.page.locator('#lamp-last').textContent()).toMatch(/^\w+-defective #\d+$/);
    expect(await kiosk.fact('Runtime')).toMatch(/^onnx-web \d/);
    expect(await kiosk.fact('Runs on')).toBe('wasm-simd · 1 thread');
    expect(await kiosk.fact('Kernels')).toMatch(/^wasm-simd · \d+\.\d MiB$/);
    expect(await kiosk.fact('Isolated')).toBe('yes');
    expect(await kiosk.page.locator('#isolation').isVisible()).toBe(false);
    expect(await kiosk.fact('Self-test')).toBe('passed');
    expect(await kiosk.page.locator('#stages td').allTextContents()).not.toContain('–');
    expect(await inkOf(kiosk, '#overlay')).toBeGreaterThan(1000);
    expect(await inkOf(kiosk, '#chart canvas')).toBeGreaterThan(1000);
    expect(await kiosk.page.locator('#deadline').textContent()).toBe('5000');
    await vi.waitFor(async () => expect(await kiosk.page.locator('#p99').textContent()).toMatch(/^\d/), wait);
    expect(await kiosk.page.locator('#picture canvas').first().getAttribute('width')).toBe('1280');
    expect([...kiosk.origins]).toEqual([kiosks.site.origin]);
    expect(kiosk.complaints).toEqual([]);
  });

  it('stops and starts with the space bar, and by its button', async () => {
    await using kiosk = await kiosks.open();
    await kiosk.notice('Ready');
    await kiosk.page.keyboard.press('Space');
    await kiosk.running();
    await kiosk.page.keyboard.press('Space');
    await kiosk.notice('Ready');
    expect(await kiosk.status.textContent()).toBe('Stopped');
    await kiosk.page.getByRole('banner').getByRole('button', { name: 'Start' }).click();
    await kiosk.running();
    await kiosk.page.getByRole('button', { name: 'Stop' }).click();
    await kiosk.notice('Ready');
    expect(await kiosk.page.locator('#picture > *').count()).toBe(1);
    expect(kiosk.complaints).toEqual([]);
  });

  it('takes no more memory for tensors and frames once it is warm, and closes all of them', async () => {
    await using kiosk = await kiosks.open('?autostart=1&deadlineMs=5000');
    await kiosk.running();
    const held = kiosk.page.locator('#facts dt:text-is("Kernels") + dd');
    const seen: (string | null)[] = [];
    for (const frames of [60, 160]) {
      await vi.waitFor(
        async () => expect(Number.parseInt(`${await kiosk.fact('Frames')}`, 10)).toBeGreaterThan(frames),
        {
          ...wait,
          timeout: 60_000,
        },
      );
      seen.push(`${await held.textContent()}: ${await held.getAttribute('title')}`);
    }
    expect(seen[0]).toMatch(/MiB: Tensors and [1-9]\d* frame buffers are made once/);
    expect(seen[1]).toBe(seen[0]);
    await kiosk.page.keyboard.press('Space');
    await kiosk.notice('Ready');
    const frames = kiosk.page.locator('#facts dt:text-is("Frames") + dd');
    expect(await frames.getAttribute('title')).toBe('0 of them open');
  });

  it('is found out where it leaves something open', async () => {
    await using kiosk = await kiosks.open('?autostart=1');
    await kiosk.running();
    const left = await kiosk.page.evaluate(async () => {
      const frame = new VideoFrame(new Uint8Array(64), { format: 'RGBA', codedWidth: 4, codedHeight: 4, timestamp: 0 });
      const kept = [frame, await createImageBitmap(frame)];
      Object.assign(globalThis, { kept });
      return globalThis.takeCensus();
    });
    // The page shows a picture while it runs, too.
    expect(left.videoFrames).toBe(1);
    expect(left.bitmaps).toBeGreaterThanOrEqual(1);
    await kiosk.page.keyboard.press('Space');
    await kiosk.notice('Ready');
    expect(await findLeft(kiosk.page)).toEqual(['1 VideoFrames of the page', '1 ImageBitmaps of the page']);
    await kiosk.page.evaluate(() => {
      for (const each of (globalThis as unknown as { kept: { close(): void }[] }).kept) each.close();
    });
  });

  it('runs on one thread where the page is not isolated, and says so', async () => {
    await using plain = await serveSite({ folder: kiosks.folder });
    await using kiosk = await kiosks.open('?autostart=1&threads=4', { site: plain });
    await kiosk.running();
    expect(await kiosk.fact('Isolated')).toBe('no: one thread');
    expect(await kiosk.fact('Runs on')).toBe('wasm-simd · 1 thread');
    expect(await kiosk.page.locator('#facts dt:text-is("Runs on") + dd').getAttribute('title')).toMatch(/isolated/);
    const hint = kiosk.page.getByRole('complementary', { name: 'One thread only' });
    expect(await hint.textContent()).toMatch(
      /let its server send Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp\./,
    );
    await hint.getByRole('button', { name: 'Do not show this again' }).click();
    expect(await hint.count()).toBe(0);
    expect(await kiosk.page.evaluate(() => document.activeElement?.id)).toBe('start-button');
    await kiosk.page.reload();
    await kiosk.running();
    expect(await hint.count()).toBe(0);
    await kiosk.page.goto(`${plain.origin}${kioskPath}?hints=1`);
    expect(await hint.count()).toBe(1);
    expect(kiosk.complaints).toEqual([]);
  });

  it('keeps the screen on while it runs, and again after the tab was hidden', async () => {
    await using kiosk = await kiosks.open();
    await kiosk.page.evaluate(() => {
      const held: WakeLockSentinel[] = [];
      const request = navigator.wakeLock.request.bind(navigator.wakeLock);
      navigator.wakeLock.request = async (type) => {
        const lock = await request(type);
        held.push(lock);
        return lock;
      };
      Object.assign(globalThis, { held });
    });
    const locks = () =>
      kiosk.page.evaluate(() =>
        (globalThis as unknown as { held: WakeLockSentinel[] }).held.map(({ released }) => released),
      );
    await kiosk.page.keyboard.press('Space');
    await kiosk.running();
    expect(await locks()).toEqual([false]);
    // What a browser does when the tab is hidden.
    await kiosk.page.evaluate(async () => {
      await (globalThis as unknown as { held: WakeLockSentinel[] }).held[0].release();
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await vi.waitFor(async () => expect(await locks()).toEqual([true, false]), wait);
    await kiosk.page.keyboard.press('Space');
    await kiosk.notice('Ready');
    await vi.waitFor(async () => expect(await locks()).toEqual([true, true]), wait);
  });

  it('fills the screen and leaves it', async () => {
    await using kiosk = await kiosks.open();
    const full = () => kiosk.page.evaluate(() => document.fullscreenElement === document.documentElement);
    const button = kiosk.page.locator('#screen-button');
    for (const expected of [true, false]) {
      await kiosk.page.keyboard.press('f');
      await vi.waitFor(async () => expect(await full()).toBe(expected), wait);
      await vi.waitFor(async () => expect(await button.getAttribute('aria-pressed')).toBe(`${expected}`), wait);
    }
  });

  it('runs under a policy that allows nothing but its own files', async () => {
    const csp = `${strictPolicy} blob:; style-src 'self'; manifest-src 'self'; media-src 'self' blob:`;
    await using strict = await serveSite({ folder: kiosks.folder, isolated: true, csp });
    await using kiosk = await kiosks.open('?autostart=1', { site: strict });
    await kiosk.running();
    const own = await kiosk.page.locator('meta[http-equiv=Content-Security-Policy]').getAttribute('content');
    expect(own).toContain("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'");
    expect(kiosk.complaints).toEqual([]);
    expect([...kiosk.origins]).toEqual([strict.origin]);
  });

  it('tells how long the tab was hidden', async () => {
    await using kiosk = await kiosks.open('?autostart=1');
    await kiosk.running();
    await kiosk.page.evaluate(async () => {
      const turn = (hidden: boolean) => {
        Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      };
      turn(true);
      await new Promise((resolve) => setTimeout(resolve, 2100));
      turn(false);
    });
    expect(await kiosk.page.locator('#toast').textContent()).toMatch(/^This tab was hidden for [23] s\./);
  });
});
