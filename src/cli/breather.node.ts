import { setImmediate as nextTurn } from 'node:timers/promises';

/** Lets the process hear signals in the midst of work that never waits. */
export class Breather {
  readonly #signal: AbortSignal | undefined;
  #last = performance.now();

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /** Waits a turn of the event loop if the last is 50 ms ago. @throws the signal's reason once it is aborted. */
  async breathe(): Promise<void> {
    if (performance.now() - this.#last < 50) return;
    await nextTurn();
    this.#signal?.throwIfAborted();
    this.#last = performance.now();
  }
}
