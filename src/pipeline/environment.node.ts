import { createSource } from '../acquire/create-source.node.js';
import { sourceTruth } from '../acquire/source-truth.node.js';
import { createSink } from '../respond/create-sink.node.js';
import { engineResources } from './engine-resources.node.js';
import type { PipelineEnvironment } from './environment.js';
import { LocalEngine } from './local-engine.js';
import { RemoteEngine } from './remote-engine.node.js';

/** Node: sources and sinks on files and processes, engines inline or in a worker thread. */
export const nodeEnvironment: PipelineEnvironment = {
  sharedFrames: true,
  createSource,
  // A recording keeps the truth about its frames beside them; no stage sees it.
  createSink: async (sink, pipeline, { frameRate }) =>
    createSink(sink, pipeline, {
      frameRate,
      truth: sink.type === 'recording' ? await sourceTruth(pipeline.source) : undefined,
    }),
  openEngine: (execution, definition, onProgress, signal) =>
    execution === 'inline'
      ? LocalEngine.open(definition, engineResources, onProgress)
      : RemoteEngine.open(definition, onProgress, signal),
};
