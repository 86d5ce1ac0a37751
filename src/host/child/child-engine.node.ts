import { deserialize } from 'node:v8';
import { now } from '../../core/clock.js';
import type { RecoveryDefinition } from '../../core/definition.js';
import { ClosedError, DeviceLostError, deserializeError } from '../../core/error.js';
import type { EngineDefinition, EngineInfo, FrameInput, Processed } from '../../pipeline/engine.js';
import { type Reply, unpack } from '../../pipeline/engine-channel.js';
import { PendingCalls } from '../../pipeline/pending-calls.js';
import type { PipelinePhase } from '../../pipeline/pipeline.js';
import type { EngineLife } from '../../pipeline/supervised-engine.js';
import { lossOf, WorkerPulse } from '../../pipeline/worker-pulse.js';
import { monotonicOffset } from '../monotonic.node.js';
import { readAnswers, ringing } from '../ring/doorbell.node.js';
import type { HostRing } from '../ring/host-ring.node.js';
import type { Scheduling, SchedulingAnswer } from '../scheduling/scheduling.js';
import type { ChildNews } from './child-channel.js';
import { type ChildEnd, ChildProcess, type ChildProcessOptions } from './child-process.node.js';

/** What a child is started with. */
export interface ChildEngineOptions extends Omit<ChildProcessOptions, 'memory'> {
  ring: HostRing;
  /** With one runtime; without it the child has no engine, for measuring the ring alone. */
  definition?: EngineDefinition;
  recovery: RecoveryDefinition;
  store?: string;
  scheduling?: Scheduling;
  onProgress?(phase: PipelinePhase): void;
  /** Called once its process is started. */
  onStart?(pid: number | null, startedAt: number): void;
  /** Called when the process of that number is gone. */
  onEnd?(pid: number | null): void;
  signal?: AbortSignal;
}

// A call under way, and the slot that it keeps.
interface Answer {
  ringSlot: number;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

const longestBeatMs = 50;
const beatsPerLimit = 40;

/**
 * An engine in a child process: one life of it. Frames lie in the ring, and a doorbell says so. It hangs when a heartbeat stands still
 * for as long as the definition says; a library that hangs stops that of the worker, a stopped process both.
 */
export class ChildEngine implements EngineLife {
  readonly hopCopies: readonly string[] = [];
  readonly lost: Promise<DeviceLostError>;
  readonly lane: number;
  readonly #ring: HostRing;
  readonly #process: ChildProcess;
  readonly #calls: PendingCalls;
  readonly #pulses: readonly [main: WorkerPulse, worker: WorkerPulse];
  readonly #answers = new Map<number, Answer>();
  #failure: { error: unknown } | undefined;
  readonly #subject: string;
  #info: EngineInfo | undefined;
  #scheduling: readonly SchedulingAnswer[] = [];
  #lastCall = 0;
  #opened: ((news: Extract<ChildNews, { type: 'ready' | 'failed' }>) => void) | undefined;
  #onProgress: (phase: PipelinePhase) => void = () => {};
  #started = false;
  #ready = false;
  #lost = false;
  #closing: Promise<void> | undefined;

