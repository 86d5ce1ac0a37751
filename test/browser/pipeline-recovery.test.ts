import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type PipelineDefinitionInput, syntheticSourceSchema } from '../../src/core/definition.js';
import { type Chromium, describeWithChromium, launchChromium } from './chromium.js';
import type { Plan, Story } from './site/scripts/recovery.js';
import { type Site, serveSite } from './site-server.js';
import { openPage, type TestPage } from './test-page.js';
import { syntheticI420, writeY4m } from './y4m.js';

const frames = 40;
const conveyor: PipelineDefinitionInput = {
  source: { type: 'synthetic', seed: 7, width: 640, height: 360 },
  model: { type: 'bundle', path: 'models/conveyor' },
  track: { type: 'sort' },
  rules: [{ type: 'line', id: 'gate', from: { x: 0.5, y: 0 }, to: { x: 0.5, y: 1 } }],
  recovery: { hangMs: 1500 },
  frames,
};

// Chromium lets a worker that is blocked go on for two seconds before it ends it.
async function expectNoWorkers({ page }: TestPage): Promise<void> {
  await vi.waitFor(() => expect(page.workers()).toEqual([]), { timeout: 10_000 });
}

describeWithChromium('a worker that is lost, in Chromium', () => {
  let chromium: Chromium;
  let site: Site;
  let page: TestPage;
  let undisturbed: Story;

  const live = (plan: Plan, definition: Partial<PipelineDefinitionInput> = {}) =>
    page.inPage<Story>('recovery', 'live', { ...conveyor, ...definition }, plan);

  beforeAll(async () => {
    [chromium, site] = await Promise.all([launchChromium(), serveSite()]);
    page = await openPage(chromium, site);
    undisturbed = await live({});
  });

  afterAll(async () => {
    await Promise.all([chromium?.close(), site?.close()]);
  });

  it('is not replaced while it works', () => {
    expect(undisturbed).toMatchObject({ faults: [], health: [], workers: 1, stats: { frames, restarts: 0 } });
    expect(undisturbed.error).toBeUndefined();
  });

  it.each([
    ['that ends without a word', 'close', 'crashed'],
    ['that dies of an error', 'throw', 'crashed'],
    ['that is blocked', 'block', 'hung'],
    ['whose frames never land', 'swallow', 'hung'],
  ] as const)('is replaced: one %s', async (_name, mishap, reason) => {
    const { results, faults, health, workers, stats, error } = await live({ after: { 12: mishap } });
    expect(error).toBeUndefined();
    expect(health).toMatchObject([
      { type: 'restarting', reason, attempt: 1, waitMs: 0, error: { code: 'ERR_DEVICE_LOST' } },
      { type: 'restored', restarts: 1 },
    ]);
    expect([workers, stats?.restarts]).toEqual([2, 1]);
    // Every frame of the source is answered or told of, once, in order.
    expect(faults.length).toBeLessThanOrEqual(2);
    for (const fault of faults) expect(fault.error).toMatchObject({ code: 'ERR_DEVICE_LOST', details: { reason } });
    const ids = [...results, ...faults].map(({ frame }) => frame).sort((a, b) => a - b);
    expect(ids).toEqual(Array.from({ length: frames }, (_, i) => i));
    expect(results.map(({ frame }) => frame)).toEqual(results.map(({ frame }) => frame).sort((a, b) => a - b));
    expect(stats).toMatchObject({ frames: results.length, faults: faults.length, openFrames: 0 });
    // Objects keep the names that they had: nothing of the tracker went with the worker.
    const expected = undisturbed.results.filter(({ frame }) => !faults.some((fault) => fault.frame === frame));
    expect(results).toEqual(expected);
    expect(stats?.lines).toEqual(undisturbed.stats?.lines);
    await expectNoWorkers(page);
  });

  it('is replaced for a listener of results alone: the lost frames end nothing', async () => {
    const { results, faults, stats, error } = await live({ after: { 12: 'close' }, deaf: true });
    expect(error).toBeUndefined();
    expect(faults).toEqual([]);
    expect(stats).toMatchObject({ restarts: 1, frames: results.length, faults: frames - results.length });
    expect(results.at(-1)).toEqual(undisturbed.results.at(-1));
  });

  it('is replaced as often as it has to be, and keeps the schedule of a paced source', async () => {
    const { results, faults, stats, error } = await live(
      { after: { 5: 'close', 10: 'throw', 15: 'close' } },
      { pace: 10, queue: 'wait' },
    );
    expect(error).toBeUndefined();
    expect(stats).toMatchObject({ restarts: 3, drops: { queue: 0 } });
    expect(results.length + faults.length).toBe(frames);
    const paced = await live({ after: { 5: 'close' } }, { pace: 20, queue: 'latest' });
    const { queue, stale } = paced.stats?.drops ?? { queue: 0, stale: 0 };
    // While nobody worked, frames fell due: they were dropped, and are counted.
    expect(queue).toBeGreaterThan(0);
    expect(paced.results.length + paced.faults.length + queue + stale).toBe(frames);
  });

  it.each([
    ['crashes', 'throw'],
    ['ends', 'close'],
  ] as const)('is given up when each successor %s at once: one error, that says how often', async (_name, later) => {
    const { results, faults, health, workers, error, stats } = await live(
      { after: { 5: 'close' }, starts: [''], later },
      { recovery: { hangMs: 1500, restarts: 2 } },
    );
    expect(error).toMatchObject({
      code: 'ERR_DEVICE_LOST',
      received: expect.stringMatching(/^3 lost in a row, after 2 restarts; the last: one that (died|ended)/),
      details: { restarts: 2 },
      cause: { code: 'ERR_DEVICE_LOST' },
    });
    expect(health.map((news) => news.type === 'restarting' && [news.attempt, news.reason, news.waitMs])).toEqual([
      [1, 'crashed', 0],
      [2, 'failed', 250],
    ]);
    expect(workers).toBe(3);
    expect(stats?.restarts).toBe(0);
    expect([...results, ...faults].map(({ frame }) => frame)).toEqual(
      Array.from({ length: results.length + faults.length }, (_, i) => i),
    );
    await expectNoWorkers(page);
  });

  it('is not replaced where it never worked, or where nobody wants it', async () => {
    const never = await live({ starts: ['throw'] });
    expect(never).toMatchObject({ workers: 1, health: [], error: { code: 'ERR_DEVICE_LOST' } });
    const unwanted = await live({ after: { 5: 'close' } }, { recovery: { restarts: 0 } });
    expect(unwanted).toMatchObject({ workers: 1, health: [] });
    expect(unwanted.error).toMatchObject({ code: 'ERR_DEVICE_LOST', received: 'one that ended' });
    await expectNoWorkers(page);
  });

  it('may be closed while it is being replaced, whether the successor comes up or hangs', async () => {
    for (const later of ['', 'block'] as const) {
      const plan: Plan = { after: { 5: 'close' }, starts: [''], later: later || undefined, closeAfterMs: 50 };
      const { error, health, workers, stats } = await live(plan);
      expect(error).toBeUndefined();
      expect(health.map(({ type }) => type)).toEqual(['restarting']);
      expect(workers).toBe(2);
      expect(stats?.openFrames).toBe(0);
      await expectNoWorkers(page);
    }
  });

  it('leaves nothing behind when an opening that hangs is aborted', async () => {
    const { error, workers } = await live({ starts: ['block'], abortAfterMs: 300 });
    expect(error).toMatchObject({ name: 'TimeoutError' });
    expect(workers).toBe(1);
    await expectNoWorkers(page);
  });
});

