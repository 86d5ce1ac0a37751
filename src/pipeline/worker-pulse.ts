import type { RecoveryDefinition } from '../core/definition.js';
import { DeviceLostError } from '../core/error.js';
import { Watchdog } from './watchdog.js';

// How many times the warm-up a frame may take.
const warmUpFactor = 5;

/** Watches whether a worker is alive, while it gets ready and while it works. */
export class WorkerPulse {
  readonly #watchdog: Watchdog;
  #limitMs = Number.POSITIVE_INFINITY;
  #loading = false;

  /** @param lose called with the error of a worker that hangs. @param ask see {@link Watchdog}. */
  constructor(subject: string, lose: (error: DeviceLostError) => void, ask?: () => Promise<void>) {
    let asking = false;
    const askOnce = async () => {
      // One question at a time; a worker that is gone never answers it.
      if (asking) return;
      asking = true;
      await ask?.();
      asking = false;
    };
    this.#watchdog = new Watchdog(
      this.#limitMs,
      (ms) => lose(lossOf(subject, 'hung', `one that gave no sign for ${ms / 1000} s`, { remedy: this.#remedy })),
      ask && askOnce,
    );
  }

  /** Watches from now on; without a limit, with that of work. */
  start(limitMs = this.#limitMs): void {
    this.#watchdog.start(limitMs);
  }

  /** Watches a worker that gets ready, between whose steps more time may pass. */
  open({ hangMs, loadMs }: RecoveryDefinition): void {
    this.#loading = true;
    this.#watchdog.start(Math.max(hangMs, loadMs));
  }

  /** The worker is ready: the limit of work counts, which a slow model makes longer. */
  settle({ hangMs }: RecoveryDefinition, warmUpMs: number): void {
    this.#loading = false;
    this.#limitMs = Math.max(hangMs, warmUpFactor * warmUpMs);
    this.#watchdog.start(this.#limitMs);
  }

  /** A sign. */
  feed(): void {
    this.#watchdog.feed();
  }

  /** A sign that was seen when it was looked for. */
  saw(): void {
    this.#watchdog.saw();
  }

  stop(): void {
    this.#watchdog.stop();
  }

  get #remedy(): string | undefined {
    return this.#loading ? 'A model that takes longer to load needs a longer `recovery.loadMs`.' : undefined;
  }
}

/** The error of a worker that is gone or beyond hope. */
export function lossOf(
  subject: string,
  reason: 'crashed' | 'hung',
  received: string,
  { cause, remedy = 'Create the pipeline again.' }: { cause?: unknown; remedy?: string } = {},
): DeviceLostError {
  return new DeviceLostError({
    subject,
    expected: 'one that runs',
    received,
    remedy,
    details: { reason },
    cause,
  });
}
