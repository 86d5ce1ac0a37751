import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { assetPath, describeWithAssets } from '../assets.js';
import { orientations } from '../orientations.js';
import { type Chromium, describeWithChromium, launchChromium } from './chromium.js';
import { coloursAt } from './packed-pixels.js';
import type { CaptureReport } from './site/scripts/acquire.js';
import type { CopyReport, PlanesReport } from './site/scripts/frame-copy.js';
import { type Site, serveSite } from './site-server.js';
import { openPage, type TestPage } from './test-page.js';
import { writeY4m } from './y4m.js';

const fakeCamera = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
const withoutProcessor = { without: ['MediaStreamTrackProcessor'] };

async function inPage<T>(chromium: Chromium, site: Site, name: string, ...args: unknown[]): Promise<T> {
  return inScript<T>(chromium, site, 'acquire', name, ...args);
}

async function inScript<T>(
  chromium: Chromium,
  site: Site,
  script: string,
  name: string,
  ...args: unknown[]
): Promise<T> {
  const page: TestPage = await openPage(chromium, site);
  await using _ = page;
  const found = await page.inPage<T>(script, name, ...args);
  expect(page.complaints).toEqual([]);
  return found;
}

describeWithChromium('pixels of a page', () => {
  let chromium: Chromium;
  let site: Site;
  const call = async (name: string, ...args: unknown[]) => {
    const report = await inPage<CaptureReport>(chromium, site, name, ...args);
    expect(report.open).toEqual({ frames: 0, videoFrames: 0 });
    return report;
  };

  beforeAll(async () => {
    chromium = await launchChromium([...fakeCamera, '--autoplay-policy=no-user-gesture-required']);
    site = await serveSite();
  });
  afterAll(async () => {
    await site?.close();
    await chromium?.close();
  });

  it.each(['canvas', 'offscreen'] as const)('come from a canvas (%s) as they are', async (kind) => {
    const report = await call('captureCanvas', kind, [{ read: 5 }, { pixels: true }]);
    expect(report).toMatchObject({ route: 'canvas', settings: { width: 40, height: 30 }, info: { type: 'media' } });
    expect(report.frames).toHaveLength(6);
    const times = report.frames.map(({ timestamp }) => timestamp);
    expect([...new Set(times)].sort((a, b) => a - b)).toEqual(times);
    expect(coloursAt(report, [0, 20, 40 * 15, 40 * 15 + 20])).toEqual([
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
      [128, 128, 128],
    ]);
  });

  it.each([{}, withoutProcessor])(
    'come from a stream that the application has, and leave it alone (%j)',
    async (how) => {
      const report = await call('captureCanvas', 'stream', [{ read: 5 }], how);
      expect(report.frames).toHaveLength(5);
      expect(report.frames[0]).toMatchObject({ codedWidth: 40, codedHeight: 30 });
      expect(report.tracks).toEqual(['live']);
      const ended = await call('captureCanvas', 'stream', [{ read: 5 }, { read: 100 }], {
        ...how,
        at: 1,
        act: 'close',
      });
      expect(ended).toMatchObject({ ended: true, end: { reason: 'closed' }, tracks: ['live'] });
    },
  );

  it('come from a <video> that shows a stream', async () => {
    for (const how of [{}, withoutProcessor]) {
      const report = await call('captureVideoOfStream', [{ read: 5 }], how);
      expect(report).toMatchObject({ alive: 'live', info: { type: 'media' } });
      expect(report.frames).toHaveLength(5);
    }
  });

  it('come from a screen that was picked', async () => {
    const page = await openPage(chromium, site);
    await using _ = page;
    await page.page.mouse.click(5, 5);
    const report = await page.inPage<CaptureReport>('acquire', 'capture', { type: 'screen' }, [{ read: 3 }]);
    expect(report.open).toEqual({ frames: 0, videoFrames: 0 });
    expect(report).toMatchObject({ info: { type: 'screen' }, end: { reason: 'closed' }, tracks: ['ended'] });
    expect(report.frames).toHaveLength(3);
    // A shared window may change its size: none is promised.
    expect(report.info.width).toBeUndefined();
  });

  it('are wanted where the source is media', async () => {
    const open = (media?: string) => inPage(chromium, site, 'open', { type: 'media' }, media);
    await expect(open()).rejects.toMatchObject({ code: 'ERR_ARGUMENT', subject: 'options.media', received: 'nothing' });
    await expect(open('silence')).rejects.toMatchObject({ code: 'ERR_ARGUMENT', received: 'one without' });
  });

  const copyMade = (init: object) => inScript<CopyReport>(chromium, site, 'frame-copy', 'copyMade', init);
  const exact = { worst: 0, previewWorst: 0 };

  it.each(['RGBA', 'RGBX', 'BGRA', 'BGRX'])('of %s are copied exactly, cut to what is visible', async (format) => {
    const whole = await copyMade({ format, codedWidth: 16, codedHeight: 12 });
    expect(whole).toEqual({ format, coded: [16, 12], size: [16, 12], ...exact });
    const visibleRect = { x: 2, y: 3, width: 9, height: 5 };
    const init = { format, codedWidth: 16, codedHeight: 12, visibleRect };
    expect(await copyMade(init)).toEqual({ format, coded: [9, 5], size: [9, 5], ...exact });
  });

  it.each(['I420', 'NV12'])('of %s are copied as they are, with the meaning of their colours', async (format) => {
    const copyOf = (...args: unknown[]) => inScript<PlanesReport>(chromium, site, 'frame-copy', 'copyPlanes', ...args);
    const copy = (...args: unknown[]) => copyOf(format, ...args);
    for (const matrix of ['bt709', 'smpte170m', 'bt470bg']) {
      const colorSpace = { matrix, fullRange: true };
      expect(await copy([16, 12], colorSpace)).toEqual({ format, colorSpace, equal: true });
    }
    expect(await copy([7, 5])).toMatchObject({ format, equal: true });
    // What the kernels do not know, the browser converts.
    const wide = { primaries: 'bt2020', transfer: 'pq', matrix: 'bt2020-ncl', fullRange: false };
    expect(await copy([16, 12], wide)).toMatchObject({ format: 'RGBA' });
    expect(await copyOf('I444', [16, 12])).toMatchObject({ format: 'RGBA' });
  });

  it.each(orientations)(
    'are copied as they are stored, and turned in preprocessing and preview as the browser turns them (%j)',
    async (orientation) => {
      const size = orientation.rotation % 180 === 0 ? [16, 10] : [10, 16];
      for (const format of ['RGBX', 'BGRA', 'I420', 'NV12']) {
        const init = { format, codedWidth: 16, codedHeight: 10, ...orientation };
        const report = await copyMade(init);
        expect(report).toMatchObject({ format, coded: [16, 10], size });
        const tolerance = format.endsWith('420') || format === 'NV12' ? 1 : 0;
        expect(report.worst, format).toBeLessThanOrEqual(tolerance);
        expect(report.previewWorst, format).toBeLessThanOrEqual(tolerance);
      }
      const odd = { format: 'RGBX', codedWidth: 7, codedHeight: 5, ...orientation };
      expect(await copyMade(odd)).toMatchObject({ coded: [7, 5], ...exact });
    },
  );

  it('that are oblong are stretched to the size that the browser shows', async () => {
    const init = { format: 'RGBA', codedWidth: 16, codedHeight: 12, displayWidth: 32, displayHeight: 12 };
    const stretched = { format: 'RGBA', coded: [32, 12], size: [32, 12], ...exact };
    expect(await copyMade(init)).toEqual(stretched);
    const turned = { ...init, rotation: 90 };
    expect(await copyMade(turned)).toEqual({ ...stretched, coded: [12, 32], size: [12, 32] });
    // Larger in both directions alike, pixels are square: nothing is stretched.
    const larger = { ...init, displayWidth: 32, displayHeight: 24 };
    expect((await copyMade(larger)).size).toEqual([16, 12]);
  });

  describeWithAssets('of a film', () => {
    const film = '/test-assets/video/vtest_f000-399.webm';

    const times = ({ frames }: CaptureReport) => frames.map(({ timestamp }) => timestamp);
    const increasing = (numbers: number[]) => expect([...new Set(numbers)].sort((a, b) => a - b)).toEqual(numbers);

    it('come from a <video> as it plays, and none while it is paused', async () => {
      const report = await call('captureVideo', film, [{ read: 10 }, { read: 10 }], { at: 1, act: 'pause' });
      expect(report).toMatchObject({ route: 'video-callback', info: { type: 'media' }, counters: { stalls: 1 } });
      expect(report.frames).toHaveLength(20);
      expect(report.frames[0]).toMatchObject({ codedWidth: 768, codedHeight: 576 });
      increasing(times(report));
      // A film has times of its own: 10 frames per second, whenever they are shown.
      const steps = times(report).map((time, i, all) => Math.round((time - (all[i - 1] ?? time)) / 100_000));
      expect(steps.reduce((sum, step) => sum + step, 0)).toBe(Math.round((times(report)[19] - times(report)[0]) / 1e5));
      expect(report.health.map(({ state, cause }) => [state, cause])).toEqual([
        ['stalled', 'paused'],
        ['live', undefined],
        ['ended', undefined],
      ]);
    });

    it('go on in time when it is wound back, and end with it', async () => {
      const report = await call('captureVideo', film, [{ read: 15 }, { read: 10 }], { at: 1, act: 'rewind' });
      expect(report.frames).toHaveLength(25);
      increasing(times(report));
      const last = await call('captureVideo', film, [{ read: 5 }, { read: 1000 }], { at: 1, act: 'to-end' });
      expect(last).toMatchObject({ ended: true, end: { reason: 'finished' } });
      expect(last.error).toBeUndefined();
    });

    it('cannot be had from a film that does not play', async () => {
      const report = await call('captureVideo', '/kernels/kernels.wasm', [{ read: 1 }]);
      expect(report.error).toMatchObject({ code: 'ERR_SOURCE', details: { reason: 'unreadable' } });
      expect(report.end).toMatchObject({ reason: 'failed' });
    });
  });
});

