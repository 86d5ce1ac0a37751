import { describe, expect, it } from 'vitest';
import { now } from '../../../src/core/clock.js';
import { FramePool } from '../../../src/core/frame-pool.js';
import type { FrameFault } from '../../../src/core/result.js';
import { type Arrival, type FeedOptions, FrameFeed } from '../../../src/pipeline/frame-feed.js';
import { CountingSource, delay } from './fakes.js';

async function take(feed: FrameFeed): Promise<number | undefined> {
  const arrival: Arrival | FrameFault | undefined = await feed.next();
  if (!arrival || 'error' in arrival) return undefined;
  arrival.frame.close();
  return arrival.frame.id;
}

/** Takes some frames with one feed, and the rest with another that goes on where the first was. */
async function takeInTwo(options: FeedOptions, first: number, outageMs: number) {
  const source = new CountingSource(30);
  const pool = new FramePool();
  const before = new FrameFeed(source, pool, options);
  const ids: (number | undefined)[] = [];
  for (let i = 0; i < first; i++) ids.push(await take(before));
  const { progress } = before;
  // The worker is gone, with whatever it had read and nobody had taken.
  void before.stop();
  await delay(outageMs);
  const again = new CountingSource(30);
  await again.skip(progress?.nextFrame ?? 0);
  const after = new FrameFeed(again, pool, { ...options, resume: progress });
  for (;;) {
    const id = await take(after);
    if (id === undefined) break;
    ids.push(id);
  }
  await after.stop();
  return { ids, progress, dropped: after.dropped, open: pool.openFrames };
}

describe('a feed that goes on where another was', () => {
  it('reads the next frame, and counts on towards the end', async () => {
    const { ids, open } = await takeInTwo({ queue: 'wait', frames: 12 }, 5, 0);
    expect(ids).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(open).toBe(0);
  });

  it('keeps the schedule: what fell due meanwhile is dropped and counted, exactly once', async () => {
    const began = now();
    const { ids, progress, dropped } = await takeInTwo({ queue: 'latest', pace: 50, frames: 25 }, 5, 200);
    expect(progress?.startTime).toBeGreaterThanOrEqual(began);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => (a as number) - (b as number)));
    expect(dropped).toBeGreaterThanOrEqual(5);
    expect(ids.length + dropped).toBe(25);
  });

  it('keeps the schedule: where nothing is dropped, all of it is late', async () => {
    const { ids, dropped } = await takeInTwo({ queue: 'wait', pace: 50, frames: 15 }, 5, 200);
    expect(ids).toHaveLength(15);
    expect(dropped).toBe(0);
  });
});
