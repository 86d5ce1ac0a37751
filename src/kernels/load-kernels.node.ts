import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { KernelError, ReflexarcError } from '../core/error.js';
import { isNativeTier, type NativeKernelTier } from '../core/kernel-tier.js';
import { KernelMemory } from './kernel-memory.js';
import { Kernels } from './kernels.js';
import { checkTier, haveWasmSimd, type LoadKernelsOptions, loadKernels as loadFromBytes } from './load-kernels.js';
import {
  type NativeLibrary,
  namedLibrary,
  type OpenNativeLibraryOptions,
  openNativeLibrary,
} from './native-library.node.js';

/** Which tier to load in Node, and where a native library lies. */
export interface LoadNodeKernelsOptions extends LoadKernelsOptions {
  /**
   * Path of the library with the native kernels; by default what the environment variable REFLEXARC_KERNEL_LIBRARY names,
   * and then what `npm run build:native` made. A library that is named must load; one that is found need not.
   */
  kernelLibrary?: string;
  /** @internal */
  importKoffi?: OpenNativeLibraryOptions['importKoffi'];
}

// The same from src/kernels and from dist/kernels.
const artifact = new URL('../../wasm/kernels.wasm', import.meta.url);

/**
 * Kernels of this package. `auto` is `native-simd` where koffi and the library are there, else `wasm-simd`, and
 * `reference` in an engine without SIMD; `info.nativeProblem` says why the first was not taken.
 * @throws {KernelError} ERR_KERNEL the file cannot be read. @throws as {@link openNativeLibrary}, where a native tier or a
 *   library is named. @throws as {@link loadFromBytes}.
 */
export async function loadKernels(options: LoadNodeKernelsOptions = {}): Promise<Kernels> {
  const { tier = 'auto', kernelLibrary, importKoffi } = options;
  checkTier(tier);
  const open = () => openNativeLibrary({ path: kernelLibrary, importKoffi });
  if (isNativeTier(tier)) return nativeKernels(tier, await open());
  let nativeProblem: string | null = null;
  if (tier === 'auto') {
    try {
      return nativeKernels('native-simd', await open());
    } catch (error) {
      if (!(error instanceof ReflexarcError) || namedLibrary(kernelLibrary) !== undefined) throw error;
      nativeProblem = error.message;
    }
  }
  if (tier === 'reference' || (tier === 'auto' && !haveWasmSimd())) {
    return loadFromBytes(undefined, { tier }, { nativeProblem });
  }
  const file = fileURLToPath(artifact);
  const bytes = await readFile(file).catch((cause: Error) => {
    throw new KernelError({
      subject: file,
      expected: 'the kernels of this package',
      received: cause.message,
      remedy: 'Install the package again, or rebuild with `npm run build:wasm`.',
      details: { status: 'LOAD' },
      cause,
    });
  });
  return loadFromBytes(new Uint8Array(bytes), { tier }, { file, nativeProblem });
}

// Kernel memory is a WebAssembly memory here, too: it grows where it lies, and plain views of it are what JavaScript sees.
function nativeKernels(tier: NativeKernelTier, library: NativeLibrary): Kernels {
  const entries = tier === 'native-simd' ? library.simd : library.scalar;
  const memory = new KernelMemory(new WebAssembly.Memory({ initial: 1 }), 0);
  const { path, addressOf } = library;
  return new Kernels({ tier, file: path, nativeProblem: null }, memory, { entries, pointerBytes: 8, addressOf });
}
