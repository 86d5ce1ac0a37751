import type { FrameSource, SourceInfo } from '../acquire/source.js';
import type { PipelineDefinition } from '../core/definition.js';
import type { Percentiles } from '../core/histogram.js';
import type { KernelsInfo } from '../core/kernel-tier.js';
import type { PreprocessSpec } from '../core/preprocess-spec.js';
import type { FrameFault, Result, RuleEvent, Spans } from '../core/result.js';
import type { Placement, RuntimeAllocations } from '../infer/runtime.js';
import type { HeadLimits } from '../postprocess/head.js';
import type { LineCounts } from '../respond/line-rule.js';
import type { Sink } from '../respond/sink.js';
import type { PipelineHealth } from './health.js';

/** The model a pipeline runs. */
export interface ModelInfo {
  id: string;
  version: string | null;
  release: number | null;
  variant: string | null;
  task: 'detection' | 'classification';
  /** As the user gave it. */
  path: string;
  sha256: string;
  bytes: number;
  /** `passed`, `skipped` (asked for) or `none` (a bare file has no golden sample). */
  goldenCheck: 'passed' | 'skipped' | 'none';
  labels: string[];
  preprocess: PreprocessSpec;
  limits: HeadLimits;
}

/** What runs, where and how: nothing about a pipeline is silent. */
export interface PipelineInfo {
  model: ModelInfo;
  runtime: Placement;
  /** Kernels that preprocessing and NMS run on. */
  kernels: KernelsInfo;
  execution: 'worker' | 'inline';
  slots: number;
  queue: 'latest' | 'wait';
  /** Stages that run while another frame is being inferred; empty inline. */
  overlap: string[];
  source: SourceInfo;
  /**
   * Where the capture time of a frame comes from: its place in a paced schedule, the camera's driver, the source's own
   * word (known once a frame has come), or its arrival.
   */
  captureTime: 'intended' | 'driver' | 'source' | 'arrival';
  /** Copies of pixels and tensors per frame, in order. */
  copies: string[];
  allocations: {
    /** Frame buffers made so far, and the size of the kernels' memory: flat once warm. */
    frameBuffers: number;
    kernelMemoryBytes: number;
    /** Made by the runtime's own API, counted apart. */
    runtime: RuntimeAllocations;
  };
}

/** Frames that were not processed. */
export interface Drops {
  /** Replaced by a newer one before they were taken up. */
  queue: number;
  /** Older than the deadline before inference. */
  stale: number;
  /** Longest time between two results in ms. */
  longestGapMs: number;
}

/** Figures of a run so far. Percentiles cover processed frames only; `drops` says what is missing. */
export interface PipelineStats {
  /** Frames processed; unreadable, failed or lost with a worker; and late ones among the processed. */
  frames: number;
  faults: number;
  late: number;
  drops: Drops;
  /** ms per stage; `reject` is the time from a rejected part's intended arrival to its acknowledgement. */
  stages: Record<keyof Spans, Percentiles> & { reject?: Percentiles };
  /** Processed frames per second, from the first frame's acquisition to the last result. */
  throughput: number;
  /** Counters by rule id. */
  lines: Record<string, LineCounts>;
  /** Frames handed out and not yet closed. */
  openFrames: number;
  /** Times that a worker which had crashed or hung was replaced. */
  restarts: number;
}

/** Progress of getting ready: `source`, `model`, `compile`, `golden`, `warm-up`, `ready`. */
export type PipelinePhase = 'source' | 'model' | 'compile' | 'golden' | 'warm-up' | 'ready';

/** What a definition cannot hold: live objects of the calling thread. */
export interface PipelineOptions {
  signal?: AbortSignal;
  onProgress?(phase: PipelinePhase): void;
  /**
   * Called for a frame that cannot be read or processed; without it, the first one ends the run. Also called for a
   * frame that was lost with its worker; that never ends a run, because the worker is replaced. Where the first thirty
   * frames of an endless source all fail alike, the run ends with their error: no frame will ever be processed. Where
   * its first frames are too large for memory, it ends with the first of them, which is not told here.
   */
  onFault?(fault: FrameFault): void;
  /** Called when a camera stalls, freezes or comes back, and when a worker is replaced. */
  onHealth?(health: PipelineHealth): void;
  /** Called when a rule sees something, before the sinks. */
  onEvent?(event: RuleEvent): void;
  /** A source that exists already; takes the place of `definition.source`. The pipeline closes it. */
  source?: FrameSource;
  /** Sinks that exist already, after those of the definition. The pipeline opens and closes them. */
  sinks?: readonly Sink[];
}

/** A running arc from frames to responses. Made by `createPipeline`; the caller closes it. */
export interface Pipeline {
  readonly definition: PipelineDefinition;
  readonly info: PipelineInfo;
  /** A snapshot. */
  readonly stats: PipelineStats;
  /**
   * Runs the source to its end, one result per processed frame, in order. Once per pipeline.
   * Rejects with `signal.reason` on abort; ends without error after `close()`.
   * Leaving the loop early ends the run.
   */
  run(options?: { signal?: AbortSignal }): AsyncIterableIterator<Result>;
  /** Ends a run, closes sinks and source, and frees the worker. Idempotent. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
