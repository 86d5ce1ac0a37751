/** Seed of the generated cases if nothing else is said. */
export const usualSeed = 20240607;

/** Seed of the generated cases; `REFLEXARC_SEED=N` repeats a failure. */
export const seed = Number(process.env.REFLEXARC_SEED ?? usualSeed);

/** A small generator of numbers below 2^32: every run of the suite sees the same cases. */
export function randomNumbers(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
}
