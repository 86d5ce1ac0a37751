import { partKinds } from './parts.js';

/** Labels of the synthetic conveyor, by class id: every part, and the same with a defect. */
export const conveyorLabels: readonly string[] = partKinds.flatMap(({ name }) => [name, `${name}-defective`]);
