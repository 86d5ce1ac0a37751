import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { PipelineDefinitionInput } from '../../../src/core/definition.js';
import type { PipelineStats } from '../../../src/pipeline/pipeline.js';
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

/** Runs a definition in a page for some seconds. Its first frames count, too: long tasks are noted from its opening on. */
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

/** Stands in for the package in the kiosk that is measured. */
export const watchedPackage = fileURLToPath(new URL('./watched-package.ts', import.meta.url));

/** What the kiosk's pipeline says of its run, and the tasks that kept its page from answering. */
export interface KioskFigures {
  frames: number;
  stages: PipelineStats['stages'];
  /** From the first frame on, in ms. */
  longTasks: number[];
}

/** Lets a kiosk that was built on {@link watchedPackage} run for some seconds. @param query of its address. */
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
  const figures = await kiosk.page.evaluate(() => {
    const { longTasks } = globalThis as unknown as { longTasks: number[] };
    return { stats: globalThis.lastPipeline?.stats, longTasks };
  });
  if (!figures.stats || kiosk.complaints.length > 0) {
    throw new Error(`the kiosk complains: ${kiosk.complaints.join('; ') || 'it has no pipeline'}`);
  }
  const { frames, stages } = figures.stats;
  return { frames, stages, longTasks: figures.longTasks };
}
