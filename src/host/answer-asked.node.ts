import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { serializeError } from '../core/error.js';
import type { ProcessAnswer } from './ask-process.node.js';

// A library that hangs holds this thread: another one sees that the asker has gone, so that no process is left behind.
const watch = `
  const { workerData } = require('node:worker_threads');
  setInterval(() => process.ppid === workerData || process.kill(process.pid, 'SIGKILL'), 200);
`;

/** The other side of `askProcess`: gives what it is asked, or the error of that, and ends the process. */
export async function answerAsked(find: (argument: string) => Promise<unknown>): Promise<void> {
  const watcher = new Worker(watch, { eval: true, workerData: process.ppid });
  await once(watcher, 'online');
  const answer: ProcessAnswer = await find(process.argv[2]).then(
    (value) => ({ value }),
    (error) => ({ error: serializeError(error) }),
  );
  process.send?.(answer, () => process.exit(0));
}
