import type { PicturePlan } from '../picture-plan.js';
import { referenceNms } from './nms.js';
import { ReferencePreprocess } from './preprocess.js';

/** The kernels in plain TypeScript: the `reference` tier, which is loaded where it is wanted. @internal */
export interface KernelOracle {
  preprocess(plan: PicturePlan): Pick<ReferencePreprocess, 'run' | 'map' | 'setBackground'>;
  nms: typeof referenceNms;
}

/** The one there is. @internal */
export const oracle: KernelOracle = { preprocess: (plan) => new ReferencePreprocess(plan), nms: referenceNms };
