import { now } from '../core/clock.js';

const checksPerLimit = 10;
const longestCheckMs = 1000;
const shortestCheckMs = 20;

/**
 * Notices when somebody has given no sign for too long. Only time counts in which this side was awake: a look that comes
 * late, because the machine slept, the tab was hidden or this thread was busy, counts no more than one in time, and the
 * signs that piled up meanwhile are heard before the next.
 */
export class Watchdog {
  readonly #onSilence: (limitMs: number) => void;
  readonly #ask: (() => void) | undefined;
  #limitMs: number;
  #silentMs = 0;
  #last = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param onSilence called once per start. @param ask called at every look, to provoke a sign. */
  constructor(limitMs: number, onSilence: (limitMs: number) => void, ask?: () => void) {
    this.#limitMs = limitMs;
    this.#onSilence = onSilence;
    this.#ask = ask;
  }

  /** Watches from now on, with another limit where one is given. */
  start(limitMs = this.#limitMs): void {
    this.stop();
    this.#limitMs = limitMs;
    this.#silentMs = 0;
    this.#last = now();
    const everyMs = Math.min(longestCheckMs, Math.max(shortestCheckMs, limitMs / checksPerLimit));
    this.#timer = setInterval(() => this.#look(everyMs), everyMs);
  }

  /** A sign. */
  feed(): void {
    this.#silentMs = 0;
    this.#last = now();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(everyMs: number): void {
    const time = now();
    this.#silentMs += Math.min(Math.max(0, time - this.#last), everyMs);
    this.#last = time;
    if (this.#silentMs < this.#limitMs) this.#ask?.();
    else {
      this.stop();
      this.#onSilence(this.#limitMs);
    }
  }
}
