import type { KernelTier } from '../../src/core/kernel-tier.js';
import { bytesPerElement, tensorArrays } from '../../src/core/tensor.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import { loadKernels } from '../../src/kernels/load-kernels.node.js';
import { openPictureKernel, type PictureKernel } from '../../src/kernels/picture-kernel.js';
import type { PicturePlan } from '../../src/kernels/picture-plan.js';
import { nativeLibrary } from '../native-library.js';
import { outputLength } from './picture-case.js';
import { mostElements, type RandomCase, randomCase } from './random-pictures.js';

/** The compiled tiers that are there: those of WebAssembly, and where the library can be built, the native ones. Plain C first. */
export const comparedTiers: readonly KernelTier[] = [
  'wasm-scalar',
  ...(nativeLibrary === undefined ? [] : (['native-scalar'] as const)),
  'wasm-simd',
  ...(nativeLibrary === undefined ? [] : (['native-simd'] as const)),
];

/** Where a comparison ends: after so many cases that were compared, and of those that are drawn before this one. */
export interface RandomLimits {
  compared?: number;
  end?: number;
}

/** What came of a comparison. */
export interface RandomReport {
  /** The first case that was not drawn. */
  end: number;
  compared: number;
  /** Cases that the plan refused. */
  refused: number;
  /** The first that differ: number, what it is, and where the tensors first do. */
  failures: string[];
}

const guard = 32;
const mostFailures = 5;

/**
 * Compares the vector tiers with plain C, byte for byte, over cases of a seed from `from` on; where there are two
 * builds of plain C, they take turns. The tensors lie in memory of another content on each side, so that a byte that is not written shows, and so does one that is written beside them.
 */
export function compareTiers(
  seed: number,
  from: number,
  { compared = Number.POSITIVE_INFINITY, end = Number.POSITIVE_INFINITY }: RandomLimits,
): RandomReport {
  const report: RandomReport = { end: from, compared: 0, refused: 0, failures: [] };
  while (report.compared < compared && report.end < end && report.failures.length < mostFailures) {
    const index = report.end++;
    const drawn = randomCase(seed, index);
    if (!drawn) {
      report.refused++;
      continue;
    }
    report.compared++;
    const problem = compare(sides.length > 2 ? [sides[index % 2], ...sides.slice(2)] : sides, drawn);
    if (problem) report.failures.push(`case ${index} of seed ${seed}: ${problem}: ${drawn.describe()}`);
  }
  return report;
}

function compare([first, ...others]: Side[], drawn: RandomCase): string | undefined {
  const expected = first.run(drawn);
  if (first.problem) return first.problem;
  for (const side of others) {
    const bytes = side.run(drawn);
    if (side.problem) return side.problem;
    if (Buffer.compare(bytes, expected) === 0) continue;
    const at = bytes.findIndex((byte, i) => byte !== expected[i]);
    return `byte ${at} is ${expected[at]} of ${first.tier}, ${bytes[at]} of ${side.tier}`;
  }
  return undefined;
}

/** One tier, and a tensor in its memory. */
class Side {
  /** What is wrong with the last run, whatever the others gave. */
  problem: string | undefined;
  readonly tier: KernelTier;
  readonly #kernels: Kernels;
  readonly #poison: number;
  readonly #tensor: ReturnType<Kernels['allocate']>;

  constructor(kernels: Kernels, poison: number) {
    this.tier = kernels.tier;
    this.#kernels = kernels;
    this.#poison = poison;
    this.#tensor = kernels.allocate(mostElements * 4 + 2 * guard);
  }

  /** @returns the tensor; a view that lasts until the next run. */
  run({ pictures }: RandomCase): Uint8Array {
    const [{ plan }] = pictures;
    const elements = outputLength(plan);
    const byteLength = pictures.length * elements * bytesPerElement[plan.dataType];
    const kernels = new Map<PicturePlan, PictureKernel>();
    for (const { plan } of pictures) {
      if (!kernels.has(plan)) kernels.set(plan, openPictureKernel(this.#kernels, plan));
    }
    // Memory that grew has another buffer.
    const all = this.#tensor.bytes.subarray(0, byteLength + 2 * guard).fill(this.#poison);
    const output = new tensorArrays[plan.dataType](
      this.#kernels.memory.buffer,
      all.byteOffset + guard,
      pictures.length * elements,
    );
    pictures.forEach(({ plan, source }, i) => {
      const kernel = kernels.get(plan) as PictureKernel;
      // What a background learns shows in the next frame.
      if (plan.before?.background) {
        for (const frame of [source, source.toReversed()]) kernel.run(frame, output, i * elements);
      }
      kernel.run(source, output, i * elements);
    });
    for (const kernel of kernels.values()) kernel.close();
    const isPoison = (byte: number) => byte === this.#poison;
    const clean = all.subarray(0, guard).every(isPoison) && all.subarray(guard + byteLength).every(isPoison);
    this.problem = clean ? undefined : `${this.tier} wrote beside the tensor`;
    return all.subarray(guard, guard + byteLength);
  }
}

// At once: the runner of programs takes no imports after this module's, and koffi is one.
const sides = await Promise.all(
  comparedTiers.map(async (tier, i) => new Side(await loadKernels({ tier, kernelLibrary: nativeLibrary }), 0x5a + i)),
);
