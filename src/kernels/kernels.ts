import { InvalidArgumentError } from '../core/error.js';
import type { KernelsInfo, KernelTier } from '../core/kernel-tier.js';
import type { TensorDescriptor } from '../core/tensor.js';
import type { KernelAddress, KernelEntries } from './kernel-exports.js';
import type { KernelBuffer, KernelMemory } from './kernel-memory.js';
import { KernelTensor, tensorBytes } from './kernel-tensor.js';
import type { KernelOracle } from './reference/oracle.js';

export { type KernelTier, kernelTiers } from '../core/kernel-tier.js';

/** How the functions of a spelling are reached. @internal */
export interface KernelBinding {
  readonly entries: Pick<KernelEntries, 'preprocess' | 'nms' | 'copy'>;
  /** Bytes of a pointer. */
  readonly pointerBytes: 4 | 8;
  /** Address of a buffer's first byte. Absent where the functions see kernel memory only, at address 0. */
  addressOf?(buffer: ArrayBufferLike): number;
}

/** Memory and typed calls of the preprocessing and suppression kernels, on one tier that was chosen at the start. */
export class Kernels {
  readonly info: KernelsInfo;
  readonly #memory: KernelMemory;
  readonly #code: KernelBinding | KernelOracle;

  /** @internal Use `loadKernels`. */
  constructor(info: KernelsInfo, memory: KernelMemory, code: KernelBinding | KernelOracle) {
    this.info = info;
    this.#memory = memory;
    this.#code = code;
  }

  get tier(): KernelTier {
    return this.info.tier;
  }

  /** The functions: compiled, or in plain TypeScript on the `reference` tier. @internal */
  get code(): KernelBinding | KernelOracle {
    return this.#code;
  }

  /** A place in kernel memory as the functions take it, until the memory grows. @internal */
  toAddress(pointer: number): KernelAddress {
    if (!('addressOf' in this.#code) || !this.#code.addressOf) return pointer;
    return BigInt(this.#code.addressOf(this.memory.buffer) + pointer);
  }

  /** The memory that every buffer and tensor lies in. */
  get memory(): WebAssembly.Memory {
    return this.#memory.memory;
  }

  /** Bytes that buffers and tensors can have in all, however much of them is taken. */
  get room(): number {
    return this.#memory.room;
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

  /** Whether a block is an open one of {@link allocate}. @internal */
  holds(buffer: KernelBuffer): boolean {
    return this.#memory.holds(buffer);
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
   * Copies within kernel memory: the yardstick of the benchmarks. On the wasm tiers this is the `memory.copy` instruction, on
   * the native ones memcpy.
   * Bounds are those of the memory.
   */
  copy(target: number, source: number, byteLength: number): void {
    if ('entries' in this.#code) this.#code.entries.copy(this.toAddress(target), this.toAddress(source), byteLength);
    else new Uint8Array(this.memory.buffer).copyWithin(target, source, source + byteLength);
  }
}
