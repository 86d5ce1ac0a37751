import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isNativeTier, type KernelTier, kernelTiers } from '../src/core/kernel-tier.js';
import { describeWith } from './assets.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = `library-${process.arch}`;

interface Built {
  built: Record<string, string>;
  skipped: Record<string, string>;
}

function build(): Built {
  if (process.arch !== 'x64' && process.arch !== 'arm64') {
    return { built: {}, skipped: { [target]: 'x86-64 or arm64 machine' } };
  }
  return JSON.parse(execFileSync('node', ['native/build.mjs', target], { cwd: root, encoding: 'utf8' }));
}

const { built, skipped } = build();

/** The library with the native kernels of this machine, made of the sources as they are; absent without a compiler. */
export const nativeLibrary: string | undefined = built[target];

/** A `describe` that needs the native library; as `describeWith`. */
export function describeWithLibrary(name: string, body: () => void): void {
  describeWith(name, nativeLibrary !== undefined, skipped[target] ?? '', body);
}

/** A `describe` per tier; the native ones are skipped by name where they cannot be built. */
export function describeEachTier(name: (tier: KernelTier) => string, body: (tier: KernelTier) => void): void {
  for (const tier of kernelTiers) {
    const available = !isNativeTier(tier) || nativeLibrary !== undefined;
    describeWith(name(tier), available, skipped[target] ?? '', () => body(tier));
  }
}
