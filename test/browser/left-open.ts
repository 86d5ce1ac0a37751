import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';

/** How long a worker that was ended may take until the browser says so. */
const workerEndMs = 15_000;

/** A page of any browser. */
export interface WatchedPage {
  /** Dedicated workers that live. */
  workers(): readonly { url(): string }[] | Promise<readonly { url(): string }[]>;
  evaluate<R>(body: () => R): Promise<R>;
}

/** What is still open in a page with a census: workers, frames and bitmaps, in words. Nothing where the page is gone. */
export async function findLeft(page: WatchedPage): Promise<string[]> {
  const deadline = performance.now() + workerEndMs;
  let workers = await page.workers();
  while (workers.length > 0 && performance.now() < deadline) {
    await sleep(20);
    workers = await page.workers();
  }
  const left = workers.map((worker) => `worker ${worker.url()}`);
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
