import type { PipelineDefinitionInput } from '../../src/core/definition.js';

/** The conveyor as it runs anywhere: every frame, and events at a line that parts cross. */
export const conveyor: PipelineDefinitionInput = {
  source: { type: 'synthetic', seed: 7, speed: 600 },
  model: { type: 'bundle', path: 'models/conveyor' },
  queue: 'wait',
  track: { type: 'sort' },
  rules: [{ type: 'line', id: 'gate', from: { x: 0.5, y: 0 }, to: { x: 0.5, y: 1 }, reject: ['*-defective'] }],
  frames: 60,
};

/** The same on a GPU, which in software takes seconds per frame. */
export const onWebGpu = { ...conveyor, executionProviders: ['webgpu'], frames: 2 } satisfies PipelineDefinitionInput;
