import type { InferenceSession as OrtSession } from 'onnxruntime-web';
import { InvalidArgumentError, ModelLoadError, ReflexarcError, UnsupportedError } from '../../core/error.js';
import { isOutOfMemory, memoryFault } from '../../core/model-limits.js';
import type { ExecutionProviderId } from '../../core/runtime-choice.js';
import { identityModel } from '../one-node-model.js';
import { explainRefusal, findModelBytesFault, type ModelBytesFault } from '../onnx-bytes.js';
import { RunQueue } from '../run-queue.js';
import type { OpenOptions, Placement, ProbeReport, Runtime, Session } from '../runtime.js';
import type { Gpu } from './gpu.js';
import { OnnxWebSession, type OrtModule } from './onnx-web-session.js';

/** What onnxruntime-web needs of the place it runs in. */
export interface OnnxWebPlatform {
  /** Imports the build of the package that has this execution provider. Called again after a failure. */
  importOrt(provider: ExecutionProviderId): Promise<OrtModule>;
  /** Tries the runtime without touching this thread's copy of it. Never throws. */
  probe(): Promise<ProbeReport>;
  /** How long the WebAssembly module may take to arrive and start, in ms. */
  startTimeoutMs: number;
  /** How many threads there can be, if fewer than asked for, and why. Absent where any number can be had. */
  limitThreads?(asked: number): { threads: number; limitation?: string };
  /**
   * A graphics device for one session. Absent where there is no WebGPU at all.
   * @throws {UnsupportedError} ERR_UNSUPPORTED there is none now.
   */
  openGpu?(): Promise<Gpu>;
  /** Finds what of the runtime's own files kept it from starting. `undefined` where they are all right. */
  explainStart?(provider: ExecutionProviderId, cause: unknown): Promise<StartFault | undefined>;
}

/** Why the runtime's WebAssembly did not start, as phrases for an error. */
export interface StartFault {
  received: string;
  remedy: string;
}

interface Started {
  queue: RunQueue;
  /** Threads that the WebAssembly module really uses. */
  threads: number;
  limitation: string | undefined;
}

/**
 * Builds of onnxruntime-web that this JavaScript thread runs. A build is one module with one WebAssembly instance and
 * one pool of threads, whoever asks for it.
 */
const starts = new WeakMap<OrtModule, { asked: number; started: Promise<Started> }>();

/**
 * ONNX Runtime compiled to WebAssembly (onnxruntime-web): its WASM execution provider, which needs SIMD, and in a
 * browser its WebGPU one. The package is imported by the first `open`. It has one WebAssembly module per JavaScript
 * thread and build, whose number of threads is fixed by the first model opened there: another number needs a worker
 * of its own.
 */
export class OnnxWebRuntime implements Runtime {
  readonly id = 'onnx-web';
  readonly #platform: OnnxWebPlatform;

  constructor(platform: OnnxWebPlatform) {
    this.#platform = platform;
  }

  probe(): Promise<ProbeReport> {
    return this.#platform.probe();
  }

