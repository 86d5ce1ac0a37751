import type { FrameLayout } from '../core/pixel-format.js';
import { bytesPerElement, type Tensor, tensorArrays } from '../core/tensor.js';
import type { KernelBuffer } from '../kernels/kernel-memory.js';
import type { Kernels } from '../kernels/kernels.js';
import type { BenchCase } from './bench-case.js';
import { type BenchWork, openBenchWork } from './bench-work.js';

const rotatedBytes = 128 * 1024 * 1024;
const mostFrames = 8;

/** How many frames take turns: eight, fewer of large pictures, so that neighbours in time share no cache lines. */
export function rotatedFrames({ sourceBytes, tensorBytes }: BenchCase): number {
  return Math.min(mostFrames, Math.max(2, Math.ceil(rotatedBytes / (sourceBytes + tensorBytes))));
}

/** A case over frames and tensors that take turns in kernel memory. Borrows the kernels. */
export class BenchRig {
  readonly count: number;
  /** The frame whose turn it is; for the caller to count. */
  next = 0;
  readonly #kernels: Kernels;
  readonly #work: BenchWork;
  readonly #frames: KernelBuffer[];
  readonly #targets: KernelBuffer[];
  readonly #pictures: (FrameLayout & { data: Uint8Array })[];
  readonly #tensors: Tensor[];
  readonly #tensorBytes: number;
  readonly #half: number;

  /** @param picture The content of every frame; copied. */
  constructor(kernels: Kernels, each: BenchCase, picture: Uint8Array) {
    const { layout, spec, sourceBytes, tensorBytes } = each;
    this.count = rotatedFrames(each);
    this.#kernels = kernels;
    this.#work = openBenchWork(kernels, each);
    this.#tensorBytes = tensorBytes;
    this.#half = Math.floor((sourceBytes + tensorBytes) / 2);
    const elementBytes = bytesPerElement[spec.dataType];
    // Long enough for the yardstick too; picture and tensor are the beginning of each.
    const targetBytes = Math.ceil(Math.max(tensorBytes, this.#half) / elementBytes) * elementBytes;
    const buffers = (byteLength: number) => Array.from({ length: this.count }, () => kernels.allocate(byteLength));
    this.#frames = buffers(Math.max(sourceBytes, this.#half));
    this.#targets = buffers(targetBytes);
    // Views are made when nothing grows the memory any more.
    this.#pictures = this.#frames.map(({ bytes }) => {
      bytes.set(picture);
      return { ...layout, data: bytes.subarray(0, sourceBytes) };
    });
    const carrier = tensorArrays[spec.dataType];
    this.#tensors = this.#targets.map(({ bytes }) => ({
      name: 'input',
      dataType: spec.dataType,
      shape: this.#work.shape,
      data: new carrier(bytes.buffer as ArrayBuffer, bytes.byteOffset, tensorBytes / elementBytes),
    }));
  }

  /** Preprocesses frame `i` modulo {@link count}. */
  run(i: number): void {
    this.#work.run(this.#pictures[i % this.count], this.#tensors[i % this.count]);
  }

  /** The yardstick: copies half of the bytes that a run must read and write. */
  copy(i: number): void {
    const at = i % this.count;
    this.#kernels.copy(this.#targets[at].pointer, this.#frames[at].pointer, this.#half);
  }

  /** The tensor that {@link run} filled; a view. */
  tensor(i: number): Uint8Array {
    return this.#targets[i % this.count].bytes.subarray(0, this.#tensorBytes);
  }

  [Symbol.dispose](): void {
    for (const buffer of [...this.#frames, ...this.#targets]) buffer.close();
    this.#work.close();
  }
}
