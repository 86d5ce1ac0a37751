/** Spellings of the kernels that run in a page and in Node, fastest first. All give the same bits. */
export const portableKernelTiers = ['wasm-simd', 'wasm-scalar', 'reference'] as const;

/** Spellings in a shared library, for Node. They give these bits, too. */
const nativeKernelTiers = ['native-simd', 'native-scalar'] as const;

/** All spellings, native ones first. */
export const kernelTiers = [...nativeKernelTiers, ...portableKernelTiers] as const;
/** One of {@link kernelTiers}. */
export type KernelTier = (typeof kernelTiers)[number];
/** One of {@link nativeKernelTiers}. */
export type NativeKernelTier = (typeof nativeKernelTiers)[number];

/** Which kernels run, and why not faster ones. */
export interface KernelsInfo {
  tier: KernelTier;
  /** File that the code came from; null where it came as bytes, and for the tier `reference`. */
  file: string | null;
  /** Why `auto` did not take native kernels; null where it did, where they were not asked for, and in a page. */
  nativeProblem: string | null;
}

/** True of tiers that need a shared library. */
export function isNativeTier(tier: KernelTier | 'auto'): tier is NativeKernelTier {
  return nativeKernelTiers.some((each) => each === tier);
}
