import { now } from '../../core/clock.js';

/**
 * Says by a heartbeat that what was begun goes on. It beats on its own only while nothing has been under way for long: a library may
 * hang in threads of its own, while the thread that asked it serves its timers. Of several that are under way, only the oldest
 * one's end counts, so that one that hangs is not hidden by those that overtake it.
 */
export class WorkWatch {
  readonly #beat: () => void;
  readonly #soonMs: number;
  // When each was begun; the oldest comes first.
  readonly #underWay = new Map<number, number>();
  #last = 0;

  /** @param beat tells a sign of life. @param soonMs how long something may be under way before it has to show that it ends. */
  constructor(beat: () => void, soonMs: number) {
    this.#beat = beat;
    this.#soonMs = soonMs;
  }

  /** To be called again and again, at most `soonMs` apart. */
  tick(): void {
    const [oldest = Number.POSITIVE_INFINITY] = this.#underWay.values();
    if (now() - oldest <= this.#soonMs) this.#beat();
  }

  /** Watches work to its end. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.tick();
    const number = ++this.#last;
    this.#underWay.set(number, now());
    try {
      return await work();
    } finally {
      const [oldest] = this.#underWay.keys();
      this.#underWay.delete(number);
      if (number === oldest) this.#beat();
    }
  }
}
