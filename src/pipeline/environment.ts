import type { FrameSource, SourceInfo } from '../acquire/source.js';
import type { PipelineDefinition, SinkDefinition, SourceDefinition } from '../core/definition.js';
import type { Sink } from '../respond/sink.js';
import type { Engine, EngineDefinition } from './engine.js';
import type { PipelinePhase } from './pipeline.js';

/** What a platform (Node, a page) supplies so that the same definition runs on it. */
export interface PipelineEnvironment {
  /** Whether frames should lie in memory that other threads see. */
  readonly sharedFrames: boolean;
  createSource(definition: SourceDefinition): Promise<FrameSource>;
  createSink(definition: SinkDefinition, pipeline: PipelineDefinition, source: SourceInfo): Promise<Sink>;
  openEngine(
    execution: 'worker' | 'inline',
    definition: EngineDefinition,
    onProgress: (phase: PipelinePhase) => void,
    signal?: AbortSignal,
  ): Promise<Engine>;
}
