import { expect, it } from 'vitest';
import { comparedTiers, compareTiers } from './compare-tiers.js';
import { seed } from './random-numbers.js';
import { randomCase } from './random-pictures.js';

// A case repeats with: node test/bench/run.mjs test/conformance/random-pictures-command.ts --seed S --case I
it(`${comparedTiers.join(', ')} give the same bits for 100,000 random tensors (seed ${seed})`, {
  timeout: 300_000,
}, () => {
  // Plans refuse some of what is drawn, such as a shorter side that leaves a tensor empty, but not the most.
  const { compared, refused, failures } = compareTiers(seed, 0, { compared: 100_000, end: 200_000 });
  expect(failures).toEqual([]);
  expect(compared).toBe(100_000);
  expect(refused).toBeGreaterThan(0);
});

it('draws a case by its number alone', () => {
  const drawn = [7, 5, 7].map((index) => randomCase(seed, index));
  expect(drawn[2]?.pictures).toEqual(drawn[0]?.pictures);
  expect(drawn[2]?.describe()).toBe(drawn[0]?.describe());
  expect(drawn[1]?.describe()).not.toBe(drawn[0]?.describe());
});

it('draws warps of both kinds, tiles, batches, stored orientations and large frames', () => {
  const counts = { affine: 0, perspective: 0, tiles: 0, batch: 0, stored: 0, large: 0, all: 0 };
  for (let index = 0; index < 4000; index++) {
    const drawn = randomCase(seed, index);
    if (!drawn) continue;
    const plans = new Set(drawn.pictures.map(({ plan }) => plan));
    const [{ source, warp }] = plans;
    counts.all++;
    if (warp) counts[warp.mapping[6] || warp.mapping[7] ? 'perspective' : 'affine']++;
    if (plans.size > 1) counts.tiles++;
    if (plans.size < drawn.pictures.length) counts.batch++;
    if (source.rotation || source.flip) counts.stored++;
    if (Math.max(source.codedWidth, source.codedHeight) > 100) counts.large++;
  }
  for (const [kind, count] of Object.entries(counts)) expect(count, kind).toBeGreaterThan(5);
});
