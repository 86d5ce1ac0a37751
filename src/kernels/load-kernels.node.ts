import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { KernelError } from '../core/error.js';
import type { Kernels } from './kernels.js';
import { haveWasmSimd, type LoadKernelsOptions, loadKernels as loadFromBytes } from './load-kernels.js';

// The same from src/kernels and from dist/kernels.
const artifact = new URL('../../wasm/kernels.wasm', import.meta.url);

/**
 * Kernels from the artifact beside this package.
 * @throws {KernelError} ERR_KERNEL the file cannot be read. @throws as {@link loadKernels}.
 */
export async function loadKernels(options: LoadKernelsOptions = {}): Promise<Kernels> {
  const tier = options.tier ?? 'auto';
  if (tier === 'reference' || (tier === 'auto' && !haveWasmSimd())) return loadFromBytes(undefined, options);
  const path = fileURLToPath(artifact);
  const bytes = await readFile(path).catch((cause: Error) => {
    throw new KernelError({
      subject: path,
      expected: 'the kernels of this package',
      received: cause.message,
      remedy: 'Install the package again, or rebuild with `npm run build:wasm`.',
      details: { status: 'LOAD' },
      cause,
    });
  });
  return loadFromBytes(new Uint8Array(bytes), options);
}
