import { ClosedError, InvalidArgumentError, KernelError } from '../core/error.js';

const pageBytes = 65536;
const alignment = 16;
const mebibyte = 2 ** 20;

/** What the memory of the compiled kernels may grow to, in bytes: as much as `wasm/build.mjs` lets it. */
export const compiledMemoryLimit = 2 ** 30;

/** A block of kernel memory. Owned by whoever allocated it, until `close()`. */
export interface KernelBuffer {
  /** Address in kernel memory, a multiple of 16. */
  readonly pointer: number;
  readonly byteLength: number;
  /** The block as bytes. Read anew after anything that allocates: growth of the memory detaches older views. */
  readonly bytes: Uint8Array;
  /** Gives the block back; closing twice does nothing. */
  close(): void;
  [Symbol.dispose](): void;
}

/**
 * Hands out blocks of a WebAssembly memory. Memory grows only in `allocate`, and only when no freed block is
 * large enough; neighbouring freed blocks are joined.
 */
export class KernelMemory {
  readonly memory: WebAssembly.Memory;
  /** Bytes that it can hand out in all, however much of them is taken. */
  readonly room: number;
  readonly #limit: number;
  // Free blocks by address: what lies between the blocks in use.
  readonly #free: { pointer: number; byteLength: number }[] = [];
  #end: number;

  /**
   * Takes over all of `memory` from address `start`.
   * @param limit Bytes that it may grow to, for errors to say; of a memory without a maximum, what 32 bits address.
   */
  constructor(memory: WebAssembly.Memory, start: number, limit = 2 ** 32) {
    this.memory = memory;
    this.#limit = limit;
    this.#end = Math.ceil(start / alignment) * alignment;
    this.room = limit - this.#end;
  }

  /** Pages of 64 KiB that the memory has now. */
  get pages(): number {
    return this.memory.buffer.byteLength / pageBytes;
  }

  /**
   * A zeroed block.
   * @throws {InvalidArgumentError} ERR_ARGUMENT not a positive whole number. @throws {KernelError} ERR_KERNEL out of
   * memory: `details.status` is 'OUT_OF_MEMORY' and `details.reason` 'too-large'.
   */
  allocate(byteLength: number): KernelBuffer {
    if (!Number.isInteger(byteLength) || byteLength < 1) {
      throw new InvalidArgumentError({
        subject: 'byteLength of a kernel buffer',
        expected: 'a whole number of at least 1',
        received: String(byteLength),
      });
    }
    const size = Math.ceil(byteLength / alignment) * alignment;
    const block = new Block(this, this.#take(size), byteLength, size);
    block.bytes.fill(0);
    return block;
  }

  /** Whether a block is open and lies in this memory: not one of another, nor an object like one. */
  holds(buffer: KernelBuffer): boolean {
    return buffer instanceof Block && buffer.isOpenIn(this);
  }

  #take(size: number): number {
    for (const block of this.#free) {
      if (block.byteLength < size) continue;
      const { pointer } = block;
      block.pointer += size;
      block.byteLength -= size;
      if (block.byteLength === 0) this.#free.splice(this.#free.indexOf(block), 1);
      return pointer;
    }
    // A free block at the very end is grown into, not passed over.
    const last = this.#free.at(-1);
    const pointer = last && last.pointer + last.byteLength === this.#end ? last.pointer : this.#end;
    this.#grow(pointer + size);
    if (pointer !== this.#end) this.#free.pop();
    this.#end = pointer + size;
    return pointer;
  }

  #grow(end: number): void {
    const missing = Math.ceil((end - this.memory.buffer.byteLength) / pageBytes);
    if (missing <= 0) return;
    try {
      this.memory.grow(missing);
    } catch (cause) {
      throw new KernelError({
        subject: 'kernel memory',
        expected: `frames, tensors and plans of at most ${this.#limit / mebibyte} MiB together`,
        received: `${Math.ceil(end / mebibyte)} MiB`,
        remedy: 'Take smaller frames, or close plans and tensors that are no longer used.',
        details: { status: 'OUT_OF_MEMORY', reason: 'too-large', bytes: end, limit: this.#limit },
        cause,
      });
    }
  }

  /** @internal */
  give(pointer: number, byteLength: number): void {
    let at = this.#free.findIndex((block) => block.pointer > pointer);
    if (at < 0) at = this.#free.length;
    this.#free.splice(at, 0, { pointer, byteLength });
    for (const left of [at, at - 1]) {
      const [a, b] = [this.#free[left], this.#free[left + 1]];
      if (!a || !b || a.pointer + a.byteLength !== b.pointer) continue;
      a.byteLength += b.byteLength;
      this.#free.splice(left + 1, 1);
    }
  }
}

class Block implements KernelBuffer {
  readonly pointer: number;
  readonly byteLength: number;
  readonly #owner: KernelMemory;
  readonly #reserved: number;
  #view: Uint8Array | undefined;
  #closed = false;

  constructor(owner: KernelMemory, pointer: number, byteLength: number, reserved: number) {
    this.#owner = owner;
    this.pointer = pointer;
    this.byteLength = byteLength;
    this.#reserved = reserved;
  }

  isOpenIn(memory: KernelMemory): boolean {
    return this.#owner === memory && !this.#closed;
  }

  get bytes(): Uint8Array {
    if (this.#closed) {
      throw new ClosedError({ subject: 'kernel buffer', expected: 'an open buffer', received: 'a closed one' });
    }
    const { buffer } = this.#owner.memory;
    if (this.#view?.buffer !== buffer) this.#view = new Uint8Array(buffer, this.pointer, this.byteLength);
    return this.#view as Uint8Array;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#view = undefined;
    this.#owner.give(this.pointer, this.#reserved);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
