import { InvalidArgumentError } from '../core/error.js';
import type { TensorDescriptor } from '../core/tensor.js';
import type { KernelExports } from './kernel-exports.js';
import type { KernelBuffer, KernelMemory } from './kernel-memory.js';
import { KernelTensor, tensorBytes } from './kernel-tensor.js';

/** Spellings of the kernels, fastest first. All give the same bits. */
export const kernelTiers = ['wasm-simd', 'wasm-scalar', 'reference'] as const;
export type KernelTier = (typeof kernelTiers)[number];

/** Memory and typed calls of the preprocessing and suppression kernels, on one tier that was chosen at the start. */
export class Kernels {
  readonly tier: KernelTier;
  readonly #memory: KernelMemory;
  readonly #exports: KernelExports | undefined;

  /** @internal Use `loadKernels`. */
  constructor(tier: KernelTier, memory: KernelMemory, exports: KernelExports | undefined) {
    this.tier = tier;
    this.#memory = memory;
    this.#exports = exports;
  }

  /** The raw functions; absent on the `reference` tier. @internal */
  get exports(): KernelExports | undefined {
    return this.#exports;
  }

  /** The memory that every buffer and tensor lies in. */
  get memory(): WebAssembly.Memory {
    return this.#memory.memory;
  }

  /** Pages of 64 KiB; flat once a pipeline is warm. */
  get memoryPages(): number {
    return this.#memory.pages;
  }

  get memoryBytes(): number {
    return this.memory.buffer.byteLength;
  }

  /**
   * A zeroed block; the only call that can grow the memory.
   * @throws {InvalidArgumentError} ERR_ARGUMENT not a positive whole number. @throws {KernelError} ERR_KERNEL out of memory.
   */
  allocate(byteLength: number): KernelBuffer {
    return this.#memory.allocate(byteLength);
  }

  /** A zeroed tensor in kernel memory. @throws as {@link allocate}; a free dimension (−1) is ERR_ARGUMENT. */
  allocateTensor(descriptor: TensorDescriptor): KernelTensor {
    if (descriptor.shape.some((size) => !Number.isInteger(size) || size < 0)) {
      throw new InvalidArgumentError({
        subject: `shape of tensor ${descriptor.name}`,
        expected: 'whole sizes of at least 0',
        received: `[${descriptor.shape.join(', ')}]`,
        remedy: 'Give the free dimensions a size.',
      });
    }
    return new KernelTensor(descriptor, this.allocate(tensorBytes(descriptor)));
  }

  /**
   * Copies within kernel memory. On the wasm tiers this is the `memory.copy` instruction: the yardstick of the benchmarks.
   * Bounds are those of the memory.
   */
  copy(target: number, source: number, byteLength: number): void {
    if (this.#exports) this.#exports.copy(target, source, byteLength);
    else new Uint8Array(this.memory.buffer).copyWithin(target, source, source + byteLength);
  }
}
