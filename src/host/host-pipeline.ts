import type { PipelineDefinitionInput } from '../core/definition.js';
import type { ModelInfo, Pipeline, PipelineOptions } from '../pipeline/pipeline.js';
import type { ChildState } from './child-state.js';
import type { Scheduling } from './scheduling/scheduling.js';

/** What a host gives a pipeline beside its definition. */
export interface HostPipelineOptions extends PipelineOptions {
  /** Folder of the store that models named `store:<sha256>` come from. */
  store?: string;
  /** Environment variables for the children, beside the few that they get of the host's own. */
  environment?: Readonly<Record<string, string>>;
  /** User and group that the children run as; needs the right to change them. */
  user?: { uid: number; gid: number };
  scheduling?: Scheduling;
  /** Bytes that a frame may have in the ring, 64 MiB by default. Memory is taken as frames touch it. */
  frameBytes?: number;
  /** How long a runtime that was given up is left alone before it is tried again, in ms; 60 000 by default. */
  retryMs?: number;
}

/** A pipeline whose engine runs in child processes of the host. */
export interface HostPipeline extends Pipeline {
  /** The children of now and those that failed, in the order of their start. */
  readonly children: readonly ChildState[];
  /**
   * Replaces the model while the pipeline runs: the new one is loaded, checked and warmed up in a child of its own, takes over
   * between two frames, and the old child ends when it has answered. No frame is lost. Tracks go on, but for another
   * list of labels, with which they begin anew; counters always go on.
   * Rejects, and keeps the old model, with what opening the new one failed with; with `signal.reason` when aborted.
   */
  swapModel(model: PipelineDefinitionInput['model'], options?: { signal?: AbortSignal }): Promise<ModelInfo>;
}
