import type { SourceInfo } from '../acquire/source.js';
import type { PipelineDefinition, SinkDefinition } from '../core/definition.js';
import type { Sink } from '../respond/sink.js';
import type { Intake } from './intake.js';
import type { PipelineOptions } from './pipeline.js';

/** What a platform (Node, a page) supplies so that the same definition runs on it. */
export interface PipelineEnvironment<Options extends PipelineOptions = PipelineOptions> {
  /** Checks what this platform alone takes, before anything is opened. @throws {InvalidArgumentError} ERR_ARGUMENT */
  checkOptions?(options: Options): void;
  /** Opens source and engine, here or in a worker. Ends what it began when `options.signal` is aborted. */
  openIntake(definition: PipelineDefinition, options: Options): Promise<Intake>;
  createSink(definition: SinkDefinition, pipeline: PipelineDefinition, source: SourceInfo): Promise<Sink>;
}
