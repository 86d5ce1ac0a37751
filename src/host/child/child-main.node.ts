import { Worker } from 'node:worker_threads';
import { serializeError } from '../../core/error.js';
import { type Libc, loadLibc } from '../libc.node.js';
import { Ring } from '../ring/ring.js';
import { SharedMemory } from '../ring/shared-memory.node.js';
import { type ChildNews, type ChildOrder, type ChildTask, ringFd } from './child-channel.js';

// Entry of a child process. This thread never blocks: it takes orders, shows that the process runs, and ends with the daemon.
// All that a vendor's library does happens in the worker thread.

const setParentDeathSignal = 1;
const kill = 9;
let libc: Libc | undefined;
let worker: Worker | undefined;

// A terminal's Ctrl-C reaches all its processes; when a child ends is the daemon's to say.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
process.on('SIGTERM', close);
process.on('disconnect', end);
process.on('message', (order: ChildOrder) => {
  if (order.type === 'close') close();
  else open(order.task).catch((error) => tell({ type: 'failed', error: serializeError(error) }, end));
});

async function open(task: ChildTask): Promise<void> {
  libc = await loadLibc('child of a host');
  libc.prctl(setParentDeathSignal, 'unsigned long', kill);
  // The daemon may have ended before the kernel was told.
  if (process.ppid !== task.daemonPid) end();
  const ring = Ring.open(await SharedMemory.map(ringFd, task.ringBytes));
  // Started too late: the lane is another's.
  if (ring.lane(task.lane, 'generation') !== task.generation) end();
  const beat = () => ring.addToLane(task.lane, 'mainBeat', 1);
  beat();
  setInterval(beat, task.beatMs);
  worker = new Worker(new URL('./child-worker.node.js', import.meta.url), {
    name: 'reflexarc-engine',
    workerData: task,
  });
  worker.on('message', (news: ChildNews) => {
    const last = news.type === 'failed' || news.type === 'closed';
    tell(news, last ? end : undefined);
  });
  const crashed = (error: Error) => tell({ type: 'crashed', error: serializeError(error) }, end);
  worker.on('error', crashed);
  worker.on('exit', (code) => crashed(new Error(`its thread ended with code ${code}`)));
}

function tell(news: ChildNews, then?: () => void): void {
  if (process.connected) process.send?.(news, undefined, undefined, () => then?.());
  else end();
}

// The engine gets time to end; the daemon kills a child that takes too long.
function close(): void {
  if (worker) worker.postMessage({ type: 'close' } satisfies ChildOrder);
  else end();
}

// Without waiting for a worker that is stuck in a library.
function end(): void {
  if (libc) libc.exit(0);
  else process.exit();
}