  /**
   * Tries the execution providers in their order; `placement.limitations` says why one before the last was passed over.
   * @throws {UnsupportedError} ERR_UNSUPPORTED the package is missing or the application was bundled without it, its
   *   WebAssembly does not start, there is no adapter for WebGPU, or this thread already runs the build with another
   *   number of threads.
   */
  async open(model: Uint8Array, name: string, options: OpenOptions): Promise<Session> {
    const { threads, signal, device, executionProviders = ['wasm'] } = options;
    const providers = device === undefined ? executionProviders : [device as ExecutionProviderId];
    signal?.throwIfAborted();
    requireCount('threads', threads);
    requireCount('slots', options.slots);
    const fault = findModelBytesFault(model);
    if (fault) throw new ModelLoadError({ subject: name, expected: 'an ONNX model', ...fault });
    const tried: { executionProvider: string; code: string; problem: string }[] = [];
    let last: unknown;
    for (const provider of providers) {
      try {
        const passedOver = tried.map(({ executionProvider, problem }) => `Not ${executionProvider}: ${problem}`);
        return await this.#openOn(provider, model, name, options, passedOver);
      } catch (error) {
        signal?.throwIfAborted();
        last = error;
        const code = error instanceof ReflexarcError ? error.code : 'none';
        tried.push({ executionProvider: provider, code, problem: error instanceof Error ? error.message : `${error}` });
      }
    }
    // A model that no provider takes is the model's fault, and the last one's words say it.
    if (tried.length === 1 || tried.at(-1)?.code === 'ERR_MODEL_LOAD') throw last;
    throw new UnsupportedError({
      subject: name,
      expected: 'an execution provider that opens it',
      received: tried.map((t) => `${t.executionProvider}: ${t.problem}`).join(' · ') || 'an empty list',
      remedy: 'List other execution providers, or mend what each of them says.',
      details: { tried, supported: this.#supported() },
      cause: last,
    });
  }

  async #openOn(
    provider: ExecutionProviderId,
    model: Uint8Array,
    name: string,
    options: OpenOptions,
    passedOver: readonly string[],
  ): Promise<Session> {
    const platform = this.#platform;
    if (!this.#supported().includes(provider)) throw this.#unsupported(provider);
    // The adapter first: without one, the build for it need not be fetched.
    const gpu = provider === 'webgpu' ? await platform.openGpu?.() : undefined;
    try {
      const ort = await importOrt(platform, provider);
      const { queue, threads, limitation } = await this.#start(ort, provider, options.threads);
      await withinLimit(queue.idle(), platform.startTimeoutMs, stuck);
      const { session, fullyAccelerated } = await queue.take(() => createSession(ort, model, name, gpu));
      try {
        options.signal?.throwIfAborted();
        const limitations = [...passedOver];
        if (limitation) limitations.push(limitation);
        if (gpu?.software) limitations.push(`The WebGPU adapter is a program on the CPU: ${gpu.description}.`);
        if (!fullyAccelerated) limitations.push('Some nodes of the model run on the CPU.');
        const placement: Placement = {
          runtime: this.id,
          version: ort.env.versions.web ?? 'unknown',
          device: gpu ? 'gpu' : 'cpu',
          executionProvider: provider,
          threads,
          simd: gpu ? 'webgpu' : 'wasm-simd',
          fullyAccelerated,
          ...(limitations.length > 0 ? { limitations } : {}),
        };
        return new OnnxWebSession({ ort, queue, gpu }, session, name, options, placement);
      } catch (error) {
        await queue.take(() => session.release());
        throw error;
      }
    } catch (error) {
      gpu?.close();
      throw error;
    }
  }

  #supported(): ExecutionProviderId[] {
    return this.#platform.openGpu ? ['wasm', 'webgpu'] : ['wasm'];
  }

  #unsupported(provider: string): UnsupportedError {
    const supported = this.#supported();
    return new UnsupportedError({
      subject: 'execution provider',
      expected: `one that onnx-web has here (${supported.join(', ')})`,
      received: provider,
      remedy: provider === 'webgpu' ? 'WebGPU is a browser’s; list wasm here, alone or after it.' : 'List wasm.',
      details: { supported },
    });
  }

  async #start(ort: OrtModule, provider: ExecutionProviderId, threads: number): Promise<Started> {
    let start = starts.get(ort);
    if (!start) {
      start = { asked: threads, started: startOrt(ort, provider, this.#platform, threads) };
      starts.set(ort, start);
      // A failure is not kept: the next call tries again.
      start.started.catch(() => starts.delete(ort));
    } else if (threads !== start.asked) {
      throw new UnsupportedError({
        subject: 'threads of onnx-web',
        expected: `${start.asked}, the number that this thread's first model was opened with`,
        received: String(threads),
        remedy: 'Open the model in a worker of its own.',
        details: { supported: [start.asked] },
      });
    }
    return start.started;
  }
}

