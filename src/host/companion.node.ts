import { type ChildProcess, spawn } from 'node:child_process';
import { sleep } from '../core/abort.js';
import { now } from '../core/clock.js';

// A program that has run for so long was well: the next wait is the first again.
const wellMs = 30_000;
const firstWaitMs = 500;
const longestWaitMs = 30_000;
const endMs = 3000;
// A program that ends well so soon has given the address to one that runs, if a page is there or comes soon.
const handOverMs = 5000;
const lookMs = 500;

/** What became of a companion. */
export type CompanionNews =
  | { type: 'started'; pid: number }
  | { type: 'ended'; code: number | null; signal: NodeJS.Signals | null; waitMs: number };

/**
 * A program that belongs to a daemon, such as a kiosk's browser: started with an address as its last argument, again with
 * back-off whenever it ends, and ended with the daemon, however that ends. One that outlived a daemon that was killed would
 * show a stale page, and keep the next browser from its profile: Chromium then refuses to start, or gives its address to
 * the old one. Signals at a parent's death reach one process alone, and pids that are written down go to others, so a
 * second shell waits beside the program for the end of a pipe that nobody but the daemon holds.
 */
export class Companion {
  readonly #command: string;
  readonly #address: string;
  readonly #isShown: () => boolean;
  readonly #onNews: (news: CompanionNews) => void;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #child: ChildProcess | undefined;

  /**
   * @param command a line for the shell; the address follows it as one word, and everybody can read it there.
   * @param isShown whether some page of the daemon is open, in whatever program.
   */
  constructor(
    command: string,
    address: string,
    isShown: () => boolean = () => false,
    onNews: (news: CompanionNews) => void = () => {},
  ) {
    this.#command = command;
    this.#address = address;
    this.#isShown = isShown;
    this.#onNews = onNews;
    this.#running = this.#run().catch(() => {});
  }

  /** Ends the program, and whatever it has started. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#kill('SIGTERM');
    const timer = setTimeout(() => this.#kill('SIGKILL'), endMs);
    await this.#running;
    clearTimeout(timer);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let waitMs = firstWaitMs;
    while (!signal.aborted) {
      const began = now();
      const end = await this.#once();
      if (signal.aborted) return;
      if (end.code === 0 && now() - began < handOverMs) await this.#untilUnseen();
      waitMs = now() - began >= wellMs ? firstWaitMs : Math.min(longestWaitMs, waitMs * 2);
      this.#onNews({ type: 'ended', ...end, waitMs });
      await sleep(waitMs, signal);
    }
  }

  // The browser of somebody that has taken the address over gets no second tab while it shows the first, nor while that is
  // loaded again.
  async #untilUnseen(): Promise<void> {
    let seen = now();
    while (now() - seen < handOverMs) {
      if (this.#isShown()) seen = now();
      await sleep(lookMs, this.#stop.signal);
    }
  }

  #once(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    return new Promise((resolve) => {
      // A group of its own, so that a browser's many processes end together.
      const child = spawn('/bin/sh', ['-c', scriptOf(this.#command), 'sh', this.#address], {
        stdio: ['pipe', 'ignore', 'inherit'],
        detached: true,
      });
      this.#child = child;
      child.once('error', () => resolve({ code: null, signal: null }));
      child.once('exit', (code, signal) => {
        // What it has left behind goes with it; afterwards the number may be another's.
        this.#kill('SIGKILL');
        this.#child = undefined;
        resolve({ code, signal });
      });
      if (child.pid !== undefined) this.#onNews({ type: 'started', pid: child.pid });
    });
  }

  #kill(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // It has ended already.
    }
  }
}

// The first shell becomes the program, without the pipe. The second is of the same group, which therefore is no other's for
// as long as it waits; it reads nothing but the end, since nothing is ever written.
function scriptOf(command: string): string {
  return `exec 3<&0 </dev/null
{ trap '' TERM; read -r end <&3; kill -s TERM 0; sleep ${endMs / 1000}; kill -s KILL 0; } &
exec 3<&-
exec ${command} "$1"`;
}
