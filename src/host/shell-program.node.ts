import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { now } from '../core/clock.js';

/** How a program ended; both are null where there is no shell to start it. */
export interface ProgramEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

const endMs = 3000;
const lookMs = 50;
const killedMs = 1000;

/**
 * A program of a line for the shell, in a process group of its own that ends with this process, however that ends. Signals
 * at a parent's death reach one process alone, and pids that are written down go to others, so a second shell waits in the
 * group for the end of a pipe that nobody but this process holds. For as long as it waits, the number of the group is no
 * other's, also when the program itself has ended and has left others behind.
 */
export class ShellProgram {
  /** Settles when the program itself has ended. */
  readonly ended: Promise<ProgramEnd>;
  readonly #child: ChildProcess;
  #hasEnded = false;
  #isOver = false;

  /** Starts it. @param line for the shell; @param word what follows it as its last word, whatever signs it has. */
  constructor(line: string, word: string) {
    this.#child = spawn('/bin/sh', ['-c', script, 'sh', word, withWord(line)], {
      // The pipe is none of its standard input, which Node closes when the program ends.
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
      detached: true,
    });
    this.#pipe?.on('error', () => {});
    this.ended = new Promise((resolve) => {
      this.#child.once('error', () => resolve({ code: null, signal: null }));
      this.#child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    void this.ended.then(() => {
      this.#hasEnded = true;
    });
  }

  /** Of the program; nothing where it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Whether something of its group still runs: the program, or what it has left behind. Undefined where nobody knows. */
  async hasProcesses(): Promise<boolean | undefined> {
    if (!this.#hasEnded) return true;
    if (process.platform !== 'linux') return undefined;
    // One of them is the shell that waits.
    return (await processesOf(this.pid)) > 1;
  }

  /** Ends all that is in its group, with 3 s to do so well. */
  async end(): Promise<void> {
    this.#signal('SIGTERM');
    const until = now() + endMs;
    while (now() < until && (await this.hasProcesses())) await pause(lookMs);
    this.kill();
    await this.ended;
    // Whoever waits for this may want its files: what was killed is gone a moment later.
    const gone = now() + killedMs;
    while (process.platform === 'linux' && now() < gone && (await processesOf(this.pid)) > 0) await pause(lookMs);
  }

  /** Ends all that is in its group at once, which has no more to do with this one afterwards. */
  kill(): void {
    this.#signal('SIGKILL');
    this.#isOver = true;
    this.#pipe?.destroy();
  }

  get #pipe(): Duplex | undefined {
    return this.#child.stdio[3] as Duplex | undefined;
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.pid === undefined || this.#isOver) return;
    try {
      process.kill(-this.pid, signal);
    } catch {
      // It has ended already.
    }
  }
}

/** The line with its last word, as the shell gets it. */
export function withWord(line: string): string {
  return `${line} "$1"`;
}

// The second shell reads nothing but the end, since nothing is ever written.
const script = `{ trap '' TERM; read -r end <&3; kill -s TERM 0; sleep ${endMs / 1000}; kill -s KILL 0; } &
exec 3<&-
exec /bin/sh -c "$2" sh "$1"`;

async function processesOf(group: number | undefined): Promise<number> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  // After the name of the program, which may hold anything: state, parent, group. One that nobody has asked about is none.
  const stats = await Promise.all(names.map((name) => readFile(`/proc/${name}/stat`, 'latin1').catch(() => '')));
  return stats.filter((stat) => {
    const [state, , number] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(number) === group && state !== 'Z';
  }).length;
}
