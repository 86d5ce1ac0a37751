import { now } from '../core/clock.js';

const checksPerLimit = 20;
const longestCheckMs = 1000;
const shortestCheckMs = 20;
// A timer comes some ms late: what shall be told within the limit is looked for this much earlier.
const aim = 0.99;
// How much of a look that is late counts, in distances of looks; a timer is always a little late, and twenty of them add up.
const longestStep = 1.25;

/**
 * Notices when somebody has given no sign for too long. Only time counts in which this side was awake: a look that comes
 * late, because the machine slept, the tab was hidden or this thread was busy, counts little more than one in time, and the
 * signs that piled up meanwhile are heard before the next.
 */
export class Watchdog {
  readonly #onSilence: (limitMs: number) => void;
  readonly #ask: (() => void) | undefined;
  #limitMs: number;
  #silentMs = 0;
  // Time between the last two looks, as far as it counts.
  #stepMs = 0;
  #last = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param onSilence called once per start. @param ask called at every look, to provoke a sign or to see one. */
  constructor(limitMs: number, onSilence: (limitMs: number) => void, ask?: () => void) {
    this.#limitMs = limitMs;
    this.#onSilence = onSilence;
    this.#ask = ask;
  }

  /** Watches from now on, with another limit where one is given. */
  start(limitMs = this.#limitMs): void {
    this.stop();
    this.#limitMs = limitMs;
    this.feed();
    this.#wait(Math.min(longestCheckMs, Math.max(shortestCheckMs, limitMs / checksPerLimit)));
  }

  /** A sign of now. */
  feed(): void {
    this.#silentMs = 0;
    this.#last = now();
  }

  /** A sign that `ask` saw: it may have come right after the look before, and the limit counts from there. */
  saw(): void {
    this.#silentMs = this.#stepMs;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  // The last look comes when the limit is about to be reached, not up to one look after it.
  #wait(everyMs: number): void {
    const waitMs = Math.min(everyMs, Math.max(1, Math.ceil(aim * this.#limitMs - this.#silentMs)));
    this.#timer = setTimeout(() => this.#look(everyMs), waitMs);
  }

  #look(everyMs: number): void {
    const time = now();
    this.#stepMs = Math.min(Math.max(0, time - this.#last), longestStep * everyMs);
    this.#silentMs += this.#stepMs;
    this.#last = time;
    this.#wait(everyMs);
    this.#ask?.();
    if (this.#silentMs < aim * this.#limitMs) return;
    this.stop();
    this.#onSilence(this.#limitMs);
  }
}
