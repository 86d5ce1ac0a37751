import type { KernelTier } from '../../src/core/kernel-tier.js';

/** Builds of simd/ that run outside wasm, from a program that reads cases: name in native/build.mjs, tier, what it is. */
export const kernelDrivers = [
  { build: 'sse', tier: 0, title: 'native scalar C', path: 'C scalar' },
  { build: 'sse', tier: 1, title: 'native SSE', path: 'SSE' },
  { build: 'neon', tier: 0, title: 'scalar C for aarch64', path: 'C scalar' },
  { build: 'neon', tier: 1, title: 'NEON', path: 'NEON' },
  { build: 'sanitized', tier: 0, title: 'scalar C under ASan and UBSan', path: 'C scalar' },
  { build: 'sanitized', tier: 1, title: 'vector C under ASan and UBSan', path: 'SSE' },
] as const;

/** How each tier of the package is spelled; `native-simd` is the machine's own. */
export const tierPaths: Readonly<Record<KernelTier, string>> = {
  reference: 'TypeScript',
  'wasm-scalar': 'C scalar',
  'wasm-simd': 'WASM SIMD',
  'native-scalar': 'C scalar',
  'native-simd': 'SSE or NEON',
};
