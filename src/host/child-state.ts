import type { RuntimeId } from '../core/definition.js';
import type { SerializedError } from '../core/error.js';
import type { SchedulingAnswer } from './scheduling/scheduling.js';

/** A child process of a host pipeline: one runtime on one device. A snapshot. */
export interface ChildState {
  /** Runtime and a number, e.g. `onnx-web:1`; it stays when the process is replaced. */
  id: string;
  runtime: RuntimeId;
  /** Where the model runs; null until it has run once. */
  device: string | null;
  /** The process of now; null while there is none. */
  pid: number | null;
  /** `starting` and `restarting` load a model; `failed` was given up; `stopped` was closed. */
  state: 'starting' | 'ready' | 'restarting' | 'failed' | 'stopped';
  /** Times that its process was replaced. */
  restarts: number;
  /** Unix time in ms at which the process of now was started; null before the first. */
  startedAt: number | null;
  /** What became of each wish about scheduling; empty where there were none, and until the process is ready. */
  scheduling: readonly SchedulingAnswer[];
  /** Why it was lost last, or failed. */
  error?: SerializedError;
}
