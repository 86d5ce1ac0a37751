import { createSource } from '../acquire/create-source.node.js';
import { sourceTruth } from '../acquire/source-truth.node.js';
import { FramePool } from '../core/frame-pool.js';
import { createSink } from '../respond/create-sink.node.js';
import type { Engine } from './engine.js';
import { engineResources } from './engine-resources.node.js';
import type { PipelineEnvironment } from './environment.js';
import { LocalEngine } from './local-engine.js';
import { openLocalIntake } from './open-local-intake.js';
import { RemoteEngine } from './remote-engine.node.js';
import { SupervisedEngine } from './supervised-engine.js';

/** Node: sources and sinks on files and processes on this thread, engines here or in a worker thread. */
export const nodeEnvironment: PipelineEnvironment = {
  openIntake(definition, { source, signal, onHealth, onProgress = () => {} }) {
    const inWorker = definition.execution === 'worker';
    return openLocalIntake<Engine>(
      definition,
      {
        openSource: async () => {
          onProgress('source');
          return source ?? createSource(definition.source);
        },
        openEngine: async () => {
          if (!inWorker) return LocalEngine.open(definition, engineResources, onProgress);
          const first = await RemoteEngine.open(definition, onProgress, signal);
          const again = (stop: AbortSignal) => RemoteEngine.open(definition, undefined, stop);
          return new SupervisedEngine(first, again, definition.recovery, onHealth);
        },
        // A worker reads shared memory without a copy.
        frames: () => new FramePool({ shared: inWorker }),
      },
      signal,
    );
  },
  // A recording keeps the truth about its frames beside them; no stage sees it.
  createSink: async (sink, pipeline, { frameRate }) =>
    createSink(sink, pipeline, {
      frameRate,
      truth: sink.type === 'recording' ? await sourceTruth(pipeline.source) : undefined,
    }),
};
