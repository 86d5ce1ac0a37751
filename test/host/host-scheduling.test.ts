import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { collect, openHost, pidOf } from './host-runs.js';

const isRoot = process.getuid?.() === 0;
// Root of a container may lack what makes it root: CAP_IPC_LOCK is bit 14, CAP_SYS_NICE bit 23.
const capabilities = BigInt(`0x${/^CapEff:\s+(\w+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]}`);
const mayAll = [14n, 23n].every((bit) => (capabilities >> bit) & 1n);
const nobody = { uid: 65534, gid: 65534 };
const [other, fifo] = [0, 1];

/** What the kernel says of the threads of a process; the first is its main thread. */
function threads(pid: number) {
  const folder = `/proc/${pid}/task`;
  return readdirSync(folder).map((tid) => {
    const status = readFileSync(`${folder}/${tid}/status`, 'utf8');
    // After the name, which may hold anything, from field 3 on.
    const fields = readFileSync(`${folder}/${tid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const [ran, waited] = readFileSync(`${folder}/${tid}/schedstat`, 'utf8').split(' ').map(Number);
    return {
      main: Number(tid) === pid,
      awakeMs: (ran + waited) / 1e6,
      waits: Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1]),
      cpus: /^Cpus_allowed_list:\s+(\S+)/m.exec(status)?.[1],
      niceness: Number(fields[19 - 3]),
      realTimePriority: Number(fields[40 - 3]),
      policy: Number(fields[41 - 3]),
    };
  });
}

describe('wishes about how the kernel treats a child', () => {
  it('are answered with ok where it grants them, and concern the worker thread only', async () => {
    const [{ cpus: all }] = threads(process.pid);
    const { pipeline } = await openHost({}, { scheduling: { affinity: [0], niceness: 5, scheduler: 'other' } });
    expect(pipeline.children[0].scheduling).toEqual([
      { wish: 'affinity', asked: '0', got: 'ok' },
      { wish: 'niceness', asked: '5', got: 'ok' },
      { wish: 'scheduler', asked: 'other', got: 'ok' },
    ]);
    const found = threads(pidOf(pipeline));
    const pinned = found.filter(({ niceness }) => niceness === 5);
    expect(pinned.length).toBeGreaterThan(0);
    for (const thread of pinned) expect(thread).toMatchObject({ main: false, cpus: '0', policy: other });
    expect(found.find(({ main }) => main)).toMatchObject({ cpus: all, niceness: 0 });
    await pipeline.close();
  });

  it.skipIf(!mayAll)('are granted to root also where others get none: real time, and memory that stays', async () => {
    const wishes = { scheduler: 'fifo', priority: 7, niceness: -5, lockMemory: true } as const;
    const { pipeline } = await openHost({}, { scheduling: wishes });
    expect(pipeline.children[0].scheduling.map(({ wish, got }) => `${wish} ${got}`)).toEqual([
      'niceness ok',
      'lockMemory ok',
      'scheduler ok',
    ]);
    const pid = pidOf(pipeline);
    const found = threads(pid).filter(({ policy }) => policy === fifo);
    expect(found).toMatchObject([{ main: false, realTimePriority: 7 }]);
    expect(threads(pid).find(({ main }) => main)?.policy).toBe(other);
    expect(readFileSync(`/proc/${pid}/limits`, 'utf8')).toMatch(/Max realtime timeout\s+5000000\s+5000000/);
    expect(Number(/^VmLck:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])).toBeGreaterThan(0);
    await pipeline.close();
  });

  it.skipIf(!mayAll)('let a thread in real time look for frames for ever: it waits now and then', async () => {
    const { pipeline, health } = await openHost({}, { scheduling: { scheduler: 'fifo', busyPoll: true } });
    const worker = () => threads(pidOf(pipeline)).filter(({ policy }) => policy === fifo)[0];
    const before = worker();
    // Longer than the kernel lets a thread compute that never waits.
    const ms = 6_500;
    await new Promise((done) => setTimeout(done, ms));
    const after = worker();
    expect(after.awakeMs - before.awakeMs).toBeGreaterThan(ms / 2);
    // Not by the luck of a collection of garbage, which makes it wait once a second.
    expect(after.waits - before.waits).toBeGreaterThan(30);
    const { results, error } = await collect(pipeline);
    expect(error).toBeUndefined();
    expect(results.length).toBeGreaterThan(0);
    expect(pipeline.children).toMatchObject([{ state: 'ready', restarts: 0 }]);
    expect(health).toEqual([]);
    await pipeline.close();
  });

  it('are answered with the reason and a remedy where the kernel refuses', async () => {
    const affinity = [1023];
    const wishes = { affinity, niceness: -5, scheduler: 'fifo', priority: 7, lockMemory: true } as const;
    const { pipeline } = await openHost({}, { scheduling: wishes, ...(isRoot ? { user: nobody } : {}) });
    expect(availableParallelism()).toBeLessThan(1024);
    const refused = { got: 'refused', remedy: expect.any(String) };
    expect(pipeline.children[0].scheduling).toMatchObject([
      { wish: 'affinity', errno: 'EINVAL', ...refused },
      { wish: 'niceness', errno: 'EACCES', ...refused, remedy: expect.stringContaining('LimitNICE=-5') },
      { wish: 'lockMemory', errno: 'ENOMEM', ...refused, remedy: expect.stringContaining('LimitMEMLOCK=') },
      { wish: 'scheduler', errno: 'EPERM', ...refused, remedy: expect.stringContaining('LimitRTPRIO=7') },
    ]);
    if (isRoot) expect(readFileSync(`/proc/${pidOf(pipeline)}/status`, 'utf8')).toMatch(/^Uid:\s+65534\s/m);
    await pipeline.close();
  });

  it('are refused where they make no sense', async () => {
    await expect(openHost({}, { scheduling: { priority: 100 } })).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
    await expect(openHost({}, { scheduling: { affinity: [] } })).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
    await expect(openHost({}, { scheduling: { nice: 1 } as never })).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
  });
});
