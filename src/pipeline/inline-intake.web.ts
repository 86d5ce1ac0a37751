import { createSource } from '../acquire/create-source.web.js';
import type { FrameSource } from '../acquire/source.js';
import type { PipelineDefinition } from '../core/definition.js';
import { KernelFramePool } from '../kernels/kernel-frame-pool.js';
import { engineResources } from './engine-resources.web.js';
import type { IntakeAssets } from './intake-channel.js';
import { LocalEngine } from './local-engine.js';
import type { LocalIntake } from './local-intake.js';
import { openLocalIntake } from './open-local-intake.js';
import type { PipelinePhase } from './pipeline.js';

/**
 * The sensor's end of an arc on the thread of the page. Loaded by pipelines with `execution: 'inline'` only: the
 * others have all this in their worker.
 * @param source an object that takes the place of the definition's source.
 * @throws what opening source and engine throws.
 */
export function openInlineIntake(
  definition: PipelineDefinition,
  assets: IntakeAssets,
  source: FrameSource | undefined,
  onProgress: (phase: PipelinePhase) => void,
  signal: AbortSignal | undefined,
): Promise<LocalIntake> {
  return openLocalIntake(
    definition,
    {
      openSource: async () => source ?? createSource(definition.source, assets),
      openEngine: () => LocalEngine.open(definition, engineResources(assets), onProgress),
      frames: (engine) => new KernelFramePool(engine.kernels),
    },
    signal,
  );
}
