import { type ChildProcess as NodeProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { settledWithin } from '../../core/abort.js';
import type { ChildNews, ChildOrder } from './child-channel.js';
import { childEnvironment } from './child-environment.node.js';
import { lastLines } from './last-lines.node.js';

/** How a child is started. */
export interface ChildProcessOptions {
  /** Descriptor of the ring's memory. */
  memory: number;
  environment?: Readonly<Record<string, string>>;
  user?: { uid: number; gid: number };
}

/** How a child ended. */
export interface ChildEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The last lines that it, or a library in it, printed. */
  output: readonly string[];
  /** Why it was never started. */
  cause?: Error;
}

// What a child has to end what it does, before it is asked by a signal, and before it is ended.
const orderGraceMs = 2000;
const signalGraceMs = 500;
// A process that a driver holds does not even obey SIGKILL; what it printed comes soon after its end.
const killGraceMs = 2000;
const outputGraceMs = 200;

/** A process with pipes: orders and news, the doorbell, what it prints. */
export class ChildProcess {
  readonly startedAt = Date.now();
  /** Never rejects. */
  readonly ended: Promise<ChildEnd>;
  readonly #process: NodeProcess;
  #over = false;

  constructor({ memory, environment, user }: ChildProcessOptions, onNews: (news: ChildNews) => void) {
    const entry = fileURLToPath(new URL('./child-main.node.js', import.meta.url));
    this.#process = spawn(process.execPath, [entry], {
      stdio: ['ignore', 'pipe', 'pipe', memory, 'pipe', 'ipc'],
      env: childEnvironment(environment),
      serialization: 'advanced',
      ...user,
    });
    this.#process.on('message', onNews);
    const output = lastLines([this.#process.stdout, this.#process.stderr]);
    this.doorbell?.on('error', () => {});
    this.ended = new Promise((resolve) => {
      const settle = (end: ChildEnd) => {
        this.#over = true;
        this.doorbell?.destroy();
        resolve(end);
      };
      this.#process.once('error', (cause) => settle({ code: null, signal: null, output, cause }));
      this.#process.once('exit', async (code, signal) => {
        const printed = new Promise((done) => this.#process.once('close', done));
        this.doorbell?.destroy();
        await settledWithin(printed, outputGraceMs);
        settle({ code, signal, output });
      });
    });
  }

  get pid(): number | null {
    return this.#process.pid ?? null;
  }

  /** Both ends write; undefined where the process was not started. */
  get doorbell(): Socket | undefined {
    return this.#process.stdio?.[4] as Socket | undefined;
  }

  order(order: ChildOrder): void {
    if (this.#process.connected) this.#process.send(order, () => {});
  }

  /** Ends it at once. Settles when it is gone, or does not even go then. */
  async kill(): Promise<void> {
    if (this.#over) return;
    this.#process.kill('SIGKILL');
    await settledWithin(this.ended, killGraceMs);
  }

  /** Asks it to end, and ends it where it does not. */
  async close(): Promise<void> {
    this.order({ type: 'close' });
    await settledWithin(this.ended, orderGraceMs);
    if (this.#over) return;
    this.#process.kill('SIGTERM');
    await settledWithin(this.ended, signalGraceMs);
    await this.kill();
  }
}
