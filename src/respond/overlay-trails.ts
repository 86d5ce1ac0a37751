import type { Item } from '../core/result.js';

/** Where a tracked object has been: centres in frame px, the oldest first, in pairs of x and y. */
export interface Trail {
  trackId: number;
  classId: number;
  label: string;
  points: readonly number[];
}

interface Memory extends Trail {
  points: number[];
  /** Time of each point in µs. */
  times: number[];
}

/** Points kept per trail: enough for 4 seconds at 30 per second. */
const maxPoints = 120;

/** Remembers for a while where tracked objects have been. */
export class Trails {
  readonly #durationUs: number;
  readonly #byTrack = new Map<number, Memory>();

  /** @param durationMs How long a point stays, in ms of the frames' own time. */
  constructor(durationMs: number) {
    this.#durationUs = durationMs * 1000;
  }

  /** Adds the centres of one frame's tracked items and forgets what is too old. Time may start again from 0. */
  update(items: readonly Item[], timestamp: number): void {
    for (const item of items) {
      if (!('box' in item) || item.trackId === undefined) continue;
      const { box, classId, label, trackId } = item;
      let memory = this.#byTrack.get(trackId);
      if (!memory) {
        memory = { trackId, classId, label, points: [], times: [] };
        this.#byTrack.set(trackId, memory);
      }
      memory.classId = classId;
      memory.label = label;
      memory.points.push(box.x + box.width / 2, box.y + box.height / 2);
      memory.times.push(timestamp);
    }
    for (const [trackId, { points, times }] of this.#byTrack) {
      let old = Math.max(0, times.length - maxPoints);
      while (old < times.length && Math.abs(timestamp - times[old]) > this.#durationUs) old++;
      times.splice(0, old);
      points.splice(0, old * 2);
      if (times.length === 0) this.#byTrack.delete(trackId);
    }
  }

  /** The trails of at least two points. */
  *[Symbol.iterator](): Iterator<Trail> {
    for (const trail of this.#byTrack.values()) if (trail.points.length >= 4) yield trail;
  }

  clear(): void {
    this.#byTrack.clear();
  }
}
