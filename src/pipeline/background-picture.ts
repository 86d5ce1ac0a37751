import type { PreprocessSpec } from '../core/preprocess-spec.js';
import type { PlannedFrame } from '../preprocess/frame-plans.js';
import type { EngineResources } from './local-engine.js';

/** A spec as plans take it, and the picture that its background begins with. */
export interface BackgroundPicture {
  readonly spec: PreprocessSpec;
  readonly picture?: PlannedFrame;
}

/**
 * Reads the picture of `before.background`, if the spec names one; what is learnt from frames then is nothing, unless the spec says more.
 * @throws {SourceError} ERR_SOURCE no picture there. @throws {UnsupportedError} ERR_UNSUPPORTED no decoder for it.
 */
export async function readBackground(spec: PreprocessSpec, resources: EngineResources): Promise<BackgroundPicture> {
  const background = spec.before?.background;
  if (background?.picture === undefined) return { spec };
  const { picture: path, learningRate = 0, ...rest } = background;
  const picture = await resources.readPicture(path);
  return { spec: { ...spec, before: { ...spec.before, background: { ...rest, learningRate } } }, picture };
}

/** The spec for a single frame, which has nothing to be compared with. */
export function withoutBackground(spec: PreprocessSpec): PreprocessSpec {
  const { before } = spec;
  return before?.background ? { ...spec, before: { ...before, background: undefined } } : spec;
}
