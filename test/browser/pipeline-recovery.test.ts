import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PipelineDefinitionInput } from '../../src/core/definition.js';
import { type Chromium, describeWithChromium, launchChromium } from './chromium.js';
import type { Plan, Story } from './site/scripts/recovery.js';
import { type Site, serveSite } from './site-server.js';
import { openPage, type TestPage } from './test-page.js';

const frames = 60;
const conveyor: PipelineDefinitionInput = {
  source: { type: 'synthetic', seed: 7, width: 640, height: 360 },
  model: { type: 'bundle', path: 'models/conveyor' },
  track: { type: 'sort' },
  rules: [{ type: 'line', id: 'gate', from: { x: 0.5, y: 0 }, to: { x: 0.5, y: 1 } }],
  recovery: { hangMs: 1500 },
  frames,
};

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
    const { results, faults, health, workers, stats, error } = await live({ after: { 20: mishap } });
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
    expect(page.page.workers()).toEqual([]);
  });
});
