import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { RunTime } from './run-time.js';

/** Why a peer gave no answer; the message is for people. */
export class PeerFailure extends Error {
  override readonly name = 'PeerFailure';
}

/** What a peer says first. */
export type PeerGreeting = { version: string } | { missing: string };

interface Answer {
  message: Record<string, unknown>;
  bytes: Uint8Array;
}

const newline = 10;

/**
 * A library to compare with, in a process of its own, so that it cannot take this one with it, nor share its allocator, its
 * compiler's caches or another copy of itself with it. Messages are lines of JSON, with `bytes` that many bytes follow;
 * test/bench/peers/serve.mjs is the other end.
 */
export class PeerProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #command: string;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => this.#end(this.#signal?.reason);
  #waiting: { resolve(answer: Answer): void; reject(error: unknown): void } | undefined;
  #answers: Answer[] = [];
  #failure: unknown;
  // Why there is no process.
  #absent: PeerFailure | undefined;
  #stderr = '';
  // What has come of the answer that is being read.
  #chunks: Buffer[] = [];
  #length = 0;
  #message: Record<string, unknown> | undefined;

  /** Starts it. @param timeoutMs how long it may take over an answer. */
  constructor(command: string, args: readonly string[], signal?: AbortSignal, timeoutMs = 60_000) {
    this.#command = command;
    this.#timeoutMs = timeoutMs;
    this.#signal = signal;
    // One thread each: libvips, OpenMP and OpenBLAS take as many as there are.
    const env = { ...process.env, VIPS_CONCURRENCY: '1', OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env });
    this.#child.on('error', (error) => {
      if (this.#child.pid === undefined) this.#absent = new PeerFailure(`${command} does not start: ${error.message}`);
      this.#end(this.#absent ?? new PeerFailure(`${command}: ${error.message}`));
    });
    this.#child.on('close', (code, ended) => {
      const last = this.#stderr.trim().split('\n').at(-1);
      this.#end(new PeerFailure(`it ended with ${ended ?? code}${last ? `: ${last.slice(0, 300)}` : ''}`));
    });
    this.#child.stdin.on('error', () => {});
    this.#child.stdout.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-4000);
    });
    signal?.addEventListener('abort', this.#onAbort);
    if (signal?.aborted) this.#onAbort();
  }

  /**
   * Its version, or what it lacks; where there is no such program, that.
   * @throws {PeerFailure} as all of these, and the signal's reason once it is aborted.
   */
  async greeting(): Promise<PeerGreeting> {
    const answer = await this.#next().catch((error: unknown) => {
      if (!this.#absent || error !== this.#absent) throw error;
      return { message: { missing: this.#absent.message } };
    });
    const message: Record<string, unknown> = answer.message;
    if (typeof message.version === 'string') return { version: message.version };
    if (typeof message.missing === 'string') return { missing: message.missing };
    throw new PeerFailure('it began with something else than its version');
  }

  /** Gives it a case and a picture, of which it makes `frames` copies. Gives the tensor, or why it makes none. */
  async prepare(
    description: object,
    frames: number,
    picture: Uint8Array,
  ): Promise<Uint8Array | { unsupported: string }> {
    const header = { prepare: description, frames, bytes: picture.byteLength };
    const { message, bytes } = await this.#ask(header, picture);
    return typeof message.unsupported === 'string' ? { unsupported: message.unsupported } : bytes;
  }

  /** Runs the case once and then `runs` times, of which it gives the times. */
  async time(runs: number): Promise<RunTime[]> {
    const { ms, cpuMs } = await this.measure(runs);
    const times = (list: unknown): list is number[] =>
      Array.isArray(list) && list.length === runs && list.every((each) => each >= 0);
    if (times(ms) && times(cpuMs)) return ms.map((each, i) => ({ ms: each, cpuMs: cpuMs[i] }));
    throw new PeerFailure(`it answered with something else than ${runs} times`);
  }

  /** What a peer with figures of its own says of `runs` runs. */
  async measure(runs: number): Promise<Record<string, unknown>> {
    return (await this.#ask({ time: runs })).message;
  }

  /** Ends it; closing twice does nothing. */
  close(): void {
    this.#end(new PeerFailure('it was closed'));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #ask(header: object, bytes?: Uint8Array): Promise<Answer> {
    if (this.#failure === undefined) {
      this.#child.stdin.write(`${JSON.stringify(header)}\n`);
      if (bytes) this.#child.stdin.write(bytes);
    }
    return this.#next();
  }

  async #next(): Promise<Answer> {
    const answer = this.#answers.shift();
    if (answer) return answer;
    if (this.#failure !== undefined) throw this.#failure;
    const late = setTimeout(() => {
      this.#end(new PeerFailure(`${this.#command} gave no answer within ${this.#timeoutMs / 1000} s`));
    }, this.#timeoutMs);
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting = { resolve, reject };
      });
    } finally {
      clearTimeout(late);
      this.#waiting = undefined;
    }
  }

  #read(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    for (;;) {
      if (!this.#message) {
        const held = this.#chunks.length > 1 ? Buffer.concat(this.#chunks) : (this.#chunks[0] ?? Buffer.alloc(0));
        const end = held.indexOf(newline);
        this.#hold(held);
        if (end < 0) return;
        const line = held.subarray(0, end).toString();
        this.#hold(held.subarray(end + 1));
        try {
          this.#message = JSON.parse(line) as Record<string, unknown>;
        } catch {
          this.#end(new PeerFailure(`it wrote what is no message: ${line.slice(0, 100)}`));
          return;
        }
      }
      const wanted = Number(this.#message.bytes ?? 0);
      if (this.#length < wanted) return;
      const held = Buffer.concat(this.#chunks);
      // A copy of its own, aligned for any element.
      const answer = { message: this.#message, bytes: Uint8Array.from(held.subarray(0, wanted)) };
      this.#message = undefined;
      this.#hold(held.subarray(wanted));
      if (this.#waiting) this.#waiting.resolve(answer);
      else this.#answers.push(answer);
      if (this.#length === 0) return;
    }
  }

  #hold(rest: Buffer): void {
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#length = rest.length;
  }

  #end(failure: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = failure;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#child.kill('SIGKILL');
    this.#waiting?.reject(failure);
  }
}
