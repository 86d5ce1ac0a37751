import type { InferenceSession as OrtSession } from 'onnxruntime-web';
import { InvalidArgumentError, ModelLoadError, UnsupportedError } from '../../core/error.js';
import type { OpenOptions, ProbeReport, Runtime, Session } from '../runtime.js';
import { identityModel } from './identity-model.js';
import { explainRefusal, findModelBytesFault } from './model-bytes.js';
import { OnnxWebSession, type OrtModule } from './onnx-web-session.js';

/** What onnxruntime-web needs of the place it runs in. */
export interface OnnxWebPlatform {
  /** Imports the package. Called again after a failure. */
  importOrt(): Promise<OrtModule>;
  /** Tries the runtime without touching this thread's copy of it. Never throws. */
  probe(): Promise<ProbeReport>;
  /** How long the WebAssembly module may take to start, in ms. */
  startTimeoutMs: number;
}

interface Started {
  ort: OrtModule;
  /** Threads that the WebAssembly module really uses. */
  threads: number;
}

/** Quiet: what matters comes as an error, and stdout belongs to the caller. 4 is fatal. */
const sessionOptions: OrtSession.SessionOptions = { executionProviders: ['wasm'], logSeverityLevel: 4 };

/**
 * ONNX Runtime compiled to WebAssembly (onnxruntime-web, WASM execution provider; the build needs SIMD).
 * The package is imported by the first `open`. It has one WebAssembly module per JavaScript thread, whose number of
 * threads is fixed by the first model opened there: another number needs a worker of its own.
 */
export class OnnxWebRuntime implements Runtime {
  readonly id = 'onnx-web';
  readonly #platform: OnnxWebPlatform;
  #started: Promise<Started> | undefined;
  #requestedThreads = 0;

  constructor(platform: OnnxWebPlatform) {
    this.#platform = platform;
  }

  probe(): Promise<ProbeReport> {
    return this.#platform.probe();
  }

  /**
   * @throws {UnsupportedError} ERR_UNSUPPORTED the package is missing, its WebAssembly does not start, or this thread
   *   already runs it with another number of threads.
   */
  async open(model: Uint8Array, name: string, options: OpenOptions): Promise<Session> {
    const { threads, signal } = options;
    signal?.throwIfAborted();
    requireCount('threads', threads);
    requireCount('slots', options.slots);
    const fault = findModelBytesFault(model);
    if (fault) throw new ModelLoadError({ subject: name, expected: 'an ONNX model', ...fault });
    const started = await this.#start(threads);
    const session = await createSession(started.ort, model, name);
    try {
      signal?.throwIfAborted();
      return new OnnxWebSession(started.ort, session, name, options, {
        runtime: this.id,
        version: started.ort.env.versions.web ?? 'unknown',
        device: 'cpu',
        executionProvider: 'wasm',
        threads: started.threads,
        simd: 'wasm-simd',
        fullyAccelerated: true,
      });
    } catch (error) {
      await session.release();
      throw error;
    }
  }

  async #start(threads: number): Promise<Started> {
    if (!this.#started) {
      this.#requestedThreads = threads;
      this.#started = startOrt(this.#platform, threads);
      // A failure is not kept: the next call tries again.
      this.#started.catch(() => {
        this.#started = undefined;
      });
    } else if (threads !== this.#requestedThreads) {
      throw new UnsupportedError({
        subject: 'threads of onnx-web',
        expected: `${this.#requestedThreads}, the number that this thread's first model was opened with`,
        received: String(threads),
        remedy: 'Open the model in a worker of its own.',
        details: { supported: [this.#requestedThreads] },
      });
    }
    return this.#started;
  }
}

async function startOrt(platform: OnnxWebPlatform, threads: number): Promise<Started> {
  const ort = await importOrt(platform);
  ort.env.logLevel = 'fatal';
  ort.env.wasm.numThreads = threads;
  let timer: ReturnType<typeof setTimeout> | undefined;
  // Not env.wasm.initTimeout: its timer is never cleared and would keep a finished process alive.
  const late = new Promise<never>((_, reject) => {
    const problem = new Error(`no answer within ${platform.startTimeoutMs} ms`);
    timer = setTimeout(() => reject(problem), platform.startTimeoutMs);
  });
  try {
    const session = await Promise.race([ort.InferenceSession.create(identityModel, sessionOptions), late]);
    const feeds = { x: new ort.Tensor('float32', [0.25], [1]) };
    const answer = (await session.run(feeds)).y?.data[0];
    await session.release();
    if (answer !== 0.25) throw new Error(`an Identity node turned 0.25 into ${String(answer)}`);
    return { ort, threads: ort.env.wasm.numThreads ?? 1 };
  } catch (cause) {
    throw new UnsupportedError({
      subject: 'onnx-web',
      expected: 'onnxruntime-web to start its WebAssembly module',
      received: cause instanceof Error ? cause.message : String(cause),
      remedy:
        'It needs WebAssembly SIMD and its .wasm file beside it. Retry in a new worker or process: a failed start is final for this thread.',
      details: { supported: [] },
      cause,
    });
  } finally {
    clearTimeout(timer);
  }
}

async function importOrt(platform: OnnxWebPlatform): Promise<OrtModule> {
  try {
    return await platform.importOrt();
  } catch (cause) {
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

async function createSession(ort: OrtModule, model: Uint8Array, name: string): Promise<OrtSession> {
  try {
    return await ort.InferenceSession.create(model, sessionOptions);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ModelLoadError({ subject: name, expected: 'an ONNX model', ...explainRefusal(model, message), cause });
  }
}

function requireCount(subject: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new InvalidArgumentError({ subject, expected: 'a whole number of at least 1', received: String(value) });
}
