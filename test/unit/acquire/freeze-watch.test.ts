import { expect, it } from 'vitest';
import { FreezeWatch } from '../../../src/acquire/freeze-watch.js';

const still = Uint8Array.from({ length: 320 * 240 * 4 }, (_, i) => (i * 7) % 256);

it('a picture that stands still for long enough is frozen, and lives again when it changes', () => {
  const watch = new FreezeWatch(1000);
  const seen = Array.from({ length: 40 }, (_, i) => watch.look(still, i * 33));
  // The first look at 1000 ms or later is the 32nd.
  expect(seen.indexOf(true)).toBe(31);
  expect(seen.slice(31).every(Boolean)).toBe(true);
  const moved = still.map((value, i) => (i > 40_000 ? value + 1 : value));
  expect(watch.look(moved, 1400)).toBe(false);
});

it('a sensor that rustles is not frozen, however quiet its picture', () => {
  const watch = new FreezeWatch(1000);
  let seed = 1;
  for (let frame = 0; frame < 100; frame++) {
    // One step of noise in every hundredth byte.
    const noisy = still.map((value) => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return seed % 100 === 0 ? value ^ 1 : value;
    });
    expect(watch.look(noisy.subarray(0, 40_000), frame * 33)).toBe(false);
  }
});

it('two looks at one picture, long apart, prove nothing', () => {
  const watch = new FreezeWatch(1000);
  expect([0, 5000, 10_000, 15_000].map((time) => watch.look(still, time))).toEqual([false, false, false, false]);
});
