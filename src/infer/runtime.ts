import type { FrameLayout } from '../core/pixel-format.js';
import type { PreprocessSpec } from '../core/preprocess-spec.js';
import type { ExecutionProviderId, RuntimeId } from '../core/runtime-choice.js';
import type { RuntimeOptions } from '../core/runtime-options.js';
import type { Tensor, TensorDescriptor } from '../core/tensor.js';

/** What a probe of a runtime found. */
export interface ProbeReport {
  id: RuntimeId;
  status: 'works' | 'unavailable';
  version: string | null;
  /** Devices it can use, e.g. `['cpu']`. */
  devices: string[];
  /** Execution providers that a library of ONNX Runtime was built with; each may need libraries that are not here. */
  providers?: string[];
  /** Why it does not work, and what to do. */
  problem: string | null;
  remedy: string | null;
}

/** Memory that input tensors live in, so that preprocessing writes them in place. */
export interface TensorAllocator {
  /** A zeroed tensor; its `data` stays valid across memory growth when read anew. */
  allocateTensor(descriptor: TensorDescriptor): Tensor;
}

/** How to open a model. */
export interface OpenOptions {
  threads: number;
  /** Sets of tensors to prepare, one per frame in flight. */
  slots: number;
  allocator: TensorAllocator;
  /** Shapes for inputs with free dimensions, by input name; `*` stands for any other. A free first dimension alone becomes 1. */
  inputShapes?: Record<string, readonly number[]>;
  /** Device that a definition's `runtime` names, and no other; by default the options of the runtime say where. */
  device?: string;
  /** Execution providers of ONNX Runtime in order of preference, `['wasm']` by default; nothing else is tried. */
  executionProviders?: readonly ExecutionProviderId[];
  /** Options of the native runtimes. */
  runtimeOptions?: RuntimeOptions;
  /** The second file of a model that has two: the `.bin` of OpenVINO's IR. */
  weights?: Uint8Array;
  signal?: AbortSignal;
}

/** One set of tensors. `inputs` are written by the caller; `outputs` are valid from the end of `run` to the next run of the slot. */
export interface Slot {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** What runs where. */
export interface Placement {
  runtime: RuntimeId;
  version: string;
  device: 'cpu' | 'gpu' | 'npu';
  executionProvider: string;
  /** Threads really used, which may be fewer than asked for; then `limitations` says why. */
  threads: number;
  /** Instruction set the runtime uses, e.g. `wasm-simd`. */
  simd: string;
  /** True where every node runs on `device`. */
  fullyAccelerated: boolean;
  /** True where the device does the preprocessing, so that its time is part of inference. */
  fusedPreprocess?: boolean;
  /** What is not as asked for, one sentence each, e.g. why there is one thread only. Absent where all is. */
  limitations?: readonly string[];
}

/** ArrayBuffers and bytes that the runtime's own API makes per run; counted apart from ours. */
export interface RuntimeAllocations {
  arrayBuffersPerRun: number;
  bytesPerRun: number;
}

/** A model that begins with the preprocessing of frames of one layout, on the device. */
export interface FusedModel {
  /** Runs a frame; outputs are those of the slot. The frame's bytes are read where they lie. @throws as {@link Session.run} */
  run(frame: FrameLayout & { readonly data: Uint8Array }, slot: Slot): Promise<void>;
  close(): Promise<void>;
}

/** How a session lets its device do the preprocessing. */
export interface Fusion {
  /** @throws {UnsupportedError} ERR_UNSUPPORTED the device cannot do what the spec says, whatever the frames are. */
  requireSpec(spec: PreprocessSpec): void;
  /** Compiles the model once more, for frames of a layout. @throws {UnsupportedError} ERR_UNSUPPORTED with what is in the way. */
  open(layout: FrameLayout, spec: PreprocessSpec): Promise<FusedModel>;
}

/** A model compiled on a device. Owns its memory: only it knows heap, GPU or ring. */
export interface Session {
  /** True where runs of different slots may overlap; else a run begins when the one before has ended. */
  readonly overlaps?: boolean;
  readonly inputs: readonly TensorDescriptor[];
  readonly outputs: readonly TensorDescriptor[];
  readonly slots: readonly Slot[];
  readonly placement: Placement;
  readonly allocations: RuntimeAllocations;
  /** Copies of tensors that each run makes; absent where the runtime reads and writes them where they lie. */
  readonly copies?: readonly string[];
  /** There where options ask for preprocessing on the device. */
  readonly fusion?: Fusion;
  /**
   * Runs the model on a slot, copies of tensors into and out of the runtime included. Rejects with `signal.reason`
   * when aborted before the end; a run that has begun may go on in the background, its result is discarded.
   * @throws {InferenceError} ERR_RUNTIME with the runtime's error as cause. @throws {ClosedError} ERR_CLOSED
   */
  run(slot: Slot, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** One inference library. */
export interface Runtime {
  readonly id: RuntimeId;
  /** Looks whether it works here. Never throws; time-boxed. */
  probe(): Promise<ProbeReport>;
  /**
   * Compiles a model. `name` is for messages.
   * @throws {ModelLoadError} ERR_MODEL_LOAD when the bytes are no usable model. @throws {UnsupportedError} ERR_UNSUPPORTED when the runtime is not here.
   */
  open(model: Uint8Array, name: string, options: OpenOptions): Promise<Session>;
}
