import { expect, it } from 'vitest';
import { seed } from './kernels-cases.js';
import { compareTiers, randomPicture } from './random-pictures.js';

// A case repeats with: node test/bench/run.mjs test/conformance/random-pictures-command.ts --seed S --case I
it(`wasm-simd gives the bits of wasm-scalar for 100,000 random pictures (seed ${seed})`, {
  timeout: 300_000,
}, async () => {
  const { compared, refused, failures } = await compareTiers(seed, 0, 100_000);
  expect(failures).toEqual([]);
  expect(compared + refused).toBe(100_000);
  // Plans refuse some of what is drawn, such as a shorter side that leaves a tensor empty, but not the most.
  expect(compared).toBeGreaterThan(50_000);
});

it('draws a case by its number alone', () => {
  const drawn = [7, 5, 7].map((index) => randomPicture(seed, index));
  expect(drawn[2]).toEqual(drawn[0]);
  expect(drawn[1]?.id).not.toBe(drawn[0]?.id);
});
