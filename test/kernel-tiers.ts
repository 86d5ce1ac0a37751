import { isNativeTier, type KernelTier, kernelTiers } from '../src/core/kernel-tier.js';
import { describeWith } from './assets.js';
import { libraryLack, nativeLibrary } from './native-library.js';

/** A `describe` that needs the native library; as `describeWith`. */
export function describeWithLibrary(name: string, body: () => void): void {
  describeWith(name, nativeLibrary !== undefined, libraryLack, body);
}

/** A `describe` per tier; the native ones are skipped by name where they cannot be built. */
export function describeEachTier(name: (tier: KernelTier) => string, body: (tier: KernelTier) => void): void {
  for (const tier of kernelTiers) {
    const available = !isNativeTier(tier) || nativeLibrary !== undefined;
    describeWith(name(tier), available, libraryLack, () => body(tier));
  }
}
