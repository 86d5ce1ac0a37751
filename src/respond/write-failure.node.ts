import { ReflexarcError, SinkError } from '../core/error.js';

const reasons: Record<string, { received: string; remedy: string }> = {
  ENOSPC: { received: 'a full disk', remedy: 'Free some space, or write somewhere else.' },
  EDQUOT: { received: 'an exhausted quota', remedy: 'Free some space, or write somewhere else.' },
  EFBIG: {
    received: 'a limit on the size of files',
    remedy: 'Raise it (ulimit -f) for whoever writes, or write to another disk.',
  },
  EROFS: { received: 'a read-only file system', remedy: 'Write somewhere else.' },
  EACCES: { received: 'no permission to write there', remedy: 'Check the permissions.' },
  EPERM: { received: 'no permission to write there', remedy: 'Check the permissions.' },
  ENOENT: { received: 'no such folder', remedy: 'Create the folder first.' },
  ENOTDIR: { received: 'a path through a file', remedy: 'Check the path.' },
  EISDIR: { received: 'a folder', remedy: 'Give the path of a file.' },
  EPIPE: { received: 'a reader that went away', remedy: 'Keep the reader open until the end.' },
};

/** Turns a failed write into the one error that a user sees; our own errors pass as they are. */
export function writeFailure(subject: string, cause: unknown): ReflexarcError {
  if (cause instanceof ReflexarcError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  const known = reasons[code ?? ''];
  return new SinkError({
    subject,
    expected: 'a place that can be written to',
    received: known?.received ?? message ?? String(cause),
    remedy: known?.remedy,
    details: code ? { code } : undefined,
    cause,
  });
}