async function startOrt(
  ort: OrtModule,
  provider: ExecutionProviderId,
  platform: OnnxWebPlatform,
  asked: number,
): Promise<Started> {
  const { threads, limitation } = platform.limitThreads?.(asked) ?? { threads: asked };
  ort.env.logLevel = 'fatal';
  ort.env.wasm.numThreads = threads;
  try {
    // Not env.wasm.initTimeout: its timer is never cleared and would keep a finished process alive.
    const creation = ort.InferenceSession.create(identityModel, sessionOptions(undefined));
    const session = await withinLimit(
      creation,
      platform.startTimeoutMs,
      (ms) => new Error(`no answer within ${ms} ms`),
    );
    const feeds = { x: new ort.Tensor('float32', [0.25], [1]) };
    const answer = (await session.run(feeds)).y?.data[0];
    await session.release();
    if (answer !== 0.25) throw new Error(`an Identity node turned 0.25 into ${String(answer)}`);
    return { queue: new RunQueue(), threads: ort.env.wasm.numThreads ?? 1, limitation };
  } catch (cause) {
    const fault = await platform.explainStart?.(provider, cause);
    throw new UnsupportedError({
      subject: 'onnx-web',
      expected: 'onnxruntime-web to start its WebAssembly module',
      received: fault?.received ?? (cause instanceof Error ? cause.message : String(cause)),
      remedy: `${fault?.remedy ?? 'It needs WebAssembly SIMD and its .wasm file beside it.'} Retry in a new worker or process: a failed start is final for this thread.`,
      details: { supported: [] },
      cause,
    });
  }
}

async function importOrt(platform: OnnxWebPlatform, provider: ExecutionProviderId): Promise<OrtModule> {
  try {
    return await platform.importOrt(provider);
  } catch (cause) {
    if (cause instanceof ReflexarcError) throw cause;
    throw new UnsupportedError({
      subject: 'onnx-web',
      expected: 'the package onnxruntime-web',
      received: cause instanceof Error ? cause.message : String(cause),
      remedy: 'Install it: npm install onnxruntime-web',
      details: { supported: [] },
      cause,
    });
  }
}

/** Quiet: what matters comes as an error, and stdout belongs to the caller. 4 is fatal. */
function sessionOptions(gpu: Gpu | undefined): OrtSession.SessionOptions {
  const executionProviders = gpu ? [{ name: 'webgpu' as const, device: gpu.device }] : ['wasm'];
  return { executionProviders, logSeverityLevel: 4 };
}

async function createSession(
  ort: OrtModule,
  model: Uint8Array,
  name: string,
  gpu: Gpu | undefined,
): Promise<{ session: OrtSession; fullyAccelerated: boolean }> {
  const options = sessionOptions(gpu);
  try {
    if (!gpu) return { session: await ort.InferenceSession.create(model, options), fullyAccelerated: true };
    return await createOnGpu(ort, model, options);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const fault: ModelBytesFault = isOutOfMemory(cause)
      ? memoryFault(cause)
      : explainRefusal(model, message, 'ONNX Runtime Web');
    throw new ModelLoadError({ subject: name, expected: 'an ONNX model', ...fault, cause });
  }
}

// The runtime puts nodes that the GPU cannot run on the CPU without a word; told not to, it says so by refusing.
async function createOnGpu(
  ort: OrtModule,
  model: Uint8Array,
  options: OrtSession.SessionOptions,
): Promise<{ session: OrtSession; fullyAccelerated: boolean }> {
  const strict = { ...options, extra: { session: { disable_cpu_ep_fallback: '1' } } };
  try {
    return { session: await ort.InferenceSession.create(model, strict), fullyAccelerated: true };
  } catch (error) {
    if (!/fallback to CPU EP has been explicitly disabled/.test((error as Error).message)) throw error;
    return { session: await ort.InferenceSession.create(model, options), fullyAccelerated: false };
  }
}

async function withinLimit<T>(promise: Promise<T>, limitMs: number, late: (limitMs: number) => Error): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late(limitMs)), limitMs);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function stuck(limitMs: number): UnsupportedError {
  return new UnsupportedError({
    subject: 'onnx-web',
    expected: 'the runs of other models on this thread to end',
    received: `one that has not for ${limitMs} ms`,
    remedy: 'Open the model in a new worker and end this one.',
    details: { supported: [] },
  });
}

function requireCount(subject: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new InvalidArgumentError({ subject, expected: 'a whole number of at least 1', received: String(value) });
}
