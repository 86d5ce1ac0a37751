import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { KernelTier } from '../src/core/kernel-tier.js';

const tries = 50;

/**
 * Bytes that the heap may grow by in 1000 runs on a tier. One object per run would be 16,000 bytes or more; plain TypeScript
 * boxes a number here and there as long as a busy machine has not optimised it.
 */
export function growthLimit(tier: KernelTier): number {
  return tier === 'reference' ? 100_000 : 8000;
}

/**
 * Bytes that the heap grows by in `loop(1000)`: the least of several tries, until one is below `limit`. The engine compiles
 * and collects beside us, and boxes numbers until it has; an allocation of ours would show in each try.
 */
export function leastGrowth(loop: (runs: number) => void, limit: number): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < tries && least >= limit; attempt++) {
    collect();
    const before = process.memoryUsage().heapUsed;
    loop(1000);
    least = Math.min(least, process.memoryUsage().heapUsed - before);
  }
  return least;
}
