import type { PipelineDefinitionInput } from '../core/definition.js';
import { assemblePipeline } from './assemble-pipeline.js';
import { type WebPipelineOptions, webEnvironment } from './environment.web.js';
import type { Pipeline } from './pipeline.js';

/**
 * Makes a pipeline in a page from the definition that also runs on a host.
 *
 * ```ts
 * const pipeline = await createPipeline(
 *   { source: { type: 'camera', width: 1280, height: 720 }, model: { type: 'bundle', path: 'models/conveyor' } },
 *   { onStream: (stream) => (video.srcObject = stream) },
 * );
 * for await (const result of pipeline.run()) show(result.items);
 * ```
 * Owns: the caller closes the pipeline, which ends the worker and the camera.
 * @throws as the `createPipeline` of Node; also {@link SourceError} ERR_SOURCE without permission or camera, and
 * {@link DeviceLostError} ERR_DEVICE_LOST where the worker's script does not load.
 */
export function createPipeline(
  definition: PipelineDefinitionInput,
  options: WebPipelineOptions = {},
): Promise<Pipeline> {
  return assemblePipeline(definition, options, webEnvironment);
}
