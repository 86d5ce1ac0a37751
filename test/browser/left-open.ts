import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** How long a worker that was ended may take until the browser says so. */
const workerEndMs = 15_000;

/** What is still open in a page with a census: workers, frames and bitmaps, in words. Nothing where the page is gone. */
export async function findLeft(page: Page): Promise<string[]> {
  const deadline = performance.now() + workerEndMs;
  while (page.workers().length > 0 && performance.now() < deadline) await page.waitForTimeout(20);
  const left = page.workers().map((worker) => `worker ${worker.url()}`);
  // A page that went elsewhere, or died, has nothing of ours.
  const counted = await page
    .evaluate(() => ({ census: globalThis.takeCensus(), inWorkers: globalThis.leftInWorkers ?? 0 }))
    .catch(() => undefined);
  if (!counted) return left;
  const { census, inWorkers } = counted;
  if (census.videoFrames > 0) left.push(`${census.videoFrames} VideoFrames of the page`);
  if (census.bitmaps > 0) left.push(`${census.bitmaps} ImageBitmaps of the page`);
  if (inWorkers > 0) left.push(`${inWorkers} VideoFrames and ImageBitmaps of called workers`);
  return left;
}

/** Fails the test that has the page, without hiding why it failed before; where there is no test, throws. */
export function reportLeft(left: readonly string[]): void {
  if (left.length === 0) return;
  try {
    expect.soft(left, 'left open in the page').toEqual([]);
  } catch {
    throw new Error(`left open in the page: ${left.join(', ')}`);
  }
}
