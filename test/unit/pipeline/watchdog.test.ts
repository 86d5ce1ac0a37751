import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Watchdog } from '../../../src/pipeline/watchdog.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Lets the clock run on without any timer being served, as in a machine that sleeps or a thread that is busy. */
function sleep(ms: number): void {
  const asleep = performance.now() + ms;
  vi.spyOn(performance, 'now').mockReturnValue(asleep);
}

it('barks once when nothing was heard for the limit, not before', () => {
  const silences: number[] = [];
  const dog = new Watchdog(1000, (ms) => silences.push(ms));
  dog.start();
  vi.advanceTimersByTime(900);
  expect(silences).toEqual([]);
  vi.advanceTimersByTime(200);
  expect(silences).toEqual([1000]);
  vi.advanceTimersByTime(5000);
  expect(silences).toEqual([1000]);
});

it('is quiet as long as there are signs, and after stop', () => {
  const silences: number[] = [];
  const dog = new Watchdog(1000, (ms) => silences.push(ms));
  dog.start();
  for (let i = 0; i < 20; i++) {
    vi.advanceTimersByTime(800);
    dog.feed();
  }
  dog.stop();
  vi.advanceTimersByTime(5000);
  expect(silences).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

it('asks at every look, and hears the answer before the next', () => {
  const silences: number[] = [];
  const dog = new Watchdog(
    1000,
    (ms) => silences.push(ms),
    () => dog.feed(),
  );
  dog.start();
  vi.advanceTimersByTime(60_000);
  expect(silences).toEqual([]);
  dog.stop();
});

it('does not count time in which this side slept', () => {
  const silences: number[] = [];
  const dog = new Watchdog(1000, (ms) => silences.push(ms));
  dog.start();
  vi.advanceTimersByTime(500);
  sleep(8 * 3600 * 1000);
  vi.advanceTimersByTime(100);
  vi.restoreAllMocks();
  expect(silences).toEqual([]);
  // Half of the limit had passed before, and one look since.
  vi.advanceTimersByTime(300);
  expect(silences).toEqual([]);
  vi.advanceTimersByTime(300);
  expect(silences).toEqual([1000]);
});

it('takes another limit from a new start on', () => {
  const silences: number[] = [];
  const dog = new Watchdog(100, (ms) => silences.push(ms));
  dog.start(60_000);
  vi.advanceTimersByTime(50_000);
  expect(silences).toEqual([]);
  dog.start(2000);
  vi.advanceTimersByTime(2100);
  expect(silences).toEqual([2000]);
});

it('tells of what it only sees at its looks before the limit has passed', () => {
  let alive = true;
  let silentAt = 0;
  const dog: Watchdog = new Watchdog(
    1000,
    () => {
      silentAt = performance.now();
    },
    () => void (alive && dog.saw()),
  );
  dog.start();
  // Right after a look: that sign will be 50 ms old when it is seen.
  vi.advanceTimersByTime(3001);
  vi.advanceTimersByTime(49);
  alive = false;
  const last = performance.now() - 49;
  vi.advanceTimersByTime(2000);
  expect(silentAt - last).toBeGreaterThan(900);
  expect(silentAt - last).toBeLessThanOrEqual(1000);
});

it('tells within the limit although each of its timers is late', () => {
  const timers = performance.now.bind(performance);
  // A timer of 50 ms comes after 54.
  vi.spyOn(performance, 'now').mockImplementation(() => timers() * 1.08);
  let silentAt = 0;
  const dog = new Watchdog(1000, () => {
    silentAt = performance.now();
  });
  dog.start();
  const began = performance.now();
  vi.advanceTimersByTime(2000);
  vi.restoreAllMocks();
  expect(silentAt - began).toBeGreaterThan(950);
  expect(silentAt - began).toBeLessThanOrEqual(1000);
});

it('looks once more before it barks', () => {
  const silences: number[] = [];
  let looks = 0;
  const dog: Watchdog = new Watchdog(
    1000,
    (ms) => silences.push(ms),
    () => void (++looks % 19 === 0 && dog.saw()),
  );
  dog.start();
  vi.advanceTimersByTime(30_000);
  expect(silences).toEqual([]);
  dog.stop();
});