  private constructor(options: ChildEngineOptions) {
    const { ring, definition, recovery, store, scheduling, onStart, onEnd } = options;
    this.#ring = ring;
    this.#subject = `child of ${definition?.runtime[0] ?? 'the ring'}`;
    const { lane, generation } = ring.takeLane();
    this.lane = lane;
    let settle!: (error: DeviceLostError) => void;
    this.lost = new Promise((resolve) => {
      settle = resolve;
    });
    this.#calls = new PendingCalls((error) => {
      this.#failure = { error };
      for (const pulse of this.#pulses) pulse.stop();
      for (const { reject } of this.#answers.values()) reject(error);
      if (!(error instanceof DeviceLostError)) return;
      this.#lost = true;
      settle(error);
    });
    const fail = (error: DeviceLostError) => this.#calls.fail(error);
    this.#pulses = [
      new WorkerPulse(
        this.#subject,
        fail,
        this.#listener('mainBeat', () => this.#hearMain(recovery.hangMs)),
      ),
      new WorkerPulse(
        this.#subject,
        fail,
        this.#listener('workerBeat', () => this.#pulses[1].saw()),
      ),
    ];
    try {
      this.#process = new ChildProcess({ ...options, memory: ring.fd }, (news) => this.#hear(news));
    } catch (cause) {
      // What Node does not tell by an event: no right to be that user, for one.
      ring.releaseLane(lane);
      throw this.#lossOf({ code: null, signal: null, output: [], cause: cause as Error });
    }
    const { pid, startedAt } = this.#process;
    onStart?.(pid, startedAt);
    this.#process.ended.then((end) => {
      fail(this.#lossOf(end));
      for (const { ringSlot } of this.#answers.values()) {
        // The next child of this lane must not find a frame that was another's.
        ring.ring.setState(ringSlot, 'ERROR');
        ring.frames.settle(ringSlot);
      }
      this.#answers.clear();
      ring.releaseLane(lane);
      onEnd?.(pid);
    });
    const take = readAnswers((call, payload) => this.#take(call, deserialize(payload)));
    this.#process.doorbell?.on('data', (chunk: Uint8Array) => {
      try {
        take(chunk);
      } catch (error) {
        fail(lossOf(this.#subject, 'crashed', (error as Error).message, { cause: error }));
      }
    });
    const beatMs = Math.min(longestBeatMs, recovery.hangMs / beatsPerLimit);
    const task = { daemonPid: process.pid, ringBytes: ring.byteLength, lane, generation, beatMs };
    this.#process.order({ type: 'open', task: { ...task, definition, store, scheduling } });
  }

  /**
   * Starts a child and opens its engine. @throws what opening throws, with its class and code.
   * @throws {DeviceLostError} ERR_DEVICE_LOST it died or hung over that; `details.output` has what it printed last.
   */
  static async open(options: ChildEngineOptions): Promise<ChildEngine> {
    const { signal, recovery, onProgress } = options;
    signal?.throwIfAborted();
    const life = new ChildEngine(options);
    return life.#calls.open(life, () => life.#open(recovery, onProgress), signal);
  }

