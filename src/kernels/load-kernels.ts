import { KernelError, UnsupportedError } from '../core/error.js';
import {
  isNativeTier,
  type KernelsInfo,
  type KernelTier,
  kernelTiers,
  portableKernelTiers,
} from '../core/kernel-tier.js';
import type { KernelExports } from './kernel-exports.js';
import { compiledMemoryLimit, KernelMemory } from './kernel-memory.js';
import { Kernels } from './kernels.js';

/**
 * Which tier to load; `auto` is `wasm-simd` where the engine has fixed-width SIMD, else `reference`. In Node it is
 * `native-simd` before those, where the library and koffi are there.
 */
export interface LoadKernelsOptions {
  tier?: KernelTier | 'auto';
}

// (module (func (result v128) i32.const 0 i8x16.splat)): valid only where the engine knows SIMD.
const simdProbe = Uint8Array.of(
  0,
  97,
  115,
  109,
  1,
  0,
  0,
  0,
  1,
  5,
  1,
  96,
  0,
  1,
  123,
  3,
  2,
  1,
  0,
  10,
  8,
  1,
  6,
  0,
  65,
  0,
  253,
  15,
  11,
);

/** True where this engine runs WebAssembly's fixed-width SIMD, which `wasm/kernels.wasm` contains. */
export function haveWasmSimd(): boolean {
  return WebAssembly.validate(simdProbe);
}

/**
 * Kernels from the bytes, or the compiled module, of `wasm/kernels.wasm`. Each call makes an instance with memory
 * of its own. Without SIMD the module does not load, and `auto` takes the plain TypeScript tier. `origin` is what
 * {@link KernelsInfo} says beside the tier.
 * @throws {UnsupportedError} ERR_UNSUPPORTED a wasm tier was asked for and the engine has no SIMD.
 * @throws {KernelError} ERR_KERNEL the bytes are not this package's kernels.
 */
export async function loadKernels(
  source: BufferSource | WebAssembly.Module | undefined,
  options: LoadKernelsOptions = {},
  origin: Partial<Omit<KernelsInfo, 'tier'>> = {},
): Promise<Kernels> {
  const asked = options.tier ?? 'auto';
  checkTier(asked);
  if (isNativeTier(asked)) throw nativeElsewhere(asked);
  const tier = asked === 'auto' ? (haveWasmSimd() && source ? 'wasm-simd' : 'reference') : asked;
  const info = { tier, file: null, nativeProblem: null, ...origin };
  if (tier === 'reference') {
    const { oracle } = await import('./reference/oracle.js');
    return new Kernels({ ...info, file: null }, new KernelMemory(new WebAssembly.Memory({ initial: 1 }), 16), oracle);
  }
  if (!haveWasmSimd() || !source) {
    throw new UnsupportedError({
      subject: 'kernel tier',
      expected: haveWasmSimd() ? 'the bytes of wasm/kernels.wasm' : 'an engine with WebAssembly SIMD',
      received: haveWasmSimd() ? 'nothing' : 'one without',
      remedy: "Ask for the tier 'reference', or 'auto'.",
      details: { supported: ['reference'] },
    });
  }
  const exports = await instantiate(source);
  exports._initialize?.();
  exports.select_tier(tier === 'wasm-simd' ? 1 : 0);
  const memory = new KernelMemory(exports.memory, Number(exports.__heap_base.value), compiledMemoryLimit);
  return new Kernels(info, memory, { entries: exports, pointerBytes: 4 });
}

async function instantiate(source: BufferSource | WebAssembly.Module): Promise<KernelExports> {
  try {
    const module = source instanceof WebAssembly.Module ? source : await WebAssembly.compile(source);
    const exports = (await WebAssembly.instantiate(module, {})).exports as unknown as KernelExports;
    if (!exports.preprocess || !exports.__heap_base) throw new Error('another module');
    return exports;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new KernelError({
      subject: 'wasm/kernels.wasm',
      expected: 'the kernels of this package',
      received: message,
      remedy: /content security policy|unsafe-eval/i.test(message)
        ? "Allow 'wasm-unsafe-eval' in script-src of the page's content security policy, or ask for the tier 'reference'."
        : 'Install the package again, or rebuild with `npm run build:wasm`.',
      details: { status: 'LOAD' },
      cause,
    });
  }
}

/** @throws {UnsupportedError} ERR_UNSUPPORTED neither `auto` nor a tier. */
export function checkTier(tier: unknown): void {
  if (tier === 'auto' || kernelTiers.some((each) => each === tier)) return;
  throw new UnsupportedError({
    subject: 'kernel tier',
    expected: `auto or one of ${kernelTiers.join(', ')}`,
    received: String(tier),
    details: { supported: ['auto', ...kernelTiers] },
  });
}

function nativeElsewhere(tier: string): UnsupportedError {
  return new UnsupportedError({
    subject: 'kernel tier',
    expected: `auto or one of ${portableKernelTiers.join(', ')}`,
    received: tier,
    remedy: 'Native kernels are for Node.',
    details: { supported: ['auto', ...portableKernelTiers] },
  });
}
