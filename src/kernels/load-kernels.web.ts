import { assetUrl, readWasm, resolveAssetBase } from '../core/asset.web.js';
import { KernelError } from '../core/error.js';
import { isNativeTier } from '../core/kernel-tier.js';
import type { Kernels } from './kernels.js';
import { haveWasmSimd, type LoadKernelsOptions, loadKernels as loadFromBytes } from './load-kernels.js';

/** Where a page has the kernels from. */
export interface LoadWebKernelsOptions extends LoadKernelsOptions {
  /** The bytes, or the compiled module, of `wasm/kernels.wasm`; nothing is fetched then. */
  wasmBinary?: BufferSource | WebAssembly.Module;
  /** Folder that holds a copy of `kernels.wasm`; relative to the page. */
  assetBaseUrl?: string | URL;
}

/**
 * Kernels from the artifact beside this package, fetched from the page's own origin. The type that the server gives
 * the file does not matter; what is in it does. Needs `'wasm-unsafe-eval'` where a content security policy is set.
 * @throws {KernelError} ERR_KERNEL it cannot be fetched, is no WebAssembly, or may not be compiled.
 * @throws as {@link loadFromBytes}.
 */
export async function loadKernels(options: LoadWebKernelsOptions = {}): Promise<Kernels> {
  const { wasmBinary, assetBaseUrl, tier = 'auto' } = options;
  const base = assetBaseUrl === undefined ? undefined : resolveAssetBase(assetBaseUrl);
  if (tier === 'reference' || isNativeTier(tier) || !haveWasmSimd()) return loadFromBytes(undefined, { tier });
  if (wasmBinary) return loadFromBytes(wasmBinary, { tier });
  const url = assetUrl('kernels.wasm', base, () => new URL('../../wasm/kernels.wasm', import.meta.url));
  const reading = await readWasm(url);
  if ('fault' in reading) {
    throw new KernelError({
      subject: 'kernels.wasm',
      expected: 'the kernels of this package',
      ...reading.fault,
      details: { status: 'LOAD', url },
    });
  }
  return loadFromBytes(reading.bytes, { tier }, { file: url });
}
