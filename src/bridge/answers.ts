import type { SourceInfo } from '../acquire/source.js';
import type { SerializedError } from '../core/error.js';
import type { FrameFault, Result, RuleEvent } from '../core/result.js';
import type { ProbeReport } from '../infer/runtime.js';
import type { PipelineHealth } from '../pipeline/health.js';
import type { ModelInfo, PipelineInfo, PipelinePhase, PipelineStats } from '../pipeline/pipeline.js';
import type { HostChild } from './host-status.js';

/** A camera that a host has declared, by the name that definitions give as `deviceId`. */
export interface HostCamera {
  name: string;
  source: SourceInfo;
  /** `unknown` until it is first opened. */
  state: 'unknown' | 'working' | 'lost';
}

/** What a host may refuse for being too much. */
export interface HostLimits {
  /** Bytes of one message to the host. */
  messageBytes: number;
  connections: number;
  streamsPerConnection: number;
  /** Pipelines of all connections: running, being opened or closed, and waiting for a page that was cut off. */
  streams: number;
  messagesPerSecond: number;
  /** How long streams outlive a connection that broke, in ms. */
  graceMs: number;
  /** News kept for a page that is away or slow. */
  news: number;
}

/** What a host says of itself: the payload of HELLO. */
export interface HostInfo {
  /** Version of the package. */
  version: string;
  /** Another one after each start of the daemon. */
  boot: string;
  pid: number;
  cameras: HostCamera[];
  runtimes: ProbeReport[];
  limits: HostLimits;
}

/** Payloads of what a daemon sends, by type. */
export interface Answers {
  HELLO: HostInfo;
  /** `key` is what a new connection resumes the stream with; `lossless`: every result waits for credit. */
  OPENED: { key: string; info: PipelineInfo; lossless: boolean; resumed: boolean };
  PROGRESS: { phase: PipelinePhase };
  /** `missed`: results before this one that were never sent for want of credit. */
  RESULT: { result: Result; missed: number };
  /** `missed`: news before this one that no longer had room. */
  EVENT: { event: RuleEvent; missed: number };
  FAULT: { fault: FrameFault; missed: number };
  HEALTH: { health: PipelineHealth; missed: number };
  STATS: { stats: PipelineStats; info: PipelineInfo; children: readonly HostChild[] };
  SWAPPED: { model: ModelInfo };
  ERROR: { error: SerializedError };
  CLOSED: {
    reason: 'ended' | 'closed' | 'failed';
    error?: SerializedError;
    stats?: PipelineStats;
    info?: PipelineInfo;
  };
}
