import { ClosedError } from '../../core/error.js';
import { Ring } from './ring.js';
import { RingFrameStore } from './ring-frame-store.js';
import { laneCount, maxSlots } from './ring-layout.js';
import { SharedMemory } from './shared-memory.node.js';

/** Bytes that a frame may have where nothing else is said. */
export const usualFrameBytes = 64 * 2 ** 20;
const pageBytes = 4096;
// Two frames under way, one waiting, one being read, and some that sinks and cameras hold.
const pooledSlots = 8;

/** The daemon's ring of a pipeline: its memory, its frames, and a lane for each child that sees it. */
export class HostRing {
  readonly ring: Ring;
  readonly frames: RingFrameStore;
  readonly #memory: SharedMemory;
  readonly #lanes = new Set<number>();

  private constructor(memory: SharedMemory, slotCount: number, slotBytes: number, staging: number) {
    this.#memory = memory;
    this.ring = Ring.create(memory, slotCount, slotBytes);
    this.frames = new RingFrameStore(this.ring, staging);
  }

  /**
   * @param engineSlots frames that are under way at a time. @param frameBytes that a frame may have.
   * @throws {UnsupportedError} ERR_UNSUPPORTED no Linux, no koffi, or the kernel refuses.
   */
  static async create(engineSlots: number, frameBytes = usualFrameBytes): Promise<HostRing> {
    const slotBytes = Math.ceil(frameBytes / pageBytes) * pageBytes;
    const slotCount = Math.min(maxSlots, pooledSlots + engineSlots);
    const memory = await SharedMemory.create(Ring.byteLength(slotCount, slotBytes));
    return new HostRing(memory, slotCount, slotBytes, engineSlots);
  }

  /** To be inherited by children. */
  get fd(): number {
    return this.#memory.fd;
  }

  get byteLength(): number {
    return this.#memory.byteLength;
  }

  /** A lane for one child, until {@link releaseLane}. @throws {ClosedError} ERR_CLOSED all are taken. */
  takeLane(): { lane: number; generation: number } {
    for (let lane = 0; lane < laneCount; lane++) {
      if (this.#lanes.has(lane)) continue;
      this.#lanes.add(lane);
      return { lane, generation: this.ring.addToLane(lane, 'generation', 1) + 1 };
    }
    throw new ClosedError({
      subject: 'ring',
      expected: 'a free lane',
      received: `${laneCount} children that still run`,
    });
  }

  releaseLane(lane: number): void {
    this.#lanes.delete(lane);
  }

  /** Frees the memory; children must have ended. Frames that are still open read zeros. */
  close(): void {
    this.#memory.close();
  }
}
