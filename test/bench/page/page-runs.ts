import { setTimeout as sleep } from 'node:timers/promises';
import type { PipelineDefinitionInput } from '../../../src/core/definition.js';
import type { Chromium } from '../../browser/chromium.js';
import { openKiosk } from '../../browser/kiosk-page.js';
import type { RunFigures, RunOptions } from '../../browser/site/scripts/measured-run.js';
import type { Site } from '../../browser/site-server.js';
import { openPage } from '../../browser/test-page.js';

const [width, height, frameRate] = [1280, 720, 30];

/** The default model on a source of 1280 × 720 px at 30 frames per second, counted at a line: what the kiosk runs. */
export function pageDefinition(source: 'synthetic' | 'camera', slots: 1 | 2 = 2): PipelineDefinitionInput {
  return {
    source: { type: source, width, height, ...(source === 'synthetic' ? { frameRate } : {}) },
    model: { type: 'bundle', path: 'models/conveyor' },
    queue: 'latest',
    slots,
    pace: source === 'synthetic' ? frameRate : undefined,
    track: { type: 'sort' },
    rules: [{ type: 'line', id: 'line', from: { x: 0.5, y: 1 }, to: { x: 0.5, y: 0 }, reject: ['*-defective'] }],
  };
}

/** Runs a definition in a page for some seconds; the first one, in which compilers are at work, does not count for long tasks. */
export async function measureRun(
  chromium: Chromium,
  site: Site,
  definition: PipelineDefinitionInput,
  options: RunOptions,
  seconds: number,
): Promise<RunFigures> {
  await using page = await openPage(chromium, site);
  await page.inPage('measured-run', 'start', definition, options);
  await sleep(seconds * 1000);
  const figures = await page.inPage<RunFigures>('measured-run', 'stop');
  if (page.complaints.length > 0) throw new Error(`the page complains: ${page.complaints.join('; ')}`);
  return figures;
}

/** What the kiosk shows of itself, and the tasks that kept its page from answering. */
export interface KioskFigures {
  frames: string;
  /** p50 in ms, as the kiosk prints it, by stage. */
  stages: Record<string, number>;
  longTasks: number[];
}

/** Lets the kiosk run for some seconds. @param query of its address. */
export async function measureKiosk(
  chromium: Chromium,
  site: Site,
  query: string,
  seconds: number,
): Promise<KioskFigures> {
  await using kiosk = await openKiosk(chromium, site, query);
  await kiosk.running();
  await kiosk.page.evaluate(() => {
    const tasks: number[] = [];
    Object.assign(globalThis, { longTasks: tasks });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) tasks.push(duration);
    }).observe({ type: 'longtask' });
  });
  await sleep(seconds * 1000);
  const longTasks = await kiosk.page.evaluate(() => (globalThis as unknown as { longTasks: number[] }).longTasks);
  const rows = await kiosk.page
    .locator('#stages tr')
    .evaluateAll((all) =>
      all.map((row) => [row.querySelector('th')?.textContent ?? '', row.querySelectorAll('td')[1]?.textContent ?? '']),
    );
  const stages = Object.fromEntries(rows.map(([name, p50]) => [name.toLowerCase(), Number(p50)]));
  return { frames: (await kiosk.fact('Frames')) ?? '', stages, longTasks };
}
