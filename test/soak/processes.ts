import { readdirSync, readFileSync, statSync } from 'node:fs';

/** What a process holds. */
export interface Holdings {
  /** Resident memory that is its own, in bytes: heaps and stacks. */
  anonymousBytes: number;
  /** Resident shared memory, in bytes: rings. */
  sharedBytes: number;
  files: number;
  threads: number;
  children: number;
}

/** Looks what a process holds. Throws where there is none of that number. */
export function holdingsOf(pid: number): Holdings {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return {
    anonymousBytes: field('RssAnon') * 1024,
    sharedBytes: field('RssShmem') * 1024,
    files: readdirSync(`/proc/${pid}/fd`).length,
    threads: field('Threads'),
    children: childrenOf(pid).length,
  };
}

/** Processes that a process has started and that are not over, the oldest first. */
export function childrenOf(pid: number): number[] {
  return processes()
    .filter((each) => each.parent === pid && each.state !== 'Z')
    .sort((a, b) => a.started - b.started)
    .map((each) => each.pid);
}

/** Processes of a session, which is all that its leader and its children have started; in words. */
export function sessionOf(leader: number): string[] {
  return processes()
    .filter(({ session }) => session === leader)
    .map(({ pid, name, state }) => `${pid} ${name} (${state})`);
}

/** The same, without those that are over and wait for somebody to ask how they ended. */
export function runningOf(leader: number): { pid: number; name: string; state: string }[] {
  return processes().filter(({ session, state }) => session === leader && state !== 'Z');
}

/** How long ago a process was started, in ms, to about 10; undefined where it is over. */
export function ageOf(pid: number): number | undefined {
  const started = processes().find((each) => each.pid === pid)?.started;
  // Ticks of 10 ms since the machine was started, on every Linux that Node runs on.
  return started && Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000 - started * 10;
}

/** How long the main thread of a process has waited for a processor in its life, in ms. */
export function waitedFor(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
}

/** Which ring a child of a host has; undefined where the process has none, or is over. */
export function ringOf(child: number): number | undefined {
  try {
    if (!readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('child-main')) return undefined;
    return statSync(`/proc/${child}/fd/3`).ino;
  } catch {
    return undefined;
  }
}

function processes() {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      // The name is in brackets and may hold anything; after it come the fields from the third on.
      const [, name, rest] = /\((.*)\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
      const fields = rest.split(' ');
      const [state, parent, , session] = fields;
      const started = Number(fields[22 - 3]);
      return [{ pid: Number(pid), name, state, parent: Number(parent), session: Number(session), started }];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}
