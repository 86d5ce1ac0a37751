import { expect, it, vi } from 'vitest';
import { assetPath, haveAssets } from '../assets.js';
import { fakeCamera } from '../bench/page/fake-camera.js';
import { launchChromium } from './chromium.js';
import { describeKiosk, wait } from './describe-kiosk.js';
import { drop, type KioskPage } from './kiosk-page.js';
import { kioskPath } from './kiosk-site.js';
import { blackPng, pngHeader } from './png.js';

describeKiosk('kiosk: sources', (kiosks) => {
  it('takes the settings of the dialog, remembers them, and lets the address come first', async () => {
    await using kiosk = await kiosks.open();
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
    await kiosk.page.goto(`${kiosks.site.origin}${kioskPath}?width=960&height=540&nonsense=1`);
    expect(await kiosk.page.locator('#source-name').textContent()).toBe('Synthetic · 960 × 540 · 30 fps');
    expect(await kiosk.page.locator('#toast').textContent()).toBe('Not understood in the address: nonsense=1');
  });

  it('shows a camera in the size that was asked for', async () => {
    await using kiosk = await kiosks.open('?source=camera&width=1280&height=720&autostart=1');
    await kiosk.running();
    expect(await kiosk.page.locator('#source-name').textContent()).toMatch(/^fake_device_0 · 1280 × 720 · \d+ fps$/);
    expect(await kiosk.page.locator('#picture video').evaluate((video) => (video as HTMLVideoElement).videoWidth)).toBe(
      1280,
    );
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
    await using kiosk = await kiosks.open('?source=camera&width=9999&height=9999&autostart=1');
    await kiosk.notice('The camera cannot do that');
    await kiosk.page.getByRole('button', { name: 'Use the synthetic source' }).click();
    await kiosk.running();
  });

  it('says of a camera that fails in an unknown way that it is the camera', async () => {
    await using kiosk = await kiosks.open('?source=camera');
    await kiosk.notice('Ready');
    await kiosk.page.evaluate(() => {
      navigator.mediaDevices.getUserMedia = async () => {
        throw new DOMException('Something else.', 'UnknownError');
      };
    });
    await kiosk.page.locator('#start-button').click();
    await kiosk.notice('The camera does not work');
  });

  it('says that the camera is gone, and goes on when it is back', async () => {
    await using kiosk = await kiosks.open('?source=camera&autostart=1');
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

  it('says that a camera repeats its last picture, until it moves again', async () => {
    const camera = fakeCamera(320, 240, 4);
    try {
      await using browser = await launchChromium(camera.flags);
      await using kiosk = await kiosks.open('?source=camera&autostart=1', { browser });
      await kiosk.running();
      const trouble = kiosk.page.locator('#app[data-trouble]');
      const toast = kiosk.page.locator('#toast:visible');
      for (let round = 0; round < 2; round++) {
        await trouble.waitFor();
        expect(await kiosk.status.textContent()).toBe('Frozen picture');
        expect(await toast.textContent()).toMatch(/^The camera repeats its last picture\./);
        await trouble.waitFor({ state: 'detached' });
        expect(await kiosk.status.textContent()).toBe('Running');
        expect(await toast.count()).toBe(0);
      }
      expect(kiosk.complaints).toEqual([]);
    } finally {
      camera.remove();
    }
  });

  it('says that the camera is not allowed', async () => {
    await using strict = await launchChromium(['--use-fake-device-for-media-stream', '--deny-permission-prompts']);
    await using kiosk = await kiosks.open('?source=camera&autostart=1', { browser: strict });
    await kiosk.notice('The camera is not allowed');
    await kiosk.page.locator('summary').click();
    expect(await kiosk.page.locator('#notice-technical').textContent()).toMatch(
      /^SourceError ERR_SOURCE: .*\ncaused by NotAllowedError/,
    );
  });

  it('says that there is no camera', async () => {
    await using bare = await launchChromium();
    await using kiosk = await kiosks.open('?source=camera&autostart=1', { browser: bare });
    await kiosk.notice('No camera found');
  });

  it.skipIf(!haveAssets)('plays a video file', async () => {
    await using kiosk = await kiosks.open();
    await kiosk.page.locator('#source-button').click();
    await kiosk.page.locator('#source-dialog label', { hasText: 'File' }).first().click();
    await kiosk.page.locator('#source-form input[type=file]').setInputFiles(assetPath('video/vtest_f000-399.webm'));
    await kiosk.page.getByRole('button', { name: 'Use this source' }).click();
    await kiosk.running();
    expect(await kiosk.page.locator('#source-name').textContent()).toBe('vtest_f000-399.webm');
    expect(kiosk.complaints).toEqual([]);
  });

  it('shows a picture file, and says which it cannot', async () => {
    await using kiosk = await kiosks.open();
    await drop(kiosk, {
      name: 'part.svg',
      type: 'image/svg+xml',
      content:
        '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="360"><rect width="640" height="360" fill="#456"/></svg>',
    });
    await kiosk.running();
    expect(await kiosk.page.locator('#source-name').textContent()).toBe('part.svg');
    await drop(kiosk, { name: 'broken.png', type: 'image/png', content: 'no picture' });
    await kiosk.notice('This file cannot be shown');
    // Browsers know no size of a picture before its first pixels: one that ends there is damaged, however large.
    await restart(kiosk);
    await drop(kiosk, { name: 'cut.png', type: 'image/png', content: pngHeader(20_000, 20_000) });
    await kiosk.notice('This file cannot be shown');
    await drop(kiosk, { name: 'huge.png', type: 'image/png', content: blackPng(20_000, 20_000) });
    await kiosk.notice('The picture is too large');
    expect(await kiosk.page.locator('#notice-text').textContent()).toContain('16384 px');
    await restart(kiosk);
    await drop(kiosk, {
      name: 'wide.svg',
      type: 'image/svg+xml',
      content: '<svg xmlns="http://www.w3.org/2000/svg" width="20000" height="10"/>',
    });
    await kiosk.notice('The picture is too large');
  });

  it('says that a picture is too large for memory, and stops there', async () => {
    await using kiosk = await kiosks.open();
    await drop(kiosk, { name: 'vast.png', type: 'image/png', content: blackPng(12_000, 12_000) });
    await kiosk.notice('The picture is too large');
    expect(await kiosk.page.locator('#notice-text').textContent()).toContain('1024 MiB');
    expect(await kiosk.page.locator('#toast:visible').count()).toBe(0);
    await restart(kiosk);
  });

  it('says that a video is sound alone', async () => {
    await using kiosk = await kiosks.open();
    await drop(kiosk, { name: 'sound.mp4', type: 'video/mp4', content: silence(8000) });
    await kiosk.notice('This file has no picture');
  });

  it('takes one of several dropped files, and says which it does not take', async () => {
    await using kiosk = await kiosks.open();
    const toast = kiosk.page.locator('#toast:visible');
    const text = (name: string) => ({ name, type: 'text/plain', content: 'nothing' });
    const picture = (name: string) => ({
      name,
      type: 'image/svg+xml',
      content: '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><circle r="32"/></svg>',
    });
    await drop(kiosk, text('notes.txt'));
    expect(await toast.textContent()).toBe('notes.txt: neither a picture, a video nor an .onnx model.');
    await drop(kiosk, text('a.txt'), picture('b.svg'), picture('c.svg'));
    expect(await toast.textContent()).toBe('One file at a time. Not taken: a.txt, c.svg.');
    await kiosk.running();
    expect(await kiosk.page.locator('#source-name').textContent()).toBe('b.svg');
    await drop(kiosk, ...['1', '2', '3', '4', '5'].map((name) => text(`${name}.txt`)));
    expect(await toast.textContent()).toMatch(/^1\.txt, 2\.txt, 3\.txt and 2 more: neither/);
    const model = { name: 'm.onnx', type: '', content: 'no model' };
    await drop(kiosk, model, { ...model, name: 'n.onnx' });
    const dialog = kiosk.page.getByRole('dialog', { name: 'Model' });
    expect(await dialog.locator('#model-file-name').textContent()).toBe('m.onnx');
    expect(await dialog.locator('#model-hint:visible').textContent()).toBe('One file at a time. Not taken: n.onnx.');
    await kiosk.page.keyboard.press('Escape');
    await kiosk.page.keyboard.press('o');
    expect(await dialog.locator('#model-hint').textContent()).toBe('');
    await kiosk.page.keyboard.press('Escape');
  });
});

/** Lets it run on something that works: the next notice is a new one. */
async function restart(kiosk: KioskPage): Promise<void> {
  await kiosk.page.getByRole('button', { name: 'Use the synthetic source' }).click();
  await kiosk.running();
}

/** A WAV file of nothing, with 8000 samples of 8 bits per second: browsers look at the bytes, whatever a file is called. */
function silence(samples: number): Uint8Array {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(8000, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples, 40);
  return Buffer.concat([head, Buffer.alloc(samples, 128)]);
}
