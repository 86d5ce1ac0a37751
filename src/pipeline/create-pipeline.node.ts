import type { PipelineDefinitionInput } from '../core/definition.js';
import { assemblePipeline } from './assemble-pipeline.js';
import { nodeEnvironment } from './environment.node.js';
import type { Pipeline, PipelineOptions } from './pipeline.js';

/**
 * Makes a pipeline from its definition: plain data, the same in a page and on a host.
 *
 * ```ts
 * await using pipeline = await createPipeline({
 *   source: { type: 'synthetic' },
 *   model: { type: 'bundle', path: 'models/conveyor' },
 * });
 * for await (const result of pipeline.run()) console.log(result.frame, result.items);
 * ```
 * Owns: the caller closes the pipeline, which closes source, sinks and worker.
 * @throws {InvalidArgumentError} ERR_ARGUMENT a wrong definition or option. @throws {SourceError} ERR_SOURCE @throws {ModelLoadError} ERR_MODEL_LOAD
 * a missing, damaged or wrong model. @throws {ShapeError} ERR_SHAPE a model that its manifest or preset does not fit.
 * @throws {UnsupportedError} ERR_UNSUPPORTED no listed runtime works here. Rejects with `signal.reason` when aborted.
 */
export function createPipeline(definition: PipelineDefinitionInput, options: PipelineOptions = {}): Promise<Pipeline> {
  return assemblePipeline(definition, options, nodeEnvironment);
}
