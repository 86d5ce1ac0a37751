import { Socket } from 'node:net';
import { availableParallelism } from 'node:os';
import { serialize } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import { now } from '../../core/clock.js';
import { serializeError } from '../../core/error.js';
import type { Processed } from '../../pipeline/engine.js';
import { type Reply, reply } from '../../pipeline/engine-channel.js';
import { LocalEngine } from '../../pipeline/local-engine.js';
import type { PipelinePhase } from '../../pipeline/pipeline.js';
import { monotonicOffset } from '../monotonic.node.js';
import { answer, type Ringing, readRingings } from '../ring/doorbell.node.js';
import { Ring } from '../ring/ring.js';
import { SharedMemory } from '../ring/shared-memory.node.js';
import { applyRealTime, applyScheduling } from '../scheduling/apply-scheduling.node.js';
import { BusyPoll } from './busy-poll.js';
import { type ChildNews, type ChildOrder, type ChildTask, doorbellFd, ringFd } from './child-channel.js';
import { childResources } from './child-resources.node.js';
import { WorkWatch } from './work-watch.js';

// Entry of a child's worker thread: one engine, which reads frames where they lie in the ring. Its calls may block.

// The kernel ends a thread in real time that has never waited for 5 s. One that is never out of work has to wait on purpose.
const restMs = 0.05;
const never = new Int32Array(new SharedArrayBuffer(4));

const task = workerData as ChildTask;
const { lane, definition } = task;
let engine: LocalEngine | undefined;

open().catch((error) => tell({ type: 'failed', error: serializeError(error) }));

async function open(): Promise<void> {
  const memory = await SharedMemory.map(ringFd, task.ringBytes);
  const ring = Ring.open(memory);
  const watch = new WorkWatch(() => ring.addToLane(lane, 'workerBeat', 1), task.beatMs);
  let realTime = false;
  const idle = setInterval(() => {
    watch.tick();
    if (realTime) Atomics.wait(never, 0, 0, restMs);
  }, task.beatMs);
  const { scheduling = {} } = task;
  const answers = await applyScheduling(scheduling, memory);
  const doorbell = new Socket({ fd: doorbellFd, readable: true, writable: true });
  parentPort?.on('message', async (order: ChildOrder) => {
    if (order.type !== 'close') return;
    await reply(async () => engine?.close());
    clearInterval(idle);
    // The process ends with that, whatever this thread still does.
    tell({ type: 'closed' });
  });
  if (definition) {
    const resources = childResources(task.store);
    const onProgress = (phase: PipelinePhase) => tell({ type: 'progress', phase });
    engine = await watch.during(() => LocalEngine.open(definition, resources, onProgress));
  }
  const serve = async (slot: number) => {
    polling.begin();
    await watch.during(() => take(ring, doorbell, slot));
    polling.end();
  };
  const look = () => {
    const slot = ring.ready(lane);
    if (slot !== undefined) void serve(slot);
    return slot !== undefined;
  };
  const polling = new BusyPoll(look, { always: scheduling.busyPoll, cores: availableParallelism() });
  // One whose frame was found by looking comes too late.
  const isNews = ({ call, ringSlot }: Ringing) => ring.state(ringSlot) === 'READY' && ring.call(ringSlot).call === call;
  doorbell.on(
    'data',
    readRingings((message) => void (isNews(message) && serve(message.ringSlot))),
  );
  doorbell.on('error', () => {});
  const [granted] = await applyRealTime(scheduling);
  if (granted) answers.push(granted);
  realTime = scheduling.scheduler === 'fifo' && granted?.got === 'ok';
  tell({ type: 'ready', info: engine ? engine.info : null, scheduling: answers });
  polling.end();
}

async function take(ring: Ring, doorbell: Socket, ringSlot: number): Promise<void> {
  ring.setTime(ringSlot, 'startTime', now() - monotonicOffset);
  ring.setState(ringSlot, 'RUNNING');
  const { call, engineSlot } = ring.call(ringSlot);
  const { byteLength, captureTime, ...frame } = ring.frame(ringSlot);
  const data = ring.pixels(ringSlot, byteLength);
  const made: Reply<Processed | number> = engine
    ? await reply(() => process(engine as LocalEngine, engineSlot, { ...frame, data, captureTime }))
    : { value: engineSlot === 0 ? data[0] + data[byteLength - 1] : data.reduce((sum, byte) => sum + byte, 0) };
  ring.setTime(ringSlot, 'doneTime', now() - monotonicOffset);
  ring.setState(ringSlot, 'error' in made ? 'ERROR' : 'DONE');
  doorbell.write(answer(call, serialize(made)));
}

// Times leave and reach this process by the clock that all processes share.
async function process(
  local: LocalEngine,
  slot: number,
  frame: Parameters<LocalEngine['process']>[1],
): Promise<Processed> {
  const captureTime = frame.captureTime === undefined ? undefined : frame.captureTime + monotonicOffset;
  const processed = await local.process(slot, { ...frame, captureTime });
  return { ...processed, startTime: processed.startTime - monotonicOffset };
}

function tell(news: ChildNews): void {
  parentPort?.postMessage(news);
}
