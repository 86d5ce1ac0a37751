import { spawnSync } from 'node:child_process';
import { sleep } from '../core/abort.js';
import { now } from '../core/clock.js';
import { InvalidArgumentError } from '../core/error.js';
import { type ProgramEnd, ShellProgram, withWord } from './shell-program.node.js';

// A program that has run for so long was well: the next wait is the first again.
const wellMs = 30_000;
const firstWaitMs = 500;
const longestWaitMs = 30_000;
// A program that ends well so soon has given the address to one that runs, if a page is there or comes soon.
const handOverMs = 5000;
const lookMs = 500;

/** What became of a companion. */
export type CompanionNews = { type: 'started'; pid: number } | ({ type: 'ended'; waitMs: number } & ProgramEnd);

/**
 * A program that belongs to a daemon, such as a kiosk's browser: started with an address as its last argument, again with
 * back-off whenever it ends, and ended with the daemon, however that ends. One that outlived a daemon that was killed would
 * show a stale page, and keep the next browser from its profile: Chromium then refuses to start, or gives its address to
 * the old one.
 */
export class Companion {
  readonly #command: string;
  readonly #address: string;
  readonly #isShown: () => boolean;
  readonly #onNews: (news: CompanionNews) => void;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  // The one that runs, and those that have left something behind that does: a launcher's browser.
  readonly #programs = new Set<ShellProgram>();

  /**
   * @param command a line for the shell; the address follows it as its last word, and everybody can read it there.
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

  /** Checks a line for the shell. @returns it. @throws {InvalidArgumentError} ERR_ARGUMENT one that no address can follow. */
  static requireCommand(line: string): string {
    const bare = line.trim();
    const { stderr } = spawnSync('/bin/sh', ['-n', '-c', withWord(line)], { encoding: 'utf8' });
    const wrong = /[&;|]$/.test(bare) ? `"${line}", after which a new command begins` : stderr?.trim();
    if (bare !== '' && !wrong) return line;
    throw new InvalidArgumentError({
      subject: '--open',
      expected: 'a command for the shell that the address can follow as its last word, such as "chromium --kiosk"',
      received: bare === '' ? 'an empty text' : wrong || `"${line}"`,
      remedy: 'Name a browser; whatever takes more than a line goes into a script.',
    });
  }

  /** Ends the program, and whatever it has started. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.#programs].map((program) => program.end()));
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let waitMs = firstWaitMs;
    while (!signal.aborted) {
      const began = now();
      const program = new ShellProgram(this.#command, this.#address);
      this.#programs.add(program);
      if (program.pid !== undefined) this.#onNews({ type: 'started', pid: program.pid });
      const end = await program.ended;
      if (signal.aborted) return;
      if (end.code === 0) {
        const handedOver = now() - began < handOverMs || (await program.hasProcesses());
        if (handedOver) await this.#untilUnseen();
      } else {
        // What a crash has left would keep the next one from its profile.
        program.kill();
        this.#programs.delete(program);
      }
      await this.#forgetEmpty();
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

  async #forgetEmpty(): Promise<void> {
    for (const program of this.#programs) {
      if ((await program.hasProcesses()) !== false || this.#stop.signal.aborted) continue;
      program.kill();
      this.#programs.delete(program);
    }
  }
}
