import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { syntheticSourceSchema } from '../../src/core/definition.js';
import { type Chromium, describeWithChromium, launchChromium } from './chromium.js';
import type { CaptureOptions, CaptureReport, Step } from './site/scripts/acquire.js';
import { type Site, serveSite } from './site-server.js';
import { openPage, type TestPage } from './test-page.js';
import { syntheticI420, writeY4m } from './y4m.js';

const fakeCamera = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
const [width, height] = [320, 240];

/** Whatever happened, nothing of the browser and nothing of ours is left open. */
function expectNothingOpen(report: CaptureReport): void {
  expect(report.open).toEqual({ frames: 0, videoFrames: 0 });
  expect(report.tracks.every((state) => state === 'ended')).toBe(true);
}

describeWithChromium('a camera', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reflexarc-camera-'));
  let planes: Uint8Array[];
  let chromium: Chromium;
  let site: Site;
  let page: TestPage;

  beforeAll(async () => {
    const scene = v.parse(syntheticSourceSchema, { type: 'synthetic', width, height });
    planes = syntheticI420(scene, 8);
    writeY4m(join(folder, 'camera.y4m'), width, height, 30, planes);
    chromium = await launchChromium([
      ...fakeCamera,
      `--use-file-for-fake-video-capture=${join(folder, 'camera.y4m')}`,
      '--js-flags=--expose-gc',
      '--enable-precise-memory-info',
    ]);
    site = await serveSite();
  });
  afterAll(async () => {
    await site?.close();
    await chromium?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function capture(steps: Step[], options?: CaptureOptions, definition = {}): Promise<CaptureReport> {
    page = await openPage(chromium, site);
    const warnings: string[] = [];
    page.page.on('console', (message) => warnings.push(message.text()));
    try {
      const call = { type: 'camera', width, height, ...definition };
      const report = await page.inPage<CaptureReport>('acquire', 'capture', call, steps, { collect: true, ...options });
      expectNothingOpen(report);
      // Chromium itself says when a VideoFrame was forgotten, once it is collected.
      expect(warnings.filter((text) => /garbage collected/i.test(text))).toEqual([]);
      expect(page.complaints).toEqual([]);
      return report;
    } finally {
      await page.close();
    }
  }

  /** Asserts that the bytes are those of one of the frames of the file. */
  function expectFrameOfFile(base64: string | undefined): void {
    const bytes = Buffer.from(base64 ?? '', 'base64');
    expect(planes.some((frame) => bytes.equals(frame))).toBe(true);
  }

  const routes = [
    { route: 'track-processor', without: [] },
    { route: 'video-callback', without: ['MediaStreamTrackProcessor'] },
  ];

  it.each(routes)('gives its frames to a worker by $route, in order, on time, with the right pixels', async (way) => {
    const report = await capture([{ read: 20 }, { pixels: true }], { without: way.without });
    expect(report.error).toBeUndefined();
    expect(report.route).toBe(way.route);
    expect(report.info).toMatchObject({ type: 'camera', width, height, frameRate: 30, endless: true });
    expect(report.settings).toMatchObject({ width, height, frameRate: 30, label: expect.stringContaining('y4m') });
    expect(report.frames).toHaveLength(21);
    for (const [i, frame] of report.frames.entries()) {
      expect(frame).toMatchObject({ format: 'I420', codedWidth: width, codedHeight: height });
      expect(frame.captureTime).toBeLessThanOrEqual(frame.arrived);
      expect(frame.captureTime).toBeGreaterThan(frame.arrived - 2000);
      if (i === 0) continue;
      expect(frame.timestamp).toBeGreaterThan(report.frames[i - 1].timestamp);
      expect(frame.id).toBeGreaterThan(report.frames[i - 1].id);
    }
    const { counters } = report;
    expect(counters.frames).toBe(21);
    expect(report.frames.at(-1)?.id).toBe(20 + counters.missed);
    expectFrameOfFile(report.pixels);
    // Two buffers at most: the one that is read, and never another.
    expect(report.buffers).toBe(1);
    expect(report.end).toEqual({ reason: 'closed' });
  });

  it.each(routes)('goes on while its reader is busy, and counts what was missed ($route)', async ({ without }) => {
    const report = await capture([{ read: 10 }, { block: 500 }, { read: 5 }], { without });
    const [before, after] = report.frames.slice(9, 11);
    // 500 ms are 15 frames; the newest one waited.
    expect(report.counters.missed).toBeGreaterThanOrEqual(10);
    expect(after.id - before.id).toBeGreaterThanOrEqual(11);
    expect(after.timestamp - before.timestamp).toBeGreaterThan(400_000);
    const shown = report.frames.map(({ id }) => id);
    expect(shown).toEqual([...shown].sort((a, b) => a - b));
  });

  it.each(routes)('closes what was asked for and not taken, and what waited ($route)', async ({ without }) => {
    expect((await capture([{ read: 1 }], { without })).frames).toHaveLength(1);
    expect((await capture([], { without })).frames).toHaveLength(0);
    const skipped = await capture([{ read: 2 }, { skip: 7 }, { read: 1 }], { without });
    expect(skipped.frames[2].id).toBeGreaterThanOrEqual(9);
  });

  it.each(routes)('ends in order when it is closed under its reader ($route)', async ({ without }) => {
    const report = await capture([{ read: 5 }, { read: 100_000 }], { without, at: 1, act: 'close' });
    expect(report.error).toBeUndefined();
    expect(report.ended).toBe(true);
    expect(report.end).toEqual({ reason: 'closed' });
    // With a frame that waits, too.
    const steps = [{ read: 5 }, { wait: 200 }, { wait: 200 }, { read: 100_000 }];
    expect(await capture(steps, { without, at: 2, act: 'close' })).toMatchObject({ ended: true });
  });

  it.each(routes)('serves another worker when the first is gone, without being opened anew ($route)', async (way) => {
    const report = await capture([{ read: 3 }, { wait: 200 }], { without: way.without, at: 1, act: 'reconnect' });
    expect(report.frames).toHaveLength(3);
    expect(report.route).toBe(way.route);
  });

  it('copies again where memory grew under the copy', async () => {
    const report = await capture([{ read: 2 }, { grow: 1024 }, { grow: 2048 }, { pixels: true }]);
    expect(report.error).toBeUndefined();
    expect(new Set(report.frames.map(({ sum }) => sum)).size).toBeGreaterThan(1);
    expectFrameOfFile(report.pixels);
  });

  it('is not called stalled where its reader reads nothing', async () => {
    const report = await capture([{ read: 5 }, { wait: 1500 }, { read: 5 }]);
    expect(report.health.map(({ state }) => state)).toEqual(['ended']);
    expect(report.counters.stalls).toBe(0);
  });

  it('is called stalled while the tab is hidden and frames come by the page; it is no error', async () => {
    const options: CaptureOptions = { without: ['MediaStreamTrackProcessor'], at: 1, act: 'hide' };
    const report = await capture([{ read: 10 }, { read: 10 }], options);
    expect(report.error).toBeUndefined();
    expect(report.frames).toHaveLength(20);
    expect(report.counters.stalls).toBe(1);
    expect(report.health.map(({ state, cause }) => [state, cause])).toEqual([
      ['stalled', 'hidden'],
      ['live', undefined],
      ['ended', undefined],
    ]);
  });

  it('is asked for exactly: a size that it lacks is refused by name', async () => {
    page = await openPage(chromium, site);
    await using _ = page;
    await expect(page.inPage('acquire', 'open', { type: 'camera', width: 4000 })).rejects.toMatchObject({
      code: 'ERR_SOURCE',
      subject: 'camera: width',
      expected: '4000',
      received: 'no camera that has it',
      details: { reason: 'constraint', constraint: 'width' },
    });
    await expect(page.inPage('acquire', 'open', { type: 'camera', deviceId: 'nobody' })).rejects.toMatchObject({
      code: 'ERR_SOURCE',
      details: { reason: 'constraint', constraint: 'deviceId' },
    });
    expect(await page.inPage('acquire', 'open', { type: 'camera', width: 160, height: 120 })).toMatchObject({
      width: 160,
      height: 120,
    });
  });

  it('is listed, with its name and what it can do', async () => {
    page = await openPage(chromium, site);
    await using _ = page;
    await page.inPage('acquire', 'open', { type: 'camera' });
    const [camera] = await page.inPage<Record<string, unknown>[]>('acquire', 'listCameras');
    expect(camera).toMatchObject({ label: expect.stringContaining('y4m'), maxWidth: width, maxHeight: height });
    expect(await page.inPage('acquire', 'open', { type: 'camera', deviceId: camera.deviceId })).toMatchObject({
      deviceId: camera.deviceId,
    });
  });

  it.each([true, false])('is not left on by an opening that was given up (before: %s)', async (before) => {
    page = await openPage(chromium, site);
    await using _ = page;
    expect(await page.inPage('acquire', 'abortOpening', before)).toEqual({ reason: 'not now', live: 0 });
  });

  it('needs VideoFrame, and one way to get them', async () => {
    for (const [without, expected] of [
      [['VideoFrame'], /VideoFrame/],
      [['MediaStreamTrackProcessor'], undefined],
    ] as const) {
      page = await openPage(chromium, site);
      await using _ = page;
      const opening = page.inPage('acquire', 'capture', { type: 'camera' }, [{ read: 1 }], { without });
      if (expected)
        await expect(opening).rejects.toMatchObject({
          code: 'ERR_UNSUPPORTED',
          expected: expect.stringMatching(expected),
        });
      else await expect(opening).resolves.toMatchObject({ route: 'video-callback' });
    }
  });

  it('leaves nothing behind when it is opened and closed a hundred times', async () => {
    page = await openPage(chromium, site);
    await using _ = page;
    const heap = await page.inPage<number[]>('acquire', 'openAndClose', 100);
    // Flat once warm: less than a kilobyte a time.
    expect((heap.at(-1) as number) - heap[3]).toBeLessThan(60_000);
    expect(page.complaints).toEqual([]);
  });

  it('has its end told when its permission is withdrawn', async () => {
    page = await openPage(chromium, site);
    await using _ = page;
    const session = await chromium.context.newCDPSession(page.page);
    const reading = page.inPage<CaptureReport>('acquire', 'capture', { type: 'camera' }, [{ read: 100_000 }]);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const permission = { name: 'camera' };
    await session.send('Browser.setPermission', { permission, setting: 'denied', origin: site.origin });
    const report = await reading;
    expectNothingOpen(report);
    expect(report.error).toMatchObject({ code: 'ERR_SOURCE', details: { reason: 'permission' } });
    expect(report.end).toMatchObject({ reason: 'failed', error: { code: 'ERR_SOURCE' } });
    await session.send('Browser.resetPermissions');
  });

  it('has its end told when it is gone from one moment to the next', async () => {
    page = await openPage(chromium, site);
    await using _ = page;
    const reading = page.inPage<CaptureReport>('acquire', 'capture', { type: 'camera' }, [{ read: 100_000 }]);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    // The process that has the camera ends, as it does when a driver takes it along.
    const session = await chromium.context.browser()?.newBrowserCDPSession();
    const { processInfo } = (await session?.send('SystemInfo.getProcessInfo')) ?? { processInfo: [] };
    const service = processInfo.find(({ type }) => /VideoCaptureService/.test(type));
    process.kill(service?.id as number, 'SIGKILL');
    const report = await reading;
    expectNothingOpen(report);
    expect(report.frames.length).toBeGreaterThan(5);
    expect(report.error).toMatchObject({ code: 'ERR_SOURCE', details: { reason: 'unplugged' } });
    expect(report.end).toMatchObject({ reason: 'failed', error: { code: 'ERR_SOURCE' } });
  });
});
