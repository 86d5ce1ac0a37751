import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WorkWatch } from '../../../src/host/child/work-watch.js';

let beats = 0;
const watch = () => {
  beats = 0;
  return new WorkWatch(() => beats++, 25);
};
/** Lets time pass with the ticks of a timer that is served all the while. @returns beats in it. */
async function pass(watched: WorkWatch, ms: number): Promise<number> {
  const before = beats;
  for (let time = 0; time < ms; time += 25) {
    await vi.advanceTimersByTimeAsync(25);
    watched.tick();
  }
  return beats - before;
}
const takes = (ms: number) => () => new Promise<void>((done) => setTimeout(done, ms));
const hangs = () => new Promise<void>(() => {});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('beats where nothing is under way', async () => {
  expect(await pass(watch(), 1000)).toBe(40);
});

it('beats with each of many that follow one another, and stands still in one that takes long', async () => {
  const watched = watch();
  for (let i = 0; i < 10; i++) {
    const work = watched.during(takes(10));
    await vi.advanceTimersByTimeAsync(10);
    await work;
  }
  expect(beats).toBeGreaterThanOrEqual(10);
  const long = watched.during(takes(1000));
  // It has just begun, for the first tick.
  expect(await pass(watched, 975)).toBeLessThanOrEqual(1);
  expect(await pass(watched, 50)).toBeGreaterThanOrEqual(1);
  await long;
});

it('stands still for one that hangs, also where others overtake it', async () => {
  const watched = watch();
  void watched.during(hangs);
  await pass(watched, 50);
  const before = beats;
  for (let i = 0; i < 20; i++) {
    const work = watched.during(takes(10));
    await pass(watched, 25);
    await work;
  }
  expect(beats).toBe(before);
});

it('goes on beating where two take turns', async () => {
  const watched = watch();
  const lane = async () => {
    for (let i = 0; i < 10; i++) await watched.during(takes(100));
  };
  const lanes = [lane(), vi.advanceTimersByTimeAsync(50).then(lane)];
  let silent = 0;
  for (let time = 0; time < 900; time += 25) silent = (await pass(watched, 25)) > 0 ? 0 : Math.max(silent, silent + 25);
  expect(silent).toBeLessThanOrEqual(100);
  await vi.advanceTimersByTimeAsync(1000);
  await Promise.all(lanes);
});

it('gives what the work gives, and beats as it fails', async () => {
  const watched = watch();
  expect(await watched.during(async () => 7)).toBe(7);
  const before = beats;
  await expect(watched.during(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(beats).toBeGreaterThan(before);
});
