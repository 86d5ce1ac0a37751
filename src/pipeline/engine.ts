import type { PipelineDefinition } from '../core/definition.js';
import type { FrameLayout } from '../core/frame.js';
import type { KernelsInfo } from '../core/kernel-tier.js';
import type { Item } from '../core/result.js';
import type { Placement, RuntimeAllocations } from '../infer/runtime.js';
import type { ModelInfo } from './pipeline.js';

/** What an engine tells once it is ready. */
export interface EngineInfo {
  model: ModelInfo;
  runtime: Placement;
  runtimeAllocations: RuntimeAllocations;
  /** Copies of tensors that a run of the runtime makes. */
  runtimeCopies: readonly string[];
  kernels: KernelsInfo;
  kernelMemoryBytes: number;
  /** True where frames on different slots are under way at once: one is preprocessed while another is inferred. */
  overlaps?: boolean;
}

/** What an engine reads of a frame; a `Frame` is one. */
export interface FrameInput extends FrameLayout {
  readonly id: number;
  /** Read when the engine's turn has come. */
  readonly data: Uint8Array;
  /** ms of the shared clock; latency and staleness count from here. Absent: the frame is never stale. */
  readonly captureTime?: number;
}

/** What an engine made of one frame. Times are ms of the shared clock. */
export interface Processed {
  /** True where the frame was too old to be worth inferring; `items` is then empty. */
  stale: boolean;
  items: Item[];
  /** Changes when the model was replaced by one with other labels; what was tracked before means nothing then. */
  epoch?: number;
  /** When preprocessing began. */
  startTime: number;
  preprocessMs: number;
  inferMs: number;
  postprocessMs: number;
  kernelMemoryBytes: number;
}

/** The part of a definition that an engine needs: no source, no rules, no sinks. */
export type EngineDefinition = Pick<
  PipelineDefinition,
  | 'model'
  | 'preprocess'
  | 'filter'
  | 'runtime'
  | 'executionProviders'
  | 'runtimeOptions'
  | 'threads'
  | 'kernels'
  | 'slots'
  | 'postprocess'
  | 'deadlineMs'
>;

/**
 * Preprocess → infer → postprocess of one frame per slot at a time, on this thread or another. Holds the model and nothing of
 * the arc's state, so it can be killed and replaced.
 */
export interface Engine {
  readonly info: EngineInfo;
  /** Copies of pixels that reaching this engine costs, beside its own. */
  readonly hopCopies: readonly string[];
  /** Times that a worker was replaced; absent where there is none. */
  readonly restarts?: number;
  /**
   * Processes a frame on a slot. Calls are served one after the other, but where `info.overlaps` says that those of different
   * slots are not; the frame must stay open until it settles.
   * @throws {FrameLostError} ERR_DEVICE_LOST the frame is gone with a worker that is being replaced.
   * @throws {DeviceLostError} ERR_DEVICE_LOST when the engine is gone; anything else concerns this frame only.
   */
  process(slot: number, frame: FrameInput): Promise<Processed>;
  /** Frees everything; a run that cannot be interrupted is abandoned. */
  close(): Promise<void>;
}
