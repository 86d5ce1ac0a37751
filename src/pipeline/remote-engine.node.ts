import { Worker } from 'node:worker_threads';
import * as Comlink from 'comlink/dist/esm/comlink.mjs';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { settledWithin } from '../core/abort.js';
import { now } from '../core/clock.js';
import type { RecoveryDefinition } from '../core/definition.js';
import { ClosedError, DeviceLostError } from '../core/error.js';
import type { EngineDefinition, EngineInfo, FrameInput, Processed } from './engine.js';
import { type EngineChannel, type FrameMessage, type Reply, unpack } from './engine-channel.js';
import { PendingCalls } from './pending-calls.js';
import type { PipelinePhase } from './pipeline.js';
import type { EngineLife } from './supervised-engine.js';
import { lossOf, WorkerPulse } from './worker-pulse.js';

const subject = 'engine worker';

// Buffers that a worker may know at a time: more than there are frames, so that none in use is forgotten.
const knownBuffers = 16;

// How long a native library may take to end a run and free its memory.
const nativeGraceMs = 2000;

/**
 * An engine in a worker thread: one life of it. Frames reach it through shared memory; only messages cross. It hangs
 * when it has frames, and answers none for as long as the definition says.
 */
export class RemoteEngine implements EngineLife {
  readonly hopCopies: readonly string[] = [];
  readonly lost: Promise<DeviceLostError>;
  readonly #worker: Worker;
  readonly #channel: Comlink.Remote<EngineChannel>;
  readonly #calls: PendingCalls;
  readonly #pulse: WorkerPulse;
  // The one used last comes last.
  readonly #known = new Map<SharedArrayBuffer, number>();
  #info!: EngineInfo;
  #buffers = 0;
  #underWay = 0;
  #staging: SharedArrayBuffer[] = [];
  #failed = false;
  #closing: Promise<void> | undefined;

  private constructor(worker: Worker) {
    this.#worker = worker;
    this.#channel = Comlink.wrap<EngineChannel>(nodeEndpoint(worker));
    let settle!: (error: DeviceLostError) => void;
    this.lost = new Promise((resolve) => {
      settle = resolve;
    });
    this.#calls = new PendingCalls((error) => {
      this.#failed = true;
      this.#pulse.stop();
      if (error instanceof DeviceLostError) settle(error);
    });
    this.#pulse = new WorkerPulse(subject, (error) => this.#calls.fail(error));
    const lose = (received: string, cause?: unknown) =>
      this.#calls.fail(lossOf(subject, 'crashed', received, { cause }));
    worker.once('error', (error) => lose(`one that died: ${error.message}`, error));
    worker.once('exit', (code) => lose(`one that ended with code ${code}`));
  }

  /** Starts a worker thread and opens an engine in it. @throws what opening throws, with its class and code. */
  static async open(
    definition: EngineDefinition & { recovery: RecoveryDefinition },
    onProgress: (phase: PipelinePhase) => void = () => {},
    signal?: AbortSignal,
  ): Promise<RemoteEngine> {
    signal?.throwIfAborted();
    const worker = new Worker(new URL('./engine-worker.node.js', import.meta.url), { name: 'reflexarc-engine' });
    const life = new RemoteEngine(worker);
    return life.#calls.open(life, () => life.#open(definition, onProgress), signal);
  }

  async #open(
    definition: EngineDefinition & { recovery: RecoveryDefinition },
    onProgress: (phase: PipelinePhase) => void,
  ): Promise<void> {
    const { recovery } = definition;
    this.#pulse.open(recovery);
    let warmUp = now();
    const progress = (phase: PipelinePhase) => {
      this.#pulse.feed();
      if (phase === 'warm-up') warmUp = now();
      onProgress(phase);
    };
    const opening = this.#channel.open(definition, Comlink.proxy(progress));
    this.#info = unpack<EngineInfo>(await this.#calls.guard<Reply<EngineInfo>>(opening));
    this.#pulse.settle(recovery, now() - warmUp);
    this.#pulse.stop();
  }

  get info(): EngineInfo {
    return this.#info;
  }

  async process(slot: number, frame: FrameInput): Promise<Processed> {
    const message = this.#message(slot, frame);
    // An engine without frames has nothing to say.
    if (this.#underWay++ === 0) this.#pulse.start();
    try {
      const reply = await this.#calls.guard<Reply<Processed>>(this.#channel.process(slot, message));
      this.#pulse.feed();
      return unpack<Processed>(reply);
    } catch (error) {
      if (error instanceof DeviceLostError) this.#calls.fail(error);
      throw error;
    } finally {
      if (--this.#underWay === 0) this.#pulse.stop();
    }
  }

  #message(slot: number, frame: FrameInput): FrameMessage {
    const { data, id, format, codedWidth, codedHeight, rotation, flip, strideBytes, planes, colorSpace, captureTime } =
      frame;
    let shared = data.buffer;
    let byteOffset = data.byteOffset;
    if (!(shared instanceof SharedArrayBuffer)) {
      shared = this.#stage(slot, data);
      byteOffset = 0;
    }
    return {
      id,
      format,
      codedWidth,
      codedHeight,
      rotation,
      flip,
      strideBytes,
      planes,
      colorSpace,
      captureTime,
      byteOffset,
      byteLength: data.byteLength,
      ...this.#introduce(shared),
    };
  }

  // The worker is given a buffer once, and told to forget the one that was not used for longest.
  #introduce(memory: SharedArrayBuffer): Pick<FrameMessage, 'buffer' | 'memory' | 'forget'> {
    const number = this.#known.get(memory);
    if (number !== undefined) {
      this.#known.delete(memory);
      this.#known.set(memory, number);
      return { buffer: number };
    }
    const buffer = this.#buffers++;
    this.#known.set(memory, buffer);
    if (this.#known.size <= knownBuffers) return { buffer, memory };
    const [oldest, forget] = this.#known.entries().next().value as [SharedArrayBuffer, number];
    this.#known.delete(oldest);
    return { buffer, memory, forget };
  }

  // A source that brings its own memory costs one copy into memory that the worker sees, one buffer per slot.
  #stage(slot: number, data: Uint8Array): SharedArrayBuffer {
    let buffer = this.#staging[slot];
    if (!buffer || buffer.byteLength < data.byteLength) {
      buffer = new SharedArrayBuffer(data.byteLength);
      this.#staging[slot] = buffer;
      (this.hopCopies as string[])[0] = 'frame → shared memory';
    }
    new Uint8Array(buffer).set(data);
    return buffer;
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  // Ending the thread is the hard stop for a run that cannot be interrupted, and frees all its memory at once; but not what a
  // native library allocated, which is asked to give it back, nor can it interrupt such a library.
  async #end(): Promise<void> {
    const native = this.#info !== undefined && this.#info.runtime.runtime !== 'onnx-web';
    if (native && !this.#failed) await settledWithin(this.#channel.close(), nativeGraceMs);
    this.#calls.fail(new ClosedError({ subject: 'engine', expected: 'an open one', received: 'a closed one' }));
    this.#channel[Comlink.releaseProxy]();
    const ending = this.#worker.terminate();
    if (native) this.#worker.unref();
    await (native ? settledWithin(ending, nativeGraceMs) : ending);
    this.#staging = [];
    this.#known.clear();
  }
}
