import type { SerializedError } from '../../core/error.js';
import type { EngineDefinition, EngineInfo } from '../../pipeline/engine.js';
import type { PipelinePhase } from '../../pipeline/pipeline.js';
import type { Scheduling, SchedulingAnswer } from '../scheduling/scheduling.js';

/** Descriptor of the ring's memory, which a child inherits. */
export const ringFd = 3;
/** Descriptor of the doorbell. */
export const doorbellFd = 4;

/** What a child is told once. */
export interface ChildTask {
  /** Process that started it; where that is gone, the child ends. */
  daemonPid: number;
  ringBytes: number;
  lane: number;
  /** Number of the lane's generation that is the child's own. */
  generation: number;
  /** ms between two heartbeats. */
  beatMs: number;
  /** With one runtime; absent where the child only says what it reads, for measuring the way there and back. */
  definition?: EngineDefinition;
  store?: string;
  scheduling?: Scheduling;
}

/** From the daemon to a child's main thread, and on to its worker. */
export type ChildOrder = { type: 'open'; task: ChildTask } | { type: 'close' };

/** From a child to the daemon. */
export type ChildNews =
  | { type: 'progress'; phase: PipelinePhase }
  /** `info` is null for a child without an engine. */
  | { type: 'ready'; info: EngineInfo | null; scheduling: SchedulingAnswer[] }
  /** It could not open, and ends. */
  | { type: 'failed'; error: SerializedError }
  /** Its worker thread is no more, and it ends. */
  | { type: 'crashed'; error: SerializedError }
  | { type: 'closed' };
