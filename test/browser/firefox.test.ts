import { afterAll, beforeAll, expect, it } from 'vitest';
import { deserializeError } from '../../src/core/error.js';
import { describeWith } from '../assets.js';
import { FirefoxPage, haveFirefox } from './firefox.js';
import { inNode } from './in-node.js';
import { findLeft, reportLeft } from './left-open.js';
import { coloursAt } from './packed-pixels.js';
import type { ScriptAnswer } from './site/script-call.js';
import type { CaptureReport } from './site/scripts/acquire.js';
import type { CopyReport } from './site/scripts/frame-copy.js';
import type { RunReport } from './site/scripts/pipeline.js';
import { type Site, serveSite } from './site-server.js';

describeWith('Firefox, which has no MediaStreamTrackProcessor', haveFirefox, 'Firefox', () => {
  let firefox: FirefoxPage;
  let site: Site;
  beforeAll(async () => {
    firefox = await FirefoxPage.launch();
    site = await serveSite({ isolated: true });
  });
  afterAll(async () => {
    await site?.close();
    await firefox?.close();
  });

  const inPage = <T>(name: string, ...args: unknown[]) => inScript<T>('acquire', name, ...args);

  async function inScript<T>(script: string, name: string, ...args: unknown[]): Promise<T> {
    await firefox.goto(`${site.origin}/`);
    const call = { script, name, args };
    const answer = await firefox.evaluate<typeof call, ScriptAnswer>((data) => callTestScript('page', data), call);
    reportLeft(await findLeft(firefox));
    if ('error' in answer) throw deserializeError(answer.error);
    return answer.value as T;
  }

  it('gives the frames of a camera to a worker by the page', async () => {
    const report = await inPage<CaptureReport>('capture', { type: 'camera' }, [
      { read: 20 },
      { block: 300 },
      { read: 5 },
    ]);
    expect(report.error).toBeUndefined();
    expect(report.open).toEqual({ frames: 0, videoFrames: 0 });
    expect(report).toMatchObject({ route: 'video-callback', tracks: ['ended'], end: { reason: 'closed' } });
    expect(report.frames).toHaveLength(25);
    expect(report.frames[0]).toMatchObject({ codedWidth: 640, codedHeight: 480 });
    const times = report.frames.map(({ timestamp }) => timestamp);
    expect([...new Set(times)].sort((a, b) => a - b)).toEqual(times);
    // 300 ms are 9 frames, counted by the page.
    expect(report.counters.missed).toBeGreaterThanOrEqual(5);
    for (const { captureTime, arrived } of report.frames) {
      expect(captureTime).toBeLessThanOrEqual(arrived);
      expect(captureTime).toBeGreaterThan(arrived - 2000);
    }
    // The fake camera shows plain colours, which change.
    expect(new Set(report.frames.map(({ sum }) => sum)).size).toBeGreaterThan(5);
  });

  it('ends in order under its reader, and serves another', async () => {
    const closed = await inPage<CaptureReport>('capture', { type: 'camera' }, [{ read: 3 }, { read: 1000 }], {
      at: 1,
      act: 'close',
    });
    expect(closed).toMatchObject({ ended: true, end: { reason: 'closed' }, open: { frames: 0, videoFrames: 0 } });
    const again = await inPage<CaptureReport>('capture', { type: 'camera' }, [{ read: 3 }, { wait: 100 }], {
      at: 1,
      act: 'reconnect',
    });
    expect(again.frames).toHaveLength(3);
  });

  it('runs the whole arc in a worker, with the results of Node', { timeout: 120_000 }, async () => {
    const definition = {
      source: { type: 'synthetic', seed: 7 },
      model: { type: 'bundle', path: 'models/conveyor' },
      track: { type: 'sort' },
      queue: 'wait',
      frames: 20,
    } as const;
    const { results, info } = await inScript<RunReport>('pipeline', 'runPipeline', definition);
    expect(info).toMatchObject({ execution: 'worker', runtime: { executionProvider: 'wasm' } });
    const expected = await inNode(definition);
    expect(expected.flatMap(({ items }) => items).length).toBeGreaterThan(20);
    expect(results).toEqual(expected);
  });

  it('is found out where something is left open', async () => {
    await firefox.goto(`${site.origin}/`);
    await firefox.evaluate(async () => {
      const frame = new VideoFrame(new Uint8Array(64), { format: 'RGBA', codedWidth: 4, codedHeight: 4, timestamp: 0 });
      frame.clone().close();
      const worker = new Worker(URL.createObjectURL(new Blob(['postMessage(1)'])));
      await new Promise((resolve) => worker.addEventListener('message', resolve, { once: true }));
      Object.assign(globalThis, { kept: { frame, bitmap: await createImageBitmap(frame), worker } });
      setTimeout(() => worker.terminate(), 500);
    });
    expect(await firefox.workers()).toHaveLength(1);
    // The worker ends while it is waited for.
    expect(await findLeft(firefox)).toEqual(['1 VideoFrames of the page', '1 ImageBitmaps of the page']);
  });

  it('gives canvases and copies exactly', async () => {
    const report = await inPage<CaptureReport>('captureCanvas', 'canvas', [{ read: 2 }, { pixels: true }]);
    expect(coloursAt(report, [0, 20, 40 * 15, 40 * 15 + 20])).toEqual([
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
      [128, 128, 128],
    ]);
    for (const format of ['RGBA', 'RGBX', 'BGRA', 'BGRX']) {
      const copy = await inScript<CopyReport>('frame-copy', 'copyMade', { format, codedWidth: 16, codedHeight: 12 });
      expect(copy).toEqual({ format, coded: [16, 12], size: [16, 12], worst: 0, previewWorst: 0 });
    }
  });
});
