import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { settledWithin } from '../core/abort.js';
import { deserializeError, type SerializedError, UnsupportedError } from '../core/error.js';
import { childEnvironment } from './child/child-environment.node.js';
import { lastLines } from './child/last-lines.node.js';

/** What a process that was asked sends: the answer, or the error that it ended in. */
export type ProcessAnswer = { value: unknown } | { error: SerializedError };

/** How a process is asked. */
export interface AskOptions {
  /** Rejects with its reason, and ends the process. */
  signal?: AbortSignal;
  /** How long the process may take, 30 s by default. */
  timeoutMs?: number;
}

// What it printed comes soon after its end; a process that a driver holds does not even obey SIGKILL.
const outputGraceMs = 200;

/**
 * Asks a module in a process of its own, which has the environment of a child, so that a library that it loads cannot break
 * this one, hold it up or read its secrets. What the library prints is no answer.
 * @param entry URL of the module, which calls `answerAsked`. @param argument what it is asked.
 * @throws {UnsupportedError} ERR_UNSUPPORTED it ended without an answer, or gave none in time; says how, and what was printed last.
 * @throws the error that it answers with. Rejects with `signal.reason` when aborted. The process is ended in any case.
 */
export async function askProcess<T>(entry: URL, argument: string, options: AskOptions = {}): Promise<T> {
  const { signal, timeoutMs = 30_000 } = options;
  signal?.throwIfAborted();
  const child = spawn(process.execPath, [fileURLToPath(entry), argument], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: childEnvironment(),
    serialization: 'advanced',
  });
  const printed = lastLines([child.stdout, child.stderr]);
  const closed = new Promise((resolve) => child.once('close', resolve));
  let timer: NodeJS.Timeout | undefined;
  let abort: (() => void) | undefined;
  const answer = await new Promise<ProcessAnswer | string | undefined>((resolve) => {
    child.once('message', (message) => resolve(message as ProcessAnswer));
    child.once('error', ({ message }) => resolve(`none could be started: ${message}`));
    child.once('exit', async (code, killedBy) => {
      // An answer that was sent before the end may arrive after it.
      await settledWithin(closed, outputGraceMs);
      resolve(`it ended with ${killedBy ?? `exit code ${code}`} before it answered`);
    });
    timer = setTimeout(() => resolve(`it did not answer in ${timeoutMs / 1000} s`), timeoutMs);
    abort = () => resolve(undefined);
    signal?.addEventListener('abort', abort, { once: true });
  });
  clearTimeout(timer);
  if (abort) signal?.removeEventListener('abort', abort);
  child.kill('SIGKILL');
  await settledWithin(closed, outputGraceMs);
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.unref();
  if (answer === undefined) throw signal?.reason;
  if (typeof answer !== 'string') {
    if ('error' in answer) throw deserializeError(answer.error);
    return answer.value as T;
  }
  const last = printed.at(-1);
  throw new UnsupportedError({
    subject: `process that looks at ${argument}`,
    expected: 'an answer',
    received: last === undefined ? answer : `${answer}; printed last: "${last}"`,
    details: { supported: [], printed: [...printed] },
  });
}
