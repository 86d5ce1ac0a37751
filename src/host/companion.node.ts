import { type ChildProcess, spawn } from 'node:child_process';
import { sleep } from '../core/abort.js';
import { now } from '../core/clock.js';

// A program that has run for so long was well: the next wait is the first again.
const wellMs = 30_000;
const firstWaitMs = 500;
const longestWaitMs = 30_000;
const endMs = 3000;

/** What became of a companion. */
export type CompanionNews =
  | { type: 'started'; pid: number }
  | { type: 'ended'; code: number | null; signal: NodeJS.Signals | null; waitMs: number };

/**
 * A program that belongs to a daemon, such as a kiosk's browser: started with the address of the app shell as its last
 * argument, again with back-off whenever it ends, and ended with the daemon.
 */
export class Companion {
  readonly #command: string;
  readonly #address: string;
  readonly #onNews: (news: CompanionNews) => void;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #child: ChildProcess | undefined;

  /** @param command a line for the shell; the address follows it as one word. */
  constructor(command: string, address: string, onNews: (news: CompanionNews) => void = () => {}) {
    this.#command = command;
    this.#address = address;
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
      waitMs = now() - began >= wellMs ? firstWaitMs : Math.min(longestWaitMs, waitMs * 2);
      this.#onNews({ type: 'ended', ...end, waitMs });
      await sleep(waitMs, signal);
    }
  }

  #once(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    return new Promise((resolve) => {
      // A group of its own, so that a browser's many processes end together. The address holds the token: it is no part of
      // the shell's text, and the environment has nothing of it.
      const child = spawn('/bin/sh', ['-c', `exec ${this.#command} "$1"`, 'sh', this.#address], {
        stdio: ['ignore', 'ignore', 'inherit'],
        detached: true,
      });
      this.#child = child;
      child.once('error', () => resolve({ code: null, signal: null }));
      child.once('exit', (code, signal) => {
        // What it has left behind goes with it.
        this.#kill('SIGKILL');
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
