import type { TrackDefinition } from '../core/definition.js';
import { SortTracker } from './sort.js';
import type { Tracker } from './tracker.js';

/** The one list of trackers. */
const trackers: { [Type in TrackDefinition['type']]: new (definition: TrackDefinition) => Tracker } = {
  sort: SortTracker,
};

/** The tracker that a definition names. */
export function createTracker(definition: TrackDefinition): Tracker {
  return new trackers[definition.type](definition);
}
