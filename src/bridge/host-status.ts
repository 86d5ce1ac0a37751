import type { SourceInfo } from '../acquire/source.js';
import type { SerializedError } from '../core/error.js';
import type { RuntimeChoice, RuntimeId } from '../core/runtime-choice.js';
import type { HostInfo } from './answers.js';
import type { SensorReport } from './sensor-report.js';

/** A child process of a host's pipeline, as pages are told of it. A snapshot. */
export interface HostChild {
  /** Runtime and a number, e.g. `onnx-web:1`; it stays when the process is replaced. */
  id: string;
  runtime: RuntimeId;
  /** The entry of the definition's `runtime` that it runs, e.g. `openvino:GPU.1`. */
  choice: RuntimeChoice;
  /** Where the model really runs, `cpu`, `gpu` or `npu`; null until it has run once. */
  device: string | null;
  /** The process of now; null while there is none. */
  pid: number | null;
  /** `starting` and `restarting` load a model; `failed` was given up; `stopped` was closed. */
  state: 'starting' | 'ready' | 'restarting' | 'failed' | 'stopped';
  /** Times that its process was replaced. */
  restarts: number;
  /** Unix time in ms at which the process of now was started; null before the first. */
  startedAt: number | null;
  /** Why it was lost last, or failed. */
  error?: SerializedError;
}

/** One pipeline of a host. */
export interface HostPipelineStatus {
  /** Id of its model. */
  model: string;
  source: SourceInfo;
  /** True while its page is away. */
  waiting: boolean;
  children: readonly HostChild[];
}

/** How a host is: what it says of itself, its pipelines, and the sensors of its machine. */
export interface HostStatus extends HostInfo {
  /** Address of the app shell. */
  url: string;
  connections: number;
  /** Pipelines whose page is away. */
  waiting: number;
  pipelines: HostPipelineStatus[];
  sensors: SensorReport;
}
