import { constants } from 'node:os';
import { now } from '../core/clock.js';

/** Why a run was ended from outside; the reason of the abort signal. */
export class Interruption extends Error {
  /** What the process exits with: 128 + the signal's number, so 130 for Ctrl-C. */
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals) {
    super(`Interrupted by ${signal}.`);
    this.name = 'Interruption';
    this.exitCode = 128 + constants.signals[signal];
  }
}

// npm, npx and the like pass on what the terminal has told the whole group already: one Ctrl-C comes twice.
const sameMs = 500;

/**
 * Turns the first SIGINT, SIGTERM or SIGHUP into an abort, so that files are finished and figures printed; another one,
 * later than half a second after it, ends the process at once.
 */
export function abortOnSignals(controller: AbortController): Disposable {
  let first = Number.NEGATIVE_INFINITY;
  const onSignal = (signal: NodeJS.Signals) => {
    const interruption = new Interruption(signal);
    if (now() - first < sameMs) return;
    if (controller.signal.aborted) process.exit(interruption.exitCode);
    first = now();
    controller.abort(interruption);
    process.stderr.write(`\nreflexarc: ${signal}: finishing; once more to end at once.\n`);
  };
  const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, onSignal);
  return {
    [Symbol.dispose]() {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
