import { sleep } from '../core/abort.js';

/** How long a runtime that was given up is left alone, where nothing else is said. */
export const usualRetryMs = 60_000;
const longestFactor = 16;
const longestProofMs = 2000;
// A runtime that was taken back and works for so long has proved itself; until then each attempt waits longer.
const restFactor = 2;

/** A circuit breaker's clock: tries again after a while, each time twice as long after the last. */
export class RetryTimer {
  readonly #attempt: () => Promise<boolean>;
  readonly #firstMs: number;
  #factor = 1;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #calm: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #busy = false;
  #closed = false;

  /** @param attempt says whether there is nothing left to try; never asked twice at a time. */
  constructor(attempt: () => Promise<boolean>, firstMs = usualRetryMs) {
    this.#attempt = attempt;
    this.#firstMs = firstMs;
  }

  /** Tries again after a while; arming it twice does nothing. */
  arm(): void {
    clearTimeout(this.#calm);
    if (this.#timer || this.#busy || this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#factor = Math.min(longestFactor, this.#factor * 2);
      this.#busy = true;
      this.#running = this.#attempt()
        .catch(() => false)
        .then((back) => {
          this.#busy = false;
          if (!back) this.arm();
        });
    }, this.#firstMs * this.#factor);
    this.#timer.unref?.();
  }

  /** There is nothing to try; after a while of that, the next attempt waits no longer than the first. */
  rest(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#calm);
    this.#timer = undefined;
    this.#calm = setTimeout(() => {
      this.#factor = 1;
    }, this.#firstMs * restFactor);
    this.#calm.unref?.();
  }

  /** Lets something that was opened run for a while without work. */
  async prove(signal: AbortSignal): Promise<void> {
    await sleep(Math.min(longestProofMs, this.#firstMs), signal).catch(() => {});
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#calm);
    await this.#running;
  }
}