describeWithChromium('a camera that has its troubles, in Chromium', () => {
  let chromium: Chromium;
  let site: Site;
  const folder = mkdtempSync(join(tmpdir(), 'reflexarc-camera-'));

  // A second that moves, and two that stand still, again and again.
  beforeAll(async () => {
    const scene = v.parse(syntheticSourceSchema, { type: 'synthetic', width: 160, height: 120, noise: 4 });
    const moving = syntheticI420(scene, 30);
    const film = join(folder, 'camera.y4m');
    writeY4m(film, 160, 120, 30, [...moving, ...Array.from({ length: 60 }, () => moving[29])]);
    [chromium, site] = await Promise.all([
      launchChromium([
        '--use-fake-ui-for-media-stream',
        '--use-fake-device-for-media-stream',
        `--use-file-for-fake-video-capture=${film}`,
      ]),
      serveSite(),
    ]);
  });

  afterAll(async () => {
    await Promise.all([chromium?.close(), site?.close()]);
    rmSync(folder, { recursive: true });
  });

  const camera: PipelineDefinitionInput = { ...conveyor, source: { type: 'camera' }, frames: undefined };

  it('tells when its picture stands still, and when it lives again', async () => {
    await using page = await openPage(chromium, site);
    const plan: Plan = { until: ['frozen', 'resumed'] };
    const { error, health, info } = await page.inPage<Story>('recovery', 'live', camera, plan);
    expect(error).toBeUndefined();
    const types = health.map(({ type }) => type).filter((type) => type !== 'gap');
    expect(types.join()).toMatch(/^(resumed,)?(frozen,resumed)/);
    // What it does not wait for is gone.
    expect(info?.queue).toBe('latest');
  });

  it('goes on when its worker is replaced: it is not opened anew, ids ascend and times never go back', async () => {
    await using page = await openPage(chromium, site);
    const plan: Plan = { after: { 10: 'close', 20: 'throw', 30: 'block', 40: 'close' }, results: 60 };
    const { error, results, faults, health, stats, workers } = await page.inPage<Story>(
      'recovery',
      'live',
      camera,
      plan,
    );
    expect(error).toBeUndefined();
    expect(results).toHaveLength(60);
    expect(health.filter(({ type }) => type === 'restored')).toHaveLength(4);
    expect([workers, stats?.restarts]).toEqual([5, 4]);
    for (let i = 1; i < results.length; i++) {
      expect(results[i].frame).toBeGreaterThan(results[i - 1].frame);
      // A camera may repeat a frame; never does it go back.
      expect(results[i].timestamp).toBeGreaterThanOrEqual(results[i - 1].timestamp);
    }
    const seen = new Set(results.map(({ frame }) => frame));
    expect(faults.filter(({ frame }) => seen.has(frame))).toEqual([]);
    await expectNoWorkers(page);
    expect(await page.inPage('recovery', 'streams')).toEqual({ opened: 1, live: 0 });
  });
});
