import { sleep } from '../core/abort.js';
import { now } from '../core/clock.js';
import type { RecoveryDefinition } from '../core/definition.js';
import { DeviceLostError, serializeError } from '../core/error.js';
import type { LossReason, PipelineHealth } from './health.js';

/** What lives in a worker and may be lost with it. */
export interface Life {
  /** Settles with the reason when the worker is gone or beyond hope; never rejects. */
  readonly lost: Promise<DeviceLostError>;
  /** Ends the worker, without waiting for one that does not answer. */
  close(): Promise<void>;
}

// A worker that has worked for so long starts the count of losses anew.
const provenMs = 60_000;
// The first successor starts at once; each further one of the row waits twice as long.
const firstWaitMs = 250;
const longestWaitMs = 30_000;

/**
 * Keeps something alive that a worker holds: replaces a life that was lost, waits longer before each attempt, and gives
 * up after `restarts` in a row. Opening the first is the caller's; its failure is nobody's loss.
 */
export class Supervisor<L extends Life> {
  readonly #open: (signal: AbortSignal) => Promise<L>;
  readonly #limit: number;
  readonly #onHealth: (health: PipelineHealth) => void;
  readonly #stop = new AbortController();
  #life: L;
  #ready: Promise<L>;
  #born = now();
  #losses = 0;
  // The life whose loss is known.
  #reported: L | undefined;
  #restarts = 0;

  /** Takes over `first`. @param open makes a successor, and ends what it began when its signal is aborted. */
  constructor(
    first: L,
    open: (signal: AbortSignal) => Promise<L>,
    { restarts }: Pick<RecoveryDefinition, 'restarts'>,
    onHealth: (health: PipelineHealth) => void = () => {},
  ) {
    this.#open = open;
    this.#limit = restarts;
    this.#onHealth = onHealth;
    this.#life = first;
    this.#ready = Promise.resolve(first);
    this.#watch(first);
  }

  /** The life of now, or the last one. */
  get life(): L {
    return this.#life;
  }

  /** Successors that came up. */
  get restarts(): number {
    return this.#restarts;
  }

  /**
   * A life that works, once there is one.
   * @throws {DeviceLostError} ERR_DEVICE_LOST too many were lost; `details.restarts` says how many. Rejects with the
   * reason of `stop` after that.
   */
  ready(): Promise<L> {
    return this.#ready;
  }

  /** A call to a life found it lost. Telling it twice does nothing. */
  report(life: L, error: DeviceLostError): void {
    if (life !== this.#life || this.#stop.signal.aborted || life === this.#reported) return;
    this.#reported = life;
    this.#ready = this.#replace(error);
    // Whoever waits sees a failure; if nobody does, it is no unhandled rejection.
    this.#ready.catch(() => {});
  }

  /** Replaces nothing any more; those who wait for a successor are rejected with `reason`. */
  stop(reason: unknown): void {
    this.#stop.abort(reason);
  }

  async close(): Promise<void> {
    await this.#life.close();
  }

  #watch(life: L): void {
    life.lost.then((error) => this.report(life, error));
  }

  async #replace(error: DeviceLostError): Promise<L> {
    const began = now();
    const { signal } = this.#stop;
    if (began - this.#born >= provenMs) this.#losses = 0;
    // Told at once, also where the end of what was lost takes its time.
    const gone = this.#life.close();
    let last: unknown = error;
    for (let reason = lossReason(error); ; reason = 'failed') {
      signal.throwIfAborted();
      const attempt = ++this.#losses;
      if (attempt > this.#limit) {
        await gone;
        throw this.#givenUp(last, reason);
      }
      const waitMs = attempt === 1 ? 0 : Math.min(longestWaitMs, firstWaitMs * 2 ** (attempt - 2));
      this.#onHealth({ type: 'restarting', reason, attempt, waitMs, error: serializeError(last) });
      await gone;
      await sleep(waitMs, signal);
      let life: L;
      try {
        life = await this.#open(signal);
      } catch (cause) {
        signal.throwIfAborted();
        last = cause;
        continue;
      }
      this.#adopt(life);
      this.#onHealth({ type: 'restored', restarts: this.#restarts, outageMs: now() - began });
      return life;
    }
  }

  #adopt(life: L): void {
    this.#life = life;
    this.#born = now();
    this.#restarts++;
    this.#ready = Promise.resolve(life);
    this.#watch(life);
  }

  #givenUp(cause: unknown, reason: LossReason): DeviceLostError {
    const why = cause instanceof DeviceLostError ? cause.received : (cause as Error).message;
    const restarts = this.#limit;
    return new DeviceLostError({
      subject: 'worker of the pipeline',
      expected: 'one that keeps running',
      received: restarts === 0 ? why : `${restarts + 1} lost in a row, after ${restarts} restarts; the last: ${why}`,
      remedy:
        'See the cause. `recovery` in the definition says how long a worker may be silent and how often it is replaced.',
      details: { restarts, reason },
      cause,
    });
  }
}

function lossReason({ details }: DeviceLostError): LossReason {
  return details.reason === 'crashed' || details.reason === 'hung' ? details.reason : 'device';
}
