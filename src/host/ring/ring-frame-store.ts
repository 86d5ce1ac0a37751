import { InferenceError, ShapeError } from '../../core/error.js';
import { Frame } from '../../core/frame.js';
import { FramePool, type FrameStore, type PooledFrameInit } from '../../core/frame-pool.js';
import { measureLayout } from '../../core/pixel-format.js';
import type { Ring } from './ring.js';

const mebibyte = 2 ** 20;

/**
 * Frames that lie in the slots of a ring: a source writes pixels once, where the child reads them. A slot is free when its frame is
 * closed and no child has it; so a slow child is never written over. While all are taken, frames lie in memory of
 * this process, and reach the ring by a copy.
 */
export class RingFrameStore implements FrameStore {
  readonly #ring: Ring;
  // Slots for frames that lie elsewhere come last.
  readonly #pooled: number;
  readonly #taken: boolean[];
  readonly #engaged: boolean[];
  readonly #overflow = new FramePool();
  readonly #used = new Set<number>();
  #open = 0;

  /** @param staging how many slots are kept for frames that were made elsewhere. */
  constructor(ring: Ring, staging: number) {
    this.#ring = ring;
    this.#pooled = ring.slotCount - staging;
    this.#taken = new Array(ring.slotCount).fill(false);
    this.#engaged = new Array(ring.slotCount).fill(false);
  }

  get buffersMade(): number {
    return this.#used.size + this.#overflow.buffersMade;
  }

  get openFrames(): number {
    return this.#open + this.#overflow.openFrames;
  }

  /** @throws {ShapeError} ERR_SHAPE larger than a slot. */
  allocate(init: PooledFrameInit): Frame {
    const { byteLength } = measureLayout(init);
    this.#checkSize(byteLength, `${init.codedWidth} × ${init.codedHeight} ${init.format}`);
    const slot = this.#take(0, this.#pooled);
    if (slot === undefined) return this.#overflow.allocate(init);
    const release = () => {
      this.#open--;
      this.#giveBack(slot);
    };
    const frame = new Frame({ ...init, data: this.#ring.pixels(slot, byteLength), release });
    this.#open++;
    return frame;
  }

  /**
   * Copies pixels that lie elsewhere into a slot, which is free again once the child has answered.
   * @throws as {@link allocate}. @throws {InferenceError} ERR_RUNTIME no slot is free.
   */
  stage(data: Uint8Array): number {
    this.#checkSize(data.byteLength, 'a frame of the source');
    const slot = this.#take(this.#pooled, this.#ring.slotCount) ?? this.#take(0, this.#pooled);
    if (slot === undefined) {
      throw new InferenceError({
        subject: 'ring',
        expected: 'a free slot',
        received: `${this.#ring.slotCount} that are taken`,
        remedy: 'Close frames sooner: sinks and sources hold too many.',
      });
    }
    this.#ring.pixels(slot, data.byteLength).set(data);
    this.#taken[slot] = false;
    return slot;
  }

  /** A child has the slot. */
  engage(slot: number): void {
    this.#engaged[slot] = true;
  }

  /** The child has answered, or is no more. */
  settle(slot: number): void {
    this.#engaged[slot] = false;
    if (!this.#taken[slot]) this.#ring.setState(slot, 'FREE');
  }

  #giveBack(slot: number): void {
    this.#taken[slot] = false;
    if (!this.#engaged[slot]) this.#ring.setState(slot, 'FREE');
  }

  #take(from: number, end: number): number | undefined {
    for (let slot = from; slot < end; slot++) {
      if (this.#taken[slot] || this.#engaged[slot]) continue;
      this.#taken[slot] = true;
      this.#used.add(slot);
      this.#ring.setState(slot, 'FILLING');
      return slot;
    }
    return undefined;
  }

  #checkSize(byteLength: number, received: string): void {
    const { slotBytes } = this.#ring;
    if (byteLength <= slotBytes) return;
    throw new ShapeError({
      subject: 'frame for the ring',
      expected: `at most ${slotBytes / mebibyte} MiB`,
      received: `${received} of ${Math.ceil(byteLength / mebibyte)} MiB`,
      remedy: 'Give a larger `frameBytes`, or take smaller frames.',
    });
  }
}
