import { now } from '../../core/clock.js';

// A core that sleeps takes some 20 µs to wake, longer in a virtual machine. Whoever waits so long for nothing loses more.
const longestMs = 1;
// The thread serves timers and messages between two stretches.
const stretchMs = 0.1;

/**
 * Looks for the next frame before the thread sleeps. Where the last one came within a millisecond, so may the next; in a stream of
 * 30 frames per second the thread sleeps at once, and this costs nothing.
 * @source Linux, Documentation/virt/kvm/halt-polling.rst: how long to poll is learnt from how long the last waits were.
 */
export class BusyPoll {
  readonly #look: () => boolean;
  readonly #always: boolean;
  readonly #never: boolean;
  #underWay = 0;
  #idleSince = Number.NEGATIVE_INFINITY;
  #soon = false;
  #turn: ReturnType<typeof setImmediate> | undefined;

  /** @param look takes a frame that waits; true where there was one. @param cores that this machine has for its threads. */
  constructor(look: () => boolean, { always = false, cores = 2 } = {}) {
    this.#look = look;
    this.#always = always;
    // With one core, it keeps away whoever makes the next frame.
    this.#never = !always && cores < 2;
  }

  /** A frame was taken, by `look` or not. */
  begin(): void {
    if (this.#underWay++ > 0) return;
    this.stop();
    this.#soon = now() - this.#idleSince < longestMs;
  }

  /** A frame was answered; before the first one, the thread is ready. */
  end(): void {
    this.#underWay = Math.max(0, this.#underWay - 1);
    if (this.#underWay > 0 || this.#never) return;
    this.#idleSince = now();
    if (this.#always || this.#soon) this.#again();
  }

  /** Looks no more, until the next `end`. */
  stop(): void {
    clearImmediate(this.#turn);
    this.#turn = undefined;
  }

  #again(): void {
    this.#turn = setImmediate(() => {
      const until = now() + stretchMs;
      do if (this.#look()) return;
      while (now() < until);
      if (this.#always || now() - this.#idleSince < longestMs) this.#again();
    });
  }
}
