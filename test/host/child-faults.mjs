// Loaded into a child by NODE_OPTIONS: makes it fail as a vendor's library would. CHILD_FAULT says how.
import { existsSync, writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const { CHILD_FAULT: fault, CHILD_FAULT_FILE: file } = process.env;
if (!isMainThread) {
  if (fault === 'abort') {
    writeSync(2, 'libvendor: firmware does not answer\n');
    process.kill(process.pid, 'SIGABRT');
  }
  if (fault === 'exit') process.exit(3);
  // The thread is in a call that never returns, from when the file is there.
  if (fault === 'hang') {
    setInterval(() => {
      if (existsSync(file)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    }, 5);
  }
}
