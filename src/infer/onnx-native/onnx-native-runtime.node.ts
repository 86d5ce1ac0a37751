import { isMainThread } from 'node:worker_threads';
import * as v from 'valibot';
import { InvalidArgumentError, ModelLoadError, ReflexarcError } from '../../core/error.js';
import { haveLargeStacks } from '../../core/ffi.node.js';
import { onnxNativeOptionsSchema, runtimeOptionsSchema } from '../../core/runtime-options.js';
import { identityModel } from '../one-node-model.js';
import { findModelBytesFault } from '../onnx-bytes.js';
import type { OpenOptions, Placement, ProbeReport, Runtime } from '../runtime.js';
import { createSession } from './create-session.node.js';
import { readProviders, supportedProviders } from './execution-provider.node.js';
import { OnnxNativeSession } from './onnx-native-session.node.js';
import { loadOrtLibrary, type OrtLibrary } from './ort-library.node.js';
import { registerPluginLibraries } from './plugin-devices.node.js';

/** How the runtime is made, for tests and measurements. @internal */
export interface OnnxNativeRuntimeOptions {
  /** Whether calls that take long block the thread; by default they do in a worker, and not on the main thread. */
  blocking?: boolean;
  load?: (library: string | undefined) => Promise<OrtLibrary>;
}

/**
 * ONNX Runtime as the native library that it is, through its C interface: any `libonnxruntime` from 1.16 on, with the
 * execution providers that it was built with and those of provider libraries. Needs the package koffi.
 */
export class OnnxNativeRuntime implements Runtime {
  readonly id = 'onnx-native';
  readonly #blocking: boolean;
  readonly #load: (library: string | undefined) => Promise<OrtLibrary>;

  constructor({ blocking = !isMainThread, load = loadOrtLibrary }: OnnxNativeRuntimeOptions = {}) {
    this.#blocking = blocking;
    this.#load = load;
  }

  /** Loads the library and runs a model of one node on the CPU, and on what else it finds that compiles at once. */
  async probe(): Promise<ProbeReport> {
    const report: ProbeReport = {
      id: this.id,
      status: 'unavailable',
      version: null,
      devices: [],
      problem: null,
      remedy: null,
    };
    try {
      const ort = await this.#load(undefined);
      report.version = ort.version;
      report.providers = supportedProviders(ort);
      const devices = new Set([await runIdentity(this, 'cpu')]);
      for (const provider of report.providers.filter((name) => quickProviders.includes(name))) {
        // Built with it, but without its libraries or its device, it does not count.
        devices.add(await runIdentity(this, provider).catch(() => 'cpu' as const));
      }
      return { ...report, status: 'works', devices: [...devices] };
    } catch (error) {
      const problem = error instanceof ReflexarcError ? `${error.subject}: ${error.received}` : String(error);
      const remedy = error instanceof ReflexarcError ? error.remedy : undefined;
      return { ...report, problem, remedy: remedy ?? 'Name another library with REFLEXARC_ORT_LIBRARY.' };
    }
  }

  /**
   * Opens a model on the providers of `options.runtimeOptions['onnx-native']`, the CPU by default; `options.device` is one that
   * must take it. `placement.limitations` says why another was passed over.
   * @throws {UnsupportedError} ERR_UNSUPPORTED koffi, the library, a provider library or every listed provider is not here.
   */
  async open(model: Uint8Array, name: string, options: OpenOptions): Promise<OnnxNativeSession> {
    const { threads, slots, device, signal } = options;
    signal?.throwIfAborted();
    requireCount('threads', threads);
    requireCount('slots', slots);
    const native = options.runtimeOptions?.['onnx-native'] ?? v.parse(onnxNativeOptionsSchema, {});
    const ort = await this.#load(native.library);
    registerPluginLibraries(ort, native.pluginLibraries);
    const fault = findModelBytesFault(model);
    if (fault) throw new ModelLoadError({ subject: name, expected: 'an ONNX model', ...fault });
    const blocking = this.#blocking || !haveLargeStacks(ort.ffi);
    const created = await createSession(ort, model, name, readProviders(native.providers, device), {
      native,
      required: device !== undefined,
      threads,
      blocking,
    });
    const { session, provider, fullyAccelerated } = created;
    if (signal?.aborted) {
      ort.functions.ReleaseSession(session);
      throw signal.reason;
    }
    const limitations = [...created.limitations];
    if (blocking && !this.#blocking) {
      limitations.push('Runs block the thread: koffi was in use before, with stacks too small for other threads.');
    }
    if (native.profile !== undefined) {
      limitations.push(
        `Runs are profiled, which slows them; ${native.profile}_….json is written when the session is closed.`,
      );
    }
    const placement = {
      runtime: this.id,
      version: ort.version,
      device: provider.device,
      executionProvider: provider.name,
      threads,
      simd: 'native',
      fullyAccelerated,
      ...(limitations.length > 0 ? { limitations } : {}),
    } as const;
    return new OnnxNativeSession(
      { ort, placement, blocking, profiled: native.profile !== undefined },
      session,
      name,
      options,
    );
  }
}

/** ONNX Runtime's native library. */
export const onnxNativeRuntime: Runtime = new OnnxNativeRuntime();

/** Providers of other processors that need no minutes to compile, and tell nobody on stderr that they are not there. */
const quickProviders = ['cuda', 'coreml', 'qnn'];

async function runIdentity(runtime: OnnxNativeRuntime, provider: string): Promise<Placement['device']> {
  const allocator = {
    allocateTensor: (tensor: { name: string; shape: readonly number[] }) => ({
      ...tensor,
      dataType: 'float32' as const,
      data: new Float32Array(1),
    }),
  };
  const runtimeOptions = v.parse(runtimeOptionsSchema, { 'onnx-native': { providers: [provider] } });
  const session = await runtime.open(identityModel, 'identity', { threads: 1, slots: 1, allocator, runtimeOptions });
  try {
    const [slot] = session.slots;
    slot.inputs[0].data[0] = 0.25;
    await session.run(slot);
    const [answer] = slot.outputs[0].data;
    if (answer !== 0.25) throw new Error(`an Identity node turned 0.25 into ${answer}`);
    return session.placement.device;
  } finally {
    await session.close();
  }
}

function requireCount(subject: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new InvalidArgumentError({ subject, expected: 'a whole number of at least 1', received: String(value) });
}
