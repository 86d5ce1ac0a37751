import { InvalidArgumentError } from '../core/error.js';
import type { KernelAddress } from './kernel-exports.js';
import type { KernelBuffer } from './kernel-memory.js';
import type { Kernels } from './kernels.js';
import type { NmsCandidates } from './reference/nms.js';

/** Thresholds of a suppression. */
export interface NmsLimits {
  /** Candidates of one class that overlap a kept one by more than this are left out. */
  iouThreshold: number;
  /** Only candidates above this compete; −Infinity lets all. */
  scoreThreshold: number;
  /** At most this many are kept. */
  topK: number;
}

/**
 * Greedy, class-aware non-maximum suppression over candidates in kernel memory. The caller writes `boxes`, `scores`
 * and `classes`, runs, and reads `kept`. Views are made anew only after the memory grew, and a run allocates nothing.
 * Owns its memory until `close()`.
 * @source formula: src/kernels/reference/nms.ts; kernel simd/kernels/nms.c; ONNX NonMaxSuppression in test/conformance/nms.test.ts.
 */
export class Nms implements NmsCandidates {
  /** Most candidates it takes. */
  readonly capacity: number;
  readonly #kernels: Kernels;
  readonly #buffer: KernelBuffer;
  #heap: ArrayBufferLike | undefined;
  #boxes!: Float32Array;
  #scores!: Float32Array;
  #classes!: Int32Array;
  #kept!: Int32Array;
  #order!: Int32Array;
  // As the kernel takes them: boxes, scores, classes, kept, order, kept boxes.
  #addresses!: KernelAddress[];

  /** @throws {InvalidArgumentError} ERR_ARGUMENT a capacity that is not a whole number of at least 1. */
  constructor(kernels: Kernels, capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw new InvalidArgumentError({
        subject: 'capacity of a suppression',
        expected: 'a whole number of at least 1',
        received: String(capacity),
      });
    }
    this.capacity = capacity;
    this.#kernels = kernels;
    // Per candidate: box 16, score 4, class 4, kept 4, order 4, and of each kept one four corners, area and class.
    this.#buffer = kernels.allocate(capacity * 56);
  }

  /** Corners x1, y1, x2, y2 of each candidate, in any unit. */
  get boxes(): Float32Array {
    this.#refresh();
    return this.#boxes;
  }

  get scores(): Float32Array {
    this.#refresh();
    return this.#scores;
  }

  get classes(): Int32Array {
    this.#refresh();
    return this.#classes;
  }

  /** After a run: indices of the candidates kept, best first. */
  get kept(): Int32Array {
    this.#refresh();
    return this.#kept;
  }

  /**
   * Suppresses among the first `count` candidates.
   * @returns how many entries of `kept` are valid. Ties go to the lower index.
   * @throws {InvalidArgumentError} ERR_ARGUMENT count above the capacity. @throws {ClosedError} ERR_CLOSED
   */
  run(count: number, limits: NmsLimits): number {
    this.#refresh();
    if (!Number.isInteger(count) || count < 0 || count > this.capacity) {
      throw new InvalidArgumentError({
        subject: 'number of candidates',
        expected: `a whole number from 0 to ${this.capacity}`,
        received: String(count),
      });
    }
    const { iouThreshold, scoreThreshold } = limits;
    const topK = Math.max(0, Math.min(limits.topK, this.capacity));
    const { code } = this.#kernels;
    if ('entries' in code) {
      const { nms } = code.entries;
      const at = this.#addresses;
      return nms(at[0], at[1], at[2], count, iouThreshold, scoreThreshold, topK, at[3], at[4], at[5], this.capacity);
    }
    return code.nms(this, count, iouThreshold, scoreThreshold, topK, this.#kept, this.#order);
  }

  close(): void {
    this.#buffer.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #refresh(): void {
    const { buffer } = this.#buffer.bytes;
    if (this.#heap === buffer) return;
    const { pointer } = this.#buffer;
    const n = this.capacity;
    this.#boxes = new Float32Array(buffer, pointer, n * 4);
    this.#scores = new Float32Array(buffer, pointer + n * 16, n);
    this.#classes = new Int32Array(buffer, pointer + n * 20, n);
    this.#kept = new Int32Array(buffer, pointer + n * 24, n);
    this.#order = new Int32Array(buffer, pointer + n * 28, n);
    this.#addresses = [0, 16, 20, 24, 28, 32].map((bytes) => this.#kernels.toAddress(pointer + n * bytes));
    this.#heap = buffer;
  }
}
