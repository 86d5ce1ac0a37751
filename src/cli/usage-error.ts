import { type ErrorReport, ReflexarcError } from '../core/error.js';

/** The command line itself is wrong: exit code 2, where anything that fails later is 1. */
export class UsageError extends ReflexarcError {
  constructor(report: ErrorReport) {
    super('ERR_ARGUMENT', report);
  }
}
