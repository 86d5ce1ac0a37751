import { createSource } from '../acquire/create-source.node.js';
import { type ModelDefinition, type PipelineDefinitionInput, pipelineDefinitionSchema } from '../core/definition.js';
import { UnsupportedError } from '../core/error.js';
import { FramePool } from '../core/frame-pool.js';
import { parse } from '../core/parse.js';
import { ModelStore, storePrefix } from '../deploy/model-store.node.js';
import { assemblePipeline } from '../pipeline/assemble-pipeline.js';
import type { Engine } from '../pipeline/engine.js';
import { engineResources } from '../pipeline/engine-resources.node.js';
import { LocalEngine } from '../pipeline/local-engine.js';
import { openLocalIntake } from '../pipeline/open-local-intake.js';
import type { ModelInfo, Pipeline, PipelineOptions } from '../pipeline/pipeline.js';

/** What a host gives beside a definition. */
export interface HostPipelineOptions extends PipelineOptions {
  /** Folder of the model store, which `store:<sha256>` is looked up in. */
  store?: string;
}

/** A pipeline on a host. */
export interface HostPipeline extends Pipeline {
  /** Replaces the model at a frame boundary; on failure the old one goes on. */
  swapModel(model: ModelDefinition, options?: { signal?: AbortSignal }): Promise<ModelInfo>;
}

/** Makes a pipeline whose source, tracker, rules and sinks are in this process. @throws as `createPipeline`. */
export async function createHostPipeline(
  input: PipelineDefinitionInput,
  options: HostPipelineOptions = {},
): Promise<HostPipeline> {
  const definition = parse(pipelineDefinitionSchema, input, 'pipeline definition');
  const { store: folder, ...rest } = options;
  const store = folder === undefined ? undefined : await ModelStore.open(folder);
  const pipeline = await assemblePipeline(definition, rest, {
    openIntake: (parsed, { source, signal, onProgress = () => {} }) =>
      openLocalIntake<Engine>(
        parsed,
        {
          openSource: async () => {
            onProgress('source');
            return source ?? createSource(parsed.source);
          },
          openEngine: () =>
            LocalEngine.open(
              parsed,
              {
                ...engineResources,
                bundleFiles: (path) =>
                  store && path.startsWith(storePrefix)
                    ? store.files(path.slice(storePrefix.length))
                    : engineResources.bundleFiles(path),
              },
              onProgress,
            ),
          frames: () => new FramePool({ shared: false }),
        },
        signal,
      ),
    createSink: async () => {
      throw new Error('a host pipeline takes its sinks as options');
    },
  });
  return Object.assign(pipeline, {
    swapModel: async () => {
      const expected = 'a pipeline that can replace its model';
      throw new UnsupportedError({ subject: 'pipeline', expected, received: 'one that cannot' });
    },
  });
}
