import { ReflexarcError, SourceError } from '../core/error.js';

const reasons: Record<string, { received: string; remedy: string }> = {
  ENOENT: { received: 'nothing there', remedy: 'Check the path.' },
  ENOTDIR: { received: 'a path through a file', remedy: 'Check the path.' },
  EISDIR: { received: 'a folder', remedy: 'Give the path of a file.' },
  EACCES: { received: 'no permission to read it', remedy: 'Check the permissions.' },
  EPERM: { received: 'no permission to read it', remedy: 'Check the permissions.' },
  ELOOP: { received: 'a circle of links', remedy: 'Check the path.' },
};

/** Turns a failure of the file system into the one error that a user sees; our own errors pass as they are. */
export function readFailure(subject: string, expected: string, cause: unknown): ReflexarcError {
  if (cause instanceof ReflexarcError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  const known = reasons[code ?? ''];
  return new SourceError({
    subject,
    expected,
    received: known?.received ?? message ?? String(cause),
    remedy: known?.remedy,
    details: code ? { code } : undefined,
    cause,
  });
}