  async #open(recovery: RecoveryDefinition, onProgress: (phase: PipelinePhase) => void = () => {}): Promise<void> {
    const [main, worker] = this.#pulses;
    const { hangMs } = recovery;
    main.start(Math.max(firstBeatMs, hangMs));
    worker.open(recovery);
    let warmUp = now();
    this.#onProgress = (phase) => {
      if (phase === 'warm-up') warmUp = now();
      onProgress(phase);
    };
    const news = await this.#calls.guard(
      new Promise<Extract<ChildNews, { type: 'ready' | 'failed' }>>((resolve) => {
        this.#opened = resolve;
      }),
    );
    if (news.type === 'failed') throw deserializeError(news.error);
    this.#info = news.info ?? undefined;
    this.#scheduling = news.scheduling;
    this.#ready = true;
    main.start(hangMs);
    worker.settle(recovery, now() - warmUp);
  }

  get info(): EngineInfo {
    if (!this.#info) throw new ClosedError({ subject: this.#subject, expected: 'an engine', received: 'none' });
    return this.#info;
  }

  get pid(): number | null {
    return this.#process.pid;
  }

  /** What the kernel said to the wishes. */
  get scheduling(): readonly SchedulingAnswer[] {
    return this.#scheduling;
  }

  async process(slot: number, frame: FrameInput): Promise<Processed> {
    const processed = (await this.send(slot, frame)) as Processed;
    return { ...processed, startTime: processed.startTime + monotonicOffset };
  }

  /** Puts a frame into the ring, unless it lies there, and waits for what the child says of it. */
  async send(slot: number, frame: FrameInput): Promise<unknown> {
    if (this.#failure) throw this.#failure.error;
    const { ring, frames } = this.#ring;
    const { data, captureTime } = frame;
    let ringSlot = ring.slotOf(data);
    if (ringSlot === undefined) {
      ringSlot = frames.stage(data);
      (this.hopCopies as string[])[0] = 'frame → ring';
    }
    const call = ++this.#lastCall | 0;
    frames.engage(ringSlot);
    const shown = { ...pick(frame), byteLength: data.byteLength };
    const captured = captureTime === undefined ? undefined : captureTime - monotonicOffset;
    const place = { lane: this.lane, call, engineSlot: slot };
    ring.enqueue(ringSlot, { ...shown, captureTime: captured }, place, now() - monotonicOffset);
    this.#process.doorbell?.write(ringing({ call, ringSlot, engineSlot: slot }));
    return new Promise((resolve, reject) => this.#answers.set(call, { ringSlot, resolve, reject }));
  }

  #take(call: number, reply: Reply<unknown>): void {
    const answer = this.#answers.get(call);
    if (!answer) return;
    this.#answers.delete(call);
    this.#ring.frames.settle(answer.ringSlot);
    try {
      answer.resolve(unpack(reply));
    } catch (error) {
      answer.reject(error);
      if (error instanceof DeviceLostError) this.#calls.fail(error);
    }
  }

  /** Ends the process: one that is lost or not ready at once, another one when it has closed its engine. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    const useless = this.#lost || !this.#ready;
    this.#calls.fail(new ClosedError({ subject: 'engine', expected: 'an open one', received: 'a closed one' }));
    await (useless ? this.#process.kill() : this.#process.close());
  }

  #hear(news: ChildNews): void {
    if (news.type === 'progress') {
      this.#pulses[1].feed();
      this.#onProgress(news.phase);
    } else if (news.type === 'ready') this.#opened?.(news);
    else if (news.type === 'failed') this.#opened?.(news);
    else if (news.type === 'crashed') {
      const cause = deserializeError(news.error);
      this.#calls.fail(lossOf(this.#subject, 'crashed', news.error.message, { cause }));
    }
  }

  // A process has its time to start; from its first beat on it must not pause.
  #hearMain(hangMs: number): void {
    if (this.#started) this.#pulses[0].saw();
    else this.#pulses[0].start(hangMs);
    this.#started = true;
  }

  // A sign is a heartbeat that has gone on since the last look.
  #listener(field: 'mainBeat' | 'workerBeat', onSign: () => void): () => Promise<void> {
    let last = this.#ring.ring.lane(this.lane, field);
    return async () => {
      const beat = this.#ring.ring.lane(this.lane, field);
      if (beat !== last) onSign();
      last = beat;
    };
  }

  #lossOf({ code, signal, output, cause }: ChildEnd): DeviceLostError {
    const how = cause
      ? `one that did not start: ${cause.message}`
      : signal
        ? `one ended by ${signal}`
        : `one that ended with code ${code}`;
    const when = this.#ready ? '' : ' before it was ready';
    return new DeviceLostError({
      subject: this.#subject,
      expected: 'one that runs',
      received: output.length > 0 ? `${how}${when}, saying last: ${output.at(-1)}` : `${how}${when}`,
      remedy: cause
        ? 'See that this process may start others, and as the `user` that it was given.'
        : 'See `details.output` for what it printed. Another runtime in the definition would take over.',
      details: { reason: 'crashed', code, signal, output: [...output] },
      cause,
    });
  }
}

/** How long a process may take to start. */
const firstBeatMs = 20_000;

function pick({ id, format, codedWidth, codedHeight, rotation, flip, strideBytes, planes, colorSpace }: FrameInput) {
  return { id, format, codedWidth, codedHeight, rotation, flip, strideBytes, planes, colorSpace };
}