describeWithChromium('a camera that shows one picture for ever', () => {
  it('is called frozen', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reflexarc-frozen-'));
    const still = Uint8Array.from({ length: 64 * 48 * 1.5 }, (_, i) => 40 + (i % 150));
    writeY4m(join(folder, 'still.y4m'), 64, 48, 30, [still]);
    await using chromium = await launchChromium([
      ...fakeCamera,
      `--use-file-for-fake-video-capture=${join(folder, 'still.y4m')}`,
    ]);
    await using site = await serveSite();
    const report = await inPage<CaptureReport>(chromium, site, 'capture', { type: 'camera' }, [{ read: 50 }]);
    rmSync(folder, { recursive: true });
    expect(report.error).toBeUndefined();
    expect(report.frames).toHaveLength(50);
    const told = report.health.filter(({ state }) => state !== 'live');
    expect(told.map(({ state }) => state)).toEqual(['frozen', 'ended']);
    expect(told[0].counters.frames).toBeGreaterThan(20);
  });
});

describeWithChromium('a page without a camera, or without permission', () => {
  it('says that there is no camera', async () => {
    await using chromium = await launchChromium(['--use-fake-ui-for-media-stream']);
    await using site = await serveSite();
    expect(await inPage(chromium, site, 'listCameras')).toEqual([]);
    await expect(inPage(chromium, site, 'open', { type: 'camera' })).rejects.toMatchObject({
      code: 'ERR_SOURCE',
      subject: 'camera',
      received: expect.stringMatching(/^none/),
      details: { reason: 'missing' },
    });
  });

  it('says that permission was denied, and what to do', async () => {
    await using chromium = await launchChromium(['--use-fake-device-for-media-stream', '--deny-permission-prompts']);
    await using site = await serveSite();
    await expect(inPage(chromium, site, 'open', { type: 'camera' })).rejects.toMatchObject({
      code: 'ERR_SOURCE',
      remedy: expect.stringMatching(/Allow the camera/),
      details: { reason: 'permission' },
    });
  });
});

describeWithAssets('a film as a camera', () => {
  describeWithChromium('by motion JPEG', () => {
    it('is read in its own size', async () => {
      await using chromium = await launchChromium([
        ...fakeCamera,
        `--use-file-for-fake-video-capture=${assetPath('video/vtest_cam_384x288_f000-099.mjpeg')}`,
      ]);
      await using site = await serveSite();
      const report = await inPage<CaptureReport>(chromium, site, 'capture', { type: 'camera' }, [{ read: 10 }]);
      expect(report.open).toEqual({ frames: 0, videoFrames: 0 });
      expect(report.frames).toHaveLength(10);
      expect(report.frames[0]).toMatchObject({ codedWidth: 384, codedHeight: 288 });
      expect(new Set(report.frames.map(({ sum }) => sum)).size).toBeGreaterThan(5);
    });
  });
});
