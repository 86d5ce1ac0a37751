import { type Libc, loadLibc } from '../libc.node.js';
import { lowPriority, type Scheduling, type SchedulingAnswer } from './scheduling.js';

const processPriorities = 0;
const policies = { other: 0, fifo: 1 };
const resetOnFork = 0x40000000;
const realTimeLimit = 15;
// µs that a thread in real time may compute without ever waiting; what computes longer has run away.
const longestRealTimeUs = 5_000_000n;

/** Memory that can be kept from being swapped out. */
export interface LockableMemory {
  readonly byteLength: number;
  /** Name of the error where the kernel refuses. */
  lock(): string | undefined;
}

/**
 * Applies wishes to the calling thread, which must not be a process's first, and answers each: all but those for real time, which
 * {@link applyRealTime} sees to once a model is loaded.
 */
export async function applyScheduling(wishes: Scheduling, memory: LockableMemory): Promise<SchedulingAnswer[]> {
  const libc = await loadLibc('scheduling of a child');
  const { affinity, niceness, lockMemory } = wishes;
  const answers: SchedulingAnswer[] = [];
  if (affinity) {
    const remedy = 'Name CPUs that this machine has, and that its control group may use (AllowedCPUs= of the unit).';
    answers.push(toAnswer('affinity', affinity.join(', '), pin(libc, affinity), remedy));
  }
  if (niceness !== undefined) {
    const errno = failure(libc, libc.setpriority(processPriorities, libc.gettid(), niceness));
    const remedy = `LimitNICE=${niceness} in the unit, or the capability CAP_SYS_NICE.`;
    answers.push(toAnswer('niceness', String(niceness), errno, remedy));
  }
  if (lockMemory) {
    const asked = `${memory.byteLength} bytes, as they are touched`;
    const remedy = `LimitMEMLOCK=${memory.byteLength} (or more) in the unit, or smaller \`frameBytes\`.`;
    answers.push(toAnswer('lockMemory', asked, memory.lock(), remedy));
  }
  return answers;
}

/** Gives the calling thread its scheduler; threads that it makes from then on have the usual one. */
export async function applyRealTime({ scheduler, priority = lowPriority }: Scheduling): Promise<SchedulingAnswer[]> {
  if (!scheduler) return [];
  const libc = await loadLibc('scheduling of a child');
  const asked = scheduler === 'fifo' ? `fifo, priority ${priority}` : scheduler;
  const remedy = `LimitRTPRIO=${priority} in the unit, or the capability CAP_SYS_NICE.`;
  return [toAnswer('scheduler', asked, schedule(libc, scheduler, priority), remedy)];
}

function toAnswer(
  wish: SchedulingAnswer['wish'],
  asked: string,
  errno: string | undefined,
  remedy: string,
): SchedulingAnswer {
  return errno === undefined ? { wish, asked, got: 'ok' } : { wish, asked, got: 'refused', errno, remedy };
}

function pin(libc: Libc, cpus: readonly number[]): string | undefined {
  const mask = new Uint8Array(128);
  for (const cpu of cpus) mask[cpu >> 3] |= 1 << (cpu & 7);
  return failure(libc, libc.schedSetaffinity(0, mask.length, mask));
}

function schedule(libc: Libc, scheduler: 'other' | 'fifo', priority: number): string | undefined {
  if (scheduler === 'other') return failure(libc, libc.schedSetscheduler(0, policies.other, Int32Array.of(0)));
  // First the limit: a thread in real time that never waits would take its CPU for ever.
  const limits = BigUint64Array.of(longestRealTimeUs, longestRealTimeUs);
  const limited = failure(libc, libc.setrlimit(realTimeLimit, limits));
  if (limited !== undefined) return limited;
  return failure(libc, libc.schedSetscheduler(0, policies.fifo | resetOnFork, Int32Array.of(priority)));
}

function failure(libc: Libc, status: unknown): string | undefined {
  return status === 0 ? undefined : libc.errorName();
}
