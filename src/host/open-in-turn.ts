import { sleep } from '../core/abort.js';
import { DeviceLostError, ReflexarcError, UnsupportedError } from '../core/error.js';
import type { RuntimeChoice } from '../core/runtime-choice.js';

/** What {@link openInTurn} goes by. */
export interface OpenInTurnOptions {
  /** The model, for messages. */
  subject: string;
  /** How often one that dies or hangs as it opens is tried again; 0 by default. One that refuses is not. */
  retries?: number;
  signal: AbortSignal;
}

const firstWaitMs = 250;

/**
 * Opens the first of some runtimes that opens. @returns it, and what the one before it failed with.
 * @throws the error of the runtime where there is one. @throws {UnsupportedError} ERR_UNSUPPORTED where each of several
 *   failed; `details.tried` says why. Rejects with `signal.reason` when aborted.
 */
export async function openInTurn<T>(
  runtimes: readonly RuntimeChoice[],
  open: (position: number) => Promise<T>,
  { subject, retries = 0, signal }: OpenInTurnOptions,
): Promise<{ opened: T; position: number; failure?: unknown }> {
  const tried: { runtime: RuntimeChoice; code: string; problem: string }[] = [];
  let failure: unknown;
  for (const [position, runtime] of runtimes.entries()) {
    for (let attempt = 0; attempt <= retries; attempt++) {
      try {
        return { opened: await open(position), position, failure };
      } catch (error) {
        signal.throwIfAborted();
        failure = error;
      }
      if (!(failure instanceof DeviceLostError)) break;
      if (attempt < retries) await sleep(firstWaitMs * 2 ** attempt, signal);
    }
    const code = failure instanceof ReflexarcError ? failure.code : 'none';
    tried.push({ runtime, code, problem: (failure as Error).message });
  }
  if (tried.length === 1) throw failure;
  throw new UnsupportedError({
    subject,
    expected: 'a runtime that opens it',
    received: tried.map(({ runtime, problem }) => `${runtime}: ${problem}`).join(' · '),
    remedy: 'List other runtimes, or mend what each of them says.',
    details: { tried, supported: [...runtimes] },
    cause: failure,
  });
}
