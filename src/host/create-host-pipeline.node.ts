import type { PipelineDefinitionInput } from '../core/definition.js';
import type { HostPipeline, HostPipelineOptions } from './host-pipeline.js';

export type { ChildState } from './child-state.js';
export type { HostPipeline, HostPipelineOptions } from './host-pipeline.js';

export declare function createHostPipeline(
  definition: PipelineDefinitionInput,
  options?: HostPipelineOptions,
): Promise<HostPipeline>;
