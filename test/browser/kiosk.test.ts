import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { assetPath, haveAssets } from '../assets.js';
import { hungryModel, tooManyForWebAssembly } from '../hungry-model.js';
import { type Chromium, describeWithChromium, launchChromium } from './chromium.js';
import { buildKiosk, type KioskPage, type KioskSite, kioskPath, openKiosk } from './kiosk-site.js';
import { pngHeader } from './png-header.js';
import { type Site, serveSite, strictPolicy } from './site-server.js';

const fakeCamera = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];

describeWithChromium('kiosk', () => {
  let built: KioskSite;
  let site: Site;
  let chromium: Chromium;

  beforeAll(async () => {
    built = await buildKiosk();
    [site, chromium] = await Promise.all([
      serveSite({ folder: built.folder, isolated: true }),
      launchChromium(fakeCamera),
    ]);
  });

  afterAll(async () => {
    await Promise.all([chromium?.close(), site?.close()]);
    built?.remove();
  });

  /** Opens the kiosk in the browser that has a camera, without what an earlier test has left there. */
  async function open(query = ''): Promise<KioskPage> {
    await forget(site);
    return openKiosk(chromium, site, query);
  }

  async function forget({ origin }: Site): Promise<void> {
    const page = await chromium.context.newPage();
    await page.goto(`${origin}/nothing`);
    await page.evaluate(() => localStorage.clear());
    await page.close();
  }

  describe('running', () => {
    it('finds, counts and rejects parts, and says truthfully what runs', async () => {
      await using kiosk = await open('?autostart=1&speed=900&deadlineMs=5000');
      await kiosk.running();
      await vi.waitFor(async () => expect(await kiosk.counter('rejected')).toBeGreaterThan(0), wait);
      expect(await kiosk.counter('passed')).toBeGreaterThan(await kiosk.counter('rejected'));
      expect(await kiosk.counter('found')).toBeGreaterThanOrEqual(await kiosk.counter('passed'));
      expect(await kiosk.page.locator('#labels tr').count()).toBeGreaterThan(2);
      expect(await kiosk.page.locator('#labels').textContent()).not.toContain('defective');
      expect(await kiosk.page.locator('#lamp-last').textContent()).toMatch(/^\w+-defective #\d+$/);
      expect(await kiosk.fact('Runtime')).toMatch(/^onnx-web \d/);
      expect(await kiosk.fact('Runs on')).toBe('wasm-simd · 1 thread');
      expect(await kiosk.fact('Kernels')).toBe('wasm-simd');
      expect(await kiosk.fact('Isolated')).toBe('yes');
      expect(await kiosk.fact('Self-test')).toBe('passed');
      expect(await kiosk.page.locator('#stages td').allTextContents()).not.toContain('–');
      expect(await inkOf(kiosk, '#overlay')).toBeGreaterThan(1000);
      expect(await inkOf(kiosk, '#chart canvas')).toBeGreaterThan(1000);
      expect(await kiosk.page.locator('#deadline').textContent()).toBe('5000');
      await vi.waitFor(async () => expect(await kiosk.page.locator('#p99').textContent()).toMatch(/^\d/), wait);
      expect(await kiosk.page.locator('#picture canvas').first().getAttribute('width')).toBe('1280');
      expect([...kiosk.origins]).toEqual([site.origin]);
      expect(kiosk.complaints).toEqual([]);
    });

    it('stops and starts with the space bar, and by its button', async () => {
      await using kiosk = await open();
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

    it('runs on one thread where the page is not isolated, and says so', async () => {
      await using plain = await serveSite({ folder: built.folder });
      await using kiosk = await openKiosk(chromium, plain, '?autostart=1&threads=4');
      await kiosk.running();
      expect(await kiosk.fact('Isolated')).toBe('no: one thread');
      expect(await kiosk.fact('Runs on')).toBe('wasm-simd · 1 thread');
      expect(await kiosk.page.locator('#facts dt:text-is("Runs on") + dd').getAttribute('title')).toMatch(/isolated/);
      expect(kiosk.complaints).toEqual([]);
    });

    it('keeps the screen on while it runs, and again after the tab was hidden', async () => {
      await using kiosk = await open();
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
      await using kiosk = await open();
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
      await using strict = await serveSite({ folder: built.folder, isolated: true, csp });
      await using kiosk = await openKiosk(chromium, strict, '?autostart=1');
      await kiosk.running();
      const own = await kiosk.page.locator('meta[http-equiv=Content-Security-Policy]').getAttribute('content');
      expect(own).toContain("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'");
      expect(kiosk.complaints).toEqual([]);
      expect([...kiosk.origins]).toEqual([strict.origin]);
    });

    it('tells how long the tab was hidden', async () => {
      await using kiosk = await open('?autostart=1');
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

  describe('sources', () => {
    it('takes the settings of the dialog, remembers them, and lets the address come first', async () => {
      await using kiosk = await open();
      await kiosk.page.keyboard.press('s');
      const dialog = kiosk.page.getByRole('dialog', { name: 'Source' });
      await dialog.getByLabel('Seed').fill('7');
      await dialog.getByLabel('Size').first().selectOption('640x360');
      await dialog.getByRole('button', { name: 'Use this source' }).click();
      await kiosk.running();
      expect(await kiosk.page.locator('#source-name').textContent()).toBe('Synthetic · 640 × 360 · 30 fps');
      await kiosk.page.reload();
      await kiosk.notice('Ready');
      expect(await kiosk.page.locator('#source-name').textContent()).toBe('Synthetic · 640 × 360 · 30 fps');
      await kiosk.page.goto(`${site.origin}${kioskPath}?width=960&height=540&nonsense=1`);
      expect(await kiosk.page.locator('#source-name').textContent()).toBe('Synthetic · 960 × 540 · 30 fps');
      expect(await kiosk.page.locator('#toast').textContent()).toBe('Not understood in the address: nonsense=1');
    });

    it('shows a camera in the size that was asked for', async () => {
      await using kiosk = await open('?source=camera&width=1280&height=720&autostart=1');
      await kiosk.running();
      expect(await kiosk.page.locator('#source-name').textContent()).toMatch(/^fake_device_0 · 1280 × 720 · \d+ fps$/);
      expect(
        await kiosk.page.locator('#picture video').evaluate((video) => (video as HTMLVideoElement).videoWidth),
      ).toBe(1280);
      await kiosk.page.keyboard.press('m');
      expect(await kiosk.page.locator('#picture video').evaluate((video) => getComputedStyle(video).transform)).toMatch(
        /^matrix\(-1/,
      );
      await kiosk.page.keyboard.press('m');
      await kiosk.page.keyboard.press('s');
      const cameras = kiosk.page.getByRole('dialog').locator('select[name=deviceId] option');
      await vi.waitFor(async () => expect(await cameras.allTextContents()).toContain('fake_device_0'), wait);
      expect(kiosk.complaints).toEqual([]);
    });

    it('says that a camera has no such size, and goes on with another source', async () => {
      await using kiosk = await open('?source=camera&width=9999&height=9999&autostart=1');
      await kiosk.notice('The camera cannot do that');
      await kiosk.page.getByRole('button', { name: 'Use the synthetic source' }).click();
      await kiosk.running();
    });

    it('says that the camera is gone, and goes on when it is back', async () => {
      await using kiosk = await open('?source=camera&autostart=1');
      await kiosk.running();
      await kiosk.page.locator('#picture video').evaluate((video) => {
        const [track] = ((video as HTMLVideoElement).srcObject as MediaStream).getVideoTracks();
        track.dispatchEvent(new Event('ended'));
      });
      await kiosk.notice('The camera is gone');
      await kiosk.page.evaluate(() => navigator.mediaDevices.dispatchEvent(new Event('devicechange')));
      await kiosk.running();
      expect(kiosk.complaints).toEqual([]);
    });

    it('says that the camera is not allowed', async () => {
      await using strict = await launchChromium(['--use-fake-device-for-media-stream', '--deny-permission-prompts']);
      await using kiosk = await openKiosk(strict, site, '?source=camera&autostart=1');
      await kiosk.notice('The camera is not allowed');
      await kiosk.page.locator('summary').click();
      expect(await kiosk.page.locator('#notice-technical').textContent()).toMatch(
        /^SourceError ERR_SOURCE: .*\ncaused by NotAllowedError/,
      );
    });

    it('says that there is no camera', async () => {
      await using bare = await launchChromium();
      await using kiosk = await openKiosk(bare, site, '?source=camera&autostart=1');
      await kiosk.notice('No camera found');
    });

    it.skipIf(!haveAssets)('plays a video file', async () => {
      await using kiosk = await open();
      await kiosk.page.locator('#source-button').click();
      await kiosk.page.locator('#source-dialog label', { hasText: 'File' }).first().click();
      await kiosk.page.locator('#source-form input[type=file]').setInputFiles(assetPath('video/vtest_f000-399.webm'));
      await kiosk.page.getByRole('button', { name: 'Use this source' }).click();
      await kiosk.running();
      expect(await kiosk.page.locator('#source-name').textContent()).toBe('vtest_f000-399.webm');
      expect(kiosk.complaints).toEqual([]);
    });

    it('shows a picture file, and says which it cannot', async () => {
      await using kiosk = await open();
      await drop(
        kiosk,
        'part.svg',
        'image/svg+xml',
        '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="360"><rect width="640" height="360" fill="#456"/></svg>',
      );
      await kiosk.running();
      expect(await kiosk.page.locator('#source-name').textContent()).toBe('part.svg');
      await drop(kiosk, 'broken.png', 'image/png', 'no picture');
      await kiosk.notice('This file cannot be shown');
      await drop(kiosk, 'huge.png', 'image/png', pngHeader(20_000, 20_000));
      await kiosk.page
        .locator('#notice-title:text-matches("^(The picture is too large|This file cannot be shown)$")')
        .waitFor();
      await drop(
        kiosk,
        'wide.svg',
        'image/svg+xml',
        '<svg xmlns="http://www.w3.org/2000/svg" width="20000" height="10"/>',
      );
      await kiosk.notice('The picture is too large');
      await drop(kiosk, 'notes.txt', 'text/plain', 'nothing');
      expect(await kiosk.page.locator('#toast').textContent()).toMatch(/^notes\.txt is neither/);
    });
  });

  describe('models', () => {
    it('refuses what is no model, and goes back to its own', async () => {
      await using kiosk = await open();
      await drop(kiosk, 'broken.onnx', '', 'this is no model');
      const dialog = kiosk.page.getByRole('dialog', { name: 'Model' });
      expect(await dialog.locator('#model-file-name').textContent()).toBe('broken.onnx');
      await dialog.getByRole('button', { name: 'Use this model' }).click();
      await kiosk.notice('The model was refused');
      expect(await kiosk.page.locator('#model-name').textContent()).toBe('broken.onnx');
      await kiosk.page.getByRole('button', { name: 'Use the built-in model' }).click();
      await kiosk.running();
      expect(await kiosk.page.locator('#model-name').textContent()).toBe('Conveyor');
    });

    it('refuses a model of another kind than was said, and runs it as what it is', async () => {
      await using kiosk = await open();
      // A classifier, as small as can be.
      await drop(kiosk, 'means.onnx', '', hungryModel(1));
      const dialog = kiosk.page.getByRole('dialog', { name: 'Model' });
      await dialog.getByRole('button', { name: 'Use this model' }).click();
      await kiosk.notice('The model was refused');
      await kiosk.page.getByRole('button', { name: 'Choose a model' }).click();
      await dialog.getByLabel('Kind of model').selectOption('classification');
      await dialog.getByLabel('Labels, one per line').fill('red, green\nblue');
      await dialog.getByRole('button', { name: 'Use this model' }).click();
      await kiosk.running();
      expect(await kiosk.page.locator('#labels').textContent()).toMatch(/^(red|green|blue)/);
      expect(await kiosk.fact('Self-test')).toBe('no sample');
    });

    it('says that a model is too large: by its size, or when it wants more memory than there is', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'reflexarc-'));
      try {
        // Holes take no room on a disk.
        writeFileSync(join(folder, 'large.onnx'), 'x');
        truncateSync(join(folder, 'large.onnx'), 3 * 2 ** 30);
        writeFileSync(join(folder, 'hungry.onnx'), hungryModel(tooManyForWebAssembly));
        await using kiosk = await open();
        const dialog = kiosk.page.getByRole('dialog', { name: 'Model' });
        for (const [name, text] of [
          ['large.onnx', '3.0 GiB'],
          ['hungry.onnx', 'more memory'],
        ]) {
          await kiosk.page.keyboard.press('o');
          await dialog.getByText('Your own').click();
          await dialog.locator('input[type=file]').setInputFiles(join(folder, name));
          await dialog.getByLabel('Kind of model').selectOption('classification');
          await dialog.getByRole('button', { name: 'Use this model' }).click();
          await kiosk.page.locator('#status:text-is("Starting …")').waitFor({ state: 'detached' });
          await kiosk.page.locator(`#notice-text:text-matches("${text}")`).waitFor();
          await kiosk.notice('The model is too large');
        }
        await kiosk.page.getByRole('button', { name: 'Use the built-in model' }).click();
        await kiosk.running();
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });

    it.skipIf(!haveAssets)('runs a dropped classifier', async () => {
      await using kiosk = await open();
      await kiosk.page.keyboard.press('o');
      const dialog = kiosk.page.getByRole('dialog', { name: 'Model' });
      await dialog.getByText('Your own').click();
      await dialog.locator('input[type=file]').setInputFiles(assetPath(classifier));
      await dialog.getByLabel('Kind of model').selectOption('classification');
      await dialog.getByRole('button', { name: 'Use this model' }).click();
      await kiosk.running();
      expect(await inkOf(kiosk, '#overlay')).toBeGreaterThan(1000);
      expect(await kiosk.fact('Self-test')).toBe('no sample');
    });
  });

  describe('failures', () => {
    it.each([
      ['the worker is missing', /intake-worker/, { status: 404 }, 'The worker is gone or could not start'],
      [
        'the worker has a wrong MIME type',
        /intake-worker/,
        { type: 'text/plain' },
        'The worker is gone or could not start',
      ],
      ['the runtime is missing', /ort-wasm.*\.wasm$/, { status: 404 }, 'A part of the program is missing or failed'],
      [
        'the runtime has a wrong MIME type',
        /ort-wasm.*\.mjs$/,
        { type: 'text/plain' },
        'A part of the program is missing or failed',
      ],
      [
        'the kernels are a web page',
        /kernels.*\.wasm$/,
        { type: 'text/html', body: '<!doctype html>' },
        'A part of the program is missing or failed',
      ],
      ['the kernels are missing', /kernels.*\.wasm$/, { status: 404 }, 'A part of the program is missing or failed'],
      ['the model is missing', /standard\.onnx$/, { status: 404 }, 'The model was refused'],
      ['the model was damaged', /standard\.onnx$/, { body: 'not what it was' }, 'The model was refused'],
    ])('%s', async (_, match, fault, title) => {
      await using broken = await serveSite({ folder: built.folder, isolated: true, faults: [{ match, ...fault }] });
      await using kiosk = await openKiosk(chromium, broken, '?autostart=1');
      await kiosk.notice(title);
      expect(await kiosk.status.textContent()).toBe('Stopped by a failure');
      expect(await kiosk.page.getByRole('alert').getByRole('button').count()).toBeGreaterThan(0);
      expect(await kiosk.page.locator('#notice-technical').textContent()).toMatch(/^\w+Error ERR_\w+: Expected /);
    });

    it.each([
      ["worker-src 'none'", 'The worker is gone or could not start'],
      ["script-src 'self'", 'A part of the program is missing or failed'],
    ])('a policy of the server forbids it: %s', async (csp, title) => {
      await using strict = await serveSite({ folder: built.folder, isolated: true, csp });
      await using kiosk = await openKiosk(chromium, strict, '?autostart=1');
      await kiosk.notice(title);
      expect(await kiosk.page.getByRole('alert').getByRole('button').count()).toBeGreaterThan(0);
    });

    it('says that there is no WebGPU, and runs on the processor instead', async () => {
      await using kiosk = await open('?provider=webgpu&autostart=1');
      await kiosk.notice('No WebGPU here');
      await kiosk.page.getByRole('button', { name: 'Run on the processor' }).click();
      await kiosk.running();
    });
  });

  it('starts without a network once it has been there', async () => {
    await using browser = await launchChromium();
    const gone = await serveSite({ folder: built.folder, isolated: true });
    await using kiosk = await openKiosk(browser, gone);
    await kiosk.page.keyboard.press('?');
    await kiosk.page.locator('#about:text-matches("^Works without a network")').waitFor();
    await gone.close();
    await browser.context.setOffline(true);
    await kiosk.page.goto(`${gone.origin}${kioskPath}?autostart=1`);
    await kiosk.running();
    expect(await kiosk.fact('Isolated')).toBe('yes');
    expect(await kiosk.fact('Self-test')).toBe('passed');
    expect(kiosk.complaints).toEqual([]);
  });

  describe('page', () => {
    it('has a name for everything that can be pressed or filled in, and lists its keys', async () => {
      await using kiosk = await open();
      const session = await kiosk.page.context().newCDPSession(kiosk.page);
      const roles = new Set([
        'button',
        'textbox',
        'combobox',
        'slider',
        'spinbutton',
        'radio',
        'dialog',
        'main',
        'region',
      ]);
      for (const key of ['Escape', 's', 'o', '?']) {
        await kiosk.page.keyboard.press(key);
        const { nodes } = await session.send('Accessibility.getFullAXTree');
        const unnamed = nodes.filter(({ role, name, ignored }) => !ignored && roles.has(role?.value) && !name?.value);
        expect(unnamed.map(({ role, nodeId }) => [key, role?.value, nodeId])).toEqual([]);
        await kiosk.page.keyboard.press('Escape');
      }
      await kiosk.page.keyboard.press('?');
      expect(await kiosk.page.locator('#keys dt').allTextContents()).toEqual([
        'Space',
        'S',
        'O',
        'F',
        'C',
        'M',
        'R',
        'T',
        '?',
      ]);
    });

    it('takes the keyboard from dialog to dialog, and each begins where its first question is answered', async () => {
      await using kiosk = await open();
      const focused = () =>
        kiosk.page.evaluate(() => {
          const { activeElement: at } = document;
          return [at?.closest('dialog')?.id, at?.getAttribute('value')];
        });
      for (const [key, ...expected] of [
        ['s', 'source-dialog', 'synthetic'],
        ['o', 'model-dialog', 'built-in'],
      ]) {
        await kiosk.page.keyboard.press(key);
        expect(await focused()).toEqual(expected);
        await kiosk.page.keyboard.press('ArrowRight');
        await kiosk.page.keyboard.press('Escape');
      }
    });

    it('takes the keyboard through its controls in the order in which they stand', async () => {
      await using kiosk = await open();
      const seen: (string | undefined)[] = [];
      for (let i = 0; i < 9; i++) {
        await kiosk.page.keyboard.press('Tab');
        seen.push(await kiosk.page.evaluate(() => document.activeElement?.id));
      }
      expect(seen).toEqual([
        'source-button',
        'model-button',
        'fit-button',
        'mirror-button',
        'desk-button',
        'theme-button',
        'screen-button',
        'help-button',
        'start-button',
      ]);
    });

    it.each(['dark', 'light'] as const)(
      'can be read: the contrast of its %s colours is that of WCAG AA',
      async (scheme) => {
        await using kiosk = await open();
        await kiosk.page.emulateMedia({ colorScheme: scheme });
        const luminances = await kiosk.page.evaluate((names) => {
          const probe = document.body.appendChild(document.createElement('i'));
          const luminance = (name: string) => {
            probe.style.color = `var(--${name})`;
            const [r, g, b] = (getComputedStyle(probe).color.match(/[\d.]+/g) ?? []).map((part) => {
              const value = Number(part) / 255;
              return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
            });
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          return Object.fromEntries(names.map((name) => [name, luminance(name)]));
        }, colours);
        const contrast = (a: string, b: string) => {
          const [low, high] = [luminances[a], luminances[b]].sort((x, y) => x - y);
          return (high + 0.05) / (low + 0.05);
        };
        for (const text of ['text', 'muted', 'accent', 'warn', 'alarm']) {
          for (const ground of ['surface', 'raised']) {
            expect(contrast(text, ground), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
          }
        }
        expect(contrast('on-accent', 'accent')).toBeGreaterThanOrEqual(4.5);
        expect(contrast('line', 'surface')).toBeGreaterThanOrEqual(3);
        expect(contrast('good', 'surface')).toBeGreaterThanOrEqual(3);
      },
    );

    it('turns light and dark, hides its readings and fills the window', async () => {
      await using kiosk = await open();
      const ground = () => kiosk.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      await kiosk.page.emulateMedia({ colorScheme: 'dark' });
      const dark = await ground();
      await kiosk.page.emulateMedia({ colorScheme: 'light' });
      const light = await ground();
      expect(light).not.toBe(dark);
      await kiosk.page.keyboard.press('t');
      expect(await ground()).toBe(light);
      await kiosk.page.keyboard.press('t');
      expect(await ground()).toBe(dark);
      await kiosk.page.keyboard.press('r');
      expect(await kiosk.page.locator('#desk').isVisible()).toBe(false);
      await kiosk.page.keyboard.press('c');
      const stage = await kiosk.page.locator('#stage').boundingBox();
      expect(stage).toEqual({ x: 0, y: 0, ...kiosk.page.viewportSize() });
    });

    it.each([
      [390, 844],
      [844, 390],
      [768, 1024],
      [1024, 768],
      [1440, 900],
      [1920, 1080],
    ])('fits %i × %i', async (width, height) => {
      await using kiosk = await open();
      await kiosk.page.setViewportSize({ width, height });
      const overflow = await kiosk.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
      for (const id of ['start-button', 'stage', 'source-dialog']) {
        if (id === 'source-dialog') await kiosk.page.keyboard.press('s');
        const box = await kiosk.page.locator(`#${id}`).boundingBox();
        expect(box, id).not.toBeNull();
        expect((box?.x ?? -1) >= 0 && (box?.x ?? 0) + (box?.width ?? 0) <= width, id).toBe(true);
      }
    });
  });
});

const colours = ['text', 'muted', 'accent', 'on-accent', 'warn', 'alarm', 'good', 'line', 'surface', 'raised'];
const wait = { timeout: 30_000, interval: 100 };
const classifier = 'models/onnx/mobilenet_v2_quant.onnx';

/** Number of pixels drawn on a canvas. */
function inkOf(kiosk: KioskPage, selector: string): Promise<number> {
  return kiosk.page.locator(selector).evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    const { data } = (canvas.getContext('2d') as CanvasRenderingContext2D).getImageData(
      0,
      0,
      canvas.width,
      canvas.height,
    );
    let ink = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i] > 0) ink++;
    return ink;
  });
}

/** Drops a file on the page, as a person does. */
async function drop(kiosk: KioskPage, name: string, type: string, content: string | Uint8Array): Promise<void> {
  const data = await kiosk.page.evaluateHandle(
    ([fileName, fileType, base64]) => {
      const transfer = new DataTransfer();
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      transfer.items.add(new File([bytes], fileName, { type: fileType }));
      return transfer;
    },
    [name, type, Buffer.from(content).toString('base64')] as const,
  );
  await kiosk.page.dispatchEvent('body', 'drop', { dataTransfer: data });
}
