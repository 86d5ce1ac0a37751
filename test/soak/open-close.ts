import type { PipelineDefinitionInput } from '../../src/core/definition.js';
import type { Chromium } from '../browser/chromium.js';
import type { Site } from '../browser/site-server.js';
import { openPage } from '../browser/test-page.js';
import { type ThreadHoldings, ThreadProbe } from '../browser/thread-probe.js';

/** What a page holds in which pipelines came and went. */
export interface OpenCloseReport {
  times: number;
  /** After each round of a tenth of the openings, when all are closed. */
  rounds: ThreadHoldings[][];
  /** Bytes that the page's heap grew by per opening, from the second round to the last. */
  growthPerOpening: number;
  /** What is left: workers, frames, bitmaps, WebAssembly, cameras that are still on, and what the page complained of; in words. */
  left: string[];
}

const rounds = 10;

/**
 * Opens a pipeline in a page, processes two frames and closes it; again and again.
 * @param times a multiple of ten.
 */
export async function openAndClose(
  chromium: Chromium,
  site: Site,
  definition: PipelineDefinitionInput,
  times: number,
): Promise<OpenCloseReport> {
  await using page = await openPage(chromium, site);
  const probe = await ThreadProbe.attach(page.page);
  const report: OpenCloseReport = { times, rounds: [], growthPerOpening: 0, left: [] };
  for (let round = 0; round < rounds; round++) {
    const tracks = await page.inPage<string[]>('measured-run', 'openAndClose', definition, times / rounds, 2);
    const threads = await probe.holdings();
    report.rounds.push(threads);
    const [{ videoFrames, bitmaps, wasmBytes }, ...workers] = threads;
    const live = tracks.filter((state) => state !== 'ended').length;
    const counts = { 'live tracks': live, workers: workers.length, VideoFrames: videoFrames, bitmaps, wasmBytes };
    for (const [name, count] of Object.entries(counts)) {
      if (count > 0) report.left.push(`round ${round + 1}: ${count} ${name}`);
    }
  }
  await probe.detach();
  // Chromium says it here when a VideoFrame was forgotten: found, it is part of the result.
  report.left.push(...page.complaints);
  const heaps = report.rounds.map(([{ heapBytes }]) => heapBytes);
  report.growthPerOpening = (heaps[rounds - 1] - heaps[1]) / (((rounds - 2) * times) / rounds);
  return report;
}
