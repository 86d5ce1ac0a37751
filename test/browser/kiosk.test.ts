import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { assetPath, haveAssets } from '../assets.js';
import { type Chromium, describeWithChromium, launchChromium } from './chromium.js';
import { buildKiosk, type KioskPage, type KioskSite, kioskPath, openKiosk } from './kiosk-site.js';
import { type Site, serveSite } from './site-server.js';

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
    const kiosk = await openKiosk(chromium, site, query);
    return kiosk;
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
      await kiosk.page.evaluate(() => localStorage.clear());
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
      await kiosk.page.evaluate(() => localStorage.clear());
    });

    it('says that a camera has no such size, and goes on with another source', async () => {
      await using kiosk = await open('?source=camera&width=9999&height=9999&autostart=1');
      await kiosk.notice('The camera cannot do that');
      await kiosk.page.getByRole('button', { name: 'Use the synthetic source' }).click();
      await kiosk.running();
      await kiosk.page.evaluate(() => localStorage.clear());
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
      await kiosk.page.evaluate(() => localStorage.clear());
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

    it.skipIf(!haveAssets)('runs a dropped classifier', async () => {
      await using kiosk = await open();
      await kiosk.page.keyboard.press('o');
      const dialog = kiosk.page.getByRole('dialog', { name: 'Model' });
      await dialog.getByText('Your own').click();
      await dialog.locator('input[type=file]').setInputFiles(assetPath(classifier));
      await dialog.getByLabel('What it is').selectOption('classification');
      await dialog.getByRole('button', { name: 'Use this model' }).click();
      await kiosk.running();
      expect(await inkOf(kiosk, '#overlay')).toBeGreaterThan(1000);
      expect(await kiosk.fact('Self-test')).toBe('no sample');
    });
  });

  describe('failures', () => {
    it.each([
      ['the worker is missing', /intake-worker/, { status: 404 }, 'The worker is gone or could not start'],
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

    it('says that there is no WebGPU, and runs on the processor instead', async () => {
      await using kiosk = await open('?provider=webgpu&autostart=1');
      await kiosk.notice('No WebGPU here');
      await kiosk.page.getByRole('button', { name: 'Run on the processor' }).click();
      await kiosk.running();
      await kiosk.page.evaluate(() => localStorage.clear());
    });
  });

  it('starts without a network once it has been there', async () => {
    await using browser = await launchChromium();
    const gone = await serveSite({ folder: built.folder, isolated: true });
    await using kiosk = await openKiosk(browser, gone);
    await kiosk.page.keyboard.press('?');
    await kiosk.page.locator('#about:text-matches("^Works without a network")').waitFor();
    await gone.close();
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
      await kiosk.page.evaluate(() => localStorage.clear());
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
async function drop(kiosk: KioskPage, name: string, type: string, text: string): Promise<void> {
  const data = await kiosk.page.evaluateHandle(
    ([fileName, fileType, content]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([content], fileName, { type: fileType }));
      return transfer;
    },
    [name, type, text] as const,
  );
  await kiosk.page.dispatchEvent('body', 'drop', { dataTransfer: data });
}
