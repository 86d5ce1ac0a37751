import { Worker } from 'node:worker_threads';
import * as Comlink from 'comlink/dist/esm/comlink.mjs';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { DeviceLostError } from '../core/error.js';
import type { Engine, EngineDefinition, EngineInfo, FrameInput, Processed } from './engine.js';
import { type EngineChannel, type FrameMessage, type Reply, unpack } from './engine-channel.js';
import { PendingCalls } from './pending-calls.js';
import type { PipelinePhase } from './pipeline.js';

/** An engine in a worker thread. Frames reach it through shared memory; only messages cross. */
export class RemoteEngine implements Engine {
  readonly hopCopies: readonly string[] = [];
  readonly info: EngineInfo;
  readonly #worker: Worker;
  readonly #channel: Comlink.Remote<EngineChannel>;
  readonly #calls: PendingCalls;
  readonly #known = new WeakMap<SharedArrayBuffer, number>();
  #buffers = 0;
  #staging: SharedArrayBuffer[] = [];
  #closing: Promise<void> | undefined;

  private constructor(worker: Worker, channel: Comlink.Remote<EngineChannel>, calls: PendingCalls, info: EngineInfo) {
    this.#worker = worker;
    this.#channel = channel;
    this.#calls = calls;
    this.info = info;
  }

  /** Starts a worker thread and opens an engine in it. @throws what opening throws, with its class and code. */
  static async open(
    definition: EngineDefinition,
    onProgress: (phase: PipelinePhase) => void = () => {},
    signal?: AbortSignal,
  ): Promise<RemoteEngine> {
    const worker = new Worker(new URL('./engine-worker.node.js', import.meta.url), { name: 'reflexarc-engine' });
    const calls = watch(worker);
    const abort = () => calls.fail(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    const channel = Comlink.wrap<EngineChannel>(nodeEndpoint(worker));
    try {
      signal?.throwIfAborted();
      const info = unpack<EngineInfo>(
        await calls.guard<Reply<EngineInfo>>(channel.open(definition, Comlink.proxy(onProgress))),
      );
      return new RemoteEngine(worker, channel, calls, info);
    } catch (error) {
      await worker.terminate();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  async process(slot: number, frame: FrameInput): Promise<Processed> {
    const message = this.#message(slot, frame);
    return unpack<Processed>(await this.#calls.guard<Reply<Processed>>(this.#channel.process(slot, message)));
  }

  #message(slot: number, frame: FrameInput): FrameMessage {
    const { data, id, format, codedWidth, codedHeight, strideBytes, planes, colorSpace, captureTime } = frame;
    let shared = data.buffer;
    let byteOffset = data.byteOffset;
    if (!(shared instanceof SharedArrayBuffer)) {
      shared = this.#stage(slot, data);
      byteOffset = 0;
    }
    let buffer = this.#known.get(shared);
    const first = buffer === undefined;
    if (buffer === undefined) {
      buffer = this.#buffers++;
      this.#known.set(shared, buffer);
    }
    const message: FrameMessage = {
      id,
      format,
      codedWidth,
      codedHeight,
      strideBytes,
      planes,
      colorSpace,
      captureTime,
      buffer,
      byteOffset,
      byteLength: data.byteLength,
    };
    if (first) message.memory = shared;
    return message;
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

  // Ending the thread is the hard stop for a run that cannot be interrupted, and frees all its memory at once.
  async #end(): Promise<void> {
    this.#channel[Comlink.releaseProxy]();
    await this.#worker.terminate();
    this.#staging = [];
  }
}

// Tells the calls under way when the thread ends.
function watch(worker: Worker): PendingCalls {
  const calls = new PendingCalls();
  const lost = (received: string, cause?: unknown) =>
    calls.fail(
      new DeviceLostError({
        subject: 'engine worker',
        expected: 'a running thread',
        received,
        remedy: 'Create the pipeline again.',
        cause,
      }),
    );
  worker.once('error', (error) => lost(`one that died: ${error.message}`, error));
  worker.once('exit', (code) => lost(`one that ended with code ${code}`));
  return calls;
}
