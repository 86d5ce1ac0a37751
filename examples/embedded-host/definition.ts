import type { PipelineDefinitionInput, RuntimeId } from 'reflexarc';

/** The line across the middle at which parts are counted; upwards, so that forward is from left to right. */
export const line = {
  type: 'line',
  id: 'line',
  from: { x: 0.5, y: 1 },
  to: { x: 0.5, y: 0 },
  reject: ['*-defective'],
} as const;

/** The whole arc on a camera of the host. Only the runtime differs from lane to lane. */
export function definitionOf(camera: string, runtime: RuntimeId): PipelineDefinitionInput {
  return {
    source: { type: 'camera', deviceId: camera },
    model: { type: 'bundle', path: 'models/conveyor' },
    runtime: [runtime],
    queue: 'latest',
    track: { type: 'sort' },
    rules: [{ ...line, reject: [...line.reject] }],
  };
}
