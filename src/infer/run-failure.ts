import { InferenceError } from '../core/error.js';
import { isOutOfMemory, memoryFault } from '../core/model-limits.js';

/** The error of a run that a runtime failed, with its words. @param name of the model. */
export function runFailure(name: string, cause: unknown): InferenceError {
  const expected = 'a run without errors';
  if (isOutOfMemory(cause)) return new InferenceError({ subject: name, expected, ...memoryFault(cause), cause });
  return new InferenceError({
    subject: name,
    expected,
    received: cause instanceof Error ? cause.message : String(cause),
    remedy: 'Compare the inputs with session.inputs; if they agree, re-create the session.',
    cause,
  });
}
