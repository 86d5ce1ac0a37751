import { closeSync } from 'node:fs';
import { type ReflexarcError, UnsupportedError } from '../../core/error.js';
import { type Libc, loadLibc } from '../libc.node.js';
import type { RingMemory } from './ring.js';

const closeOnExec = 1;
const allowSealing = 2;
const addSeals = 1033;
// The file keeps its size for ever: no process can cut it off beneath another.
const sealSizeAndSeals = 1 | 2 | 4;
const readWrite = 3;
const sharedMapping = 0x4001;
const privateMapping = 0x4022;
const fixed = 0x10;
const lockWhenTouched = 1;

// Buffers cannot be taken away from those who hold them; the address space is kept for as long as there are any.
const collected = new FinalizationRegistry<() => void>((forget) => forget());

/**
 * Memory that processes share: an anonymous file (memfd), mapped. It has no name, and is gone when the last process that has
 * it is. Pages are taken when they are touched.
 */
export class SharedMemory implements RingMemory {
  readonly byteLength: number;
  readonly #libc: Libc;
  readonly #address: bigint;
  // Owned by the one that made it; a child's descriptor is the child's matter.
  readonly #ownFd: number | undefined;
  readonly #fd: number;
  #alive = 0;
  #closed = false;

  private constructor(libc: Libc, fd: number, byteLength: number, owned: boolean) {
    this.#libc = libc;
    this.#fd = fd;
    this.#ownFd = owned ? fd : undefined;
    this.byteLength = byteLength;
    const address = libc.mmap(null, byteLength, readWrite, sharedMapping, fd, 0) as bigint;
    if (BigInt.asIntN(64, address) === -1n) throw refused('mmap', byteLength, libc);
    this.#address = address;
  }

  /** Makes and maps it, zeroed. @throws {UnsupportedError} ERR_UNSUPPORTED no Linux, no koffi, or the kernel refuses. */
  static async create(byteLength: number): Promise<SharedMemory> {
    const libc = await loadLibc('shared memory');
    const fd = libc.memfdCreate('reflexarc-ring', closeOnExec | allowSealing) as number;
    if (fd < 0) throw refused('memfd_create', byteLength, libc);
    try {
      if (libc.ftruncate(fd, byteLength) !== 0) throw refused('ftruncate', byteLength, libc);
      if (libc.fcntl(fd, addSeals, 'int', sealSizeAndSeals) !== 0) throw refused('fcntl', byteLength, libc);
      return new SharedMemory(libc, fd, byteLength, true);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** Maps what another process made. @param fd inherited from it; stays open. @throws as {@link create}. */
  static async map(fd: number, byteLength: number): Promise<SharedMemory> {
    return new SharedMemory(await loadLibc('shared memory'), fd, byteLength, false);
  }

  /** To be given to a child. */
  get fd(): number {
    return this.#fd;
  }

  view(offset: number, byteLength: number): ArrayBuffer {
    const buffer = this.#libc.ffi.view(this.#address + BigInt(offset), byteLength);
    this.#alive++;
    collected.register(buffer, () => this.#forget());
    return buffer;
  }

  /** Keeps pages in memory from when they are touched. Name of the error where the kernel refuses. */
  lock(): string | undefined {
    const refusal = this.#libc.mlock2(this.#address, this.byteLength, lockWhenTouched) !== 0;
    return refusal ? this.#libc.errorName() : undefined;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // Whoever still holds a buffer reads zeros from now on, instead of ending the process.
    this.#libc.mmap(this.#address, this.byteLength, readWrite, privateMapping | fixed, -1, 0);
    if (this.#ownFd !== undefined) closeSync(this.#ownFd);
    if (this.#alive === 0) this.#unmap();
  }

  #forget(): void {
    if (--this.#alive === 0 && this.#closed) this.#unmap();
  }

  #unmap(): void {
    this.#libc.munmap(this.#address, this.byteLength);
  }
}

function refused(call: string, bytes: number, libc: Libc): ReflexarcError {
  return new UnsupportedError({
    subject: 'shared memory',
    expected: `${bytes} bytes of it`,
    received: `${libc.errorName()} from ${call}`,
    remedy:
      'See the limits of this process (`ulimit -v`, memory of its control group), or take a smaller `frameBytes`.',
    details: { supported: [] },
  });
}
