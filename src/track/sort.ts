import { intersectionOverUnion } from '../core/box.js';
import type { TrackDefinition } from '../core/definition.js';
import { InvalidArgumentError } from '../core/error.js';
import type { Detection } from '../core/result.js';
import { Assignment } from './assignment.js';
import { BoxFilter } from './box-filter.js';
import type { Tracker } from './tracker.js';

/** Two boxes of different classes that overlap by this much are one object that the model is in two minds about. */
const sameObjectIou = 0.7;

/** After a gap of this many times `maxAgeMs` without a frame, nothing is where it was. */
const longestGapFactor = 5;

/** Tracks kept at most; beyond, those unseen for longest give way. */
const maxTracks = 1024;

interface Track {
  /** 0 until confirmed. */
  id: number;
  hits: number;
  /** Time of the last detection in µs. */
  seen: number;
  readonly filter: BoxFilter;
}

/**
 * SORT: each track's box is moved on by a Kalman filter, tracks and detections are paired so that the sum of their
 * IoU is greatest, pairs below `iouThreshold` do not count, and what is left over starts a track.
 *
 * Time is real: the filter goes forward by the time between frames, and after dropped frames every track gets one
 * try at its predicted place before its age ends it. Classes play no part in the pairing, because a part may look
 * defective from one side only; of several boxes on one object (IoU at least 0.7) only the best is followed.
 *
 * A track is confirmed by `minHits` detections and then gets the next number, from 1. In the first `minHits` frames
 * one detection is enough: what is there when the camera starts has no past to show, and may be about to cross a
 * line. `label` and `classId` stay those of the frame.
 * @source A. Bewley et al., Simple Online and Realtime Tracking, 2016 (arXiv:1602.00763).
 */
export class SortTracker implements Tracker {
  readonly #maxAgeUs: number;
  readonly #minHits: number;
  readonly #iouThreshold: number;
  readonly #assignment = new Assignment();
  // Working memory, reused: a running tracker allocates only for new tracks.
  #tracks: Track[] = [];
  readonly #spare: Track[] = [];
  readonly #objects: Detection[] = [];
  #values = new Float64Array(64);
  #pairs = new Int32Array(16);
  #lastId = 0;
  /** Frames since the start or the last reset; counted only as far as it matters. */
  #frames = 0;
  #timestamp: number | undefined;

  constructor(definition: TrackDefinition) {
    this.#maxAgeUs = definition.maxAgeMs * 1000;
    this.#minHits = definition.minHits;
    this.#iouThreshold = definition.iouThreshold;
  }

  /** Tracks alive, unconfirmed ones included. */
  get trackCount(): number {
    return this.#tracks.length;
  }

  /** @throws {InvalidArgumentError} ERR_ARGUMENT a timestamp before the last one. */
  update(detections: readonly Detection[], timestamp: number): void {
    this.#advance(timestamp);
    const objects = this.#selectObjects(detections);
    const tracks = this.#tracks;
    const pairs = this.#pair(objects);
    const known = tracks.length;
    let taken = 0;
    for (let t = 0; t < known; t++) {
      const object = pairs[t] < 0 ? undefined : objects[pairs[t]];
      const track = tracks[t];
      if (object) {
        track.filter.update(object.box);
        track.hits++;
        track.seen = timestamp;
        // Marks the object as taken; the list is scratch.
        objects[pairs[t]] = undefined as never;
        taken++;
        this.#identify(track, object);
      }
    }
    if (taken < objects.length) for (const object of objects) if (object) this.#begin(object, timestamp);
    objects.length = 0;
    this.#bury(timestamp);
  }

  reset(): void {
    this.#spare.push(...this.#tracks.splice(0));
    this.#timestamp = undefined;
    this.#frames = 0;
  }

  #advance(timestamp: number): void {
    const last = this.#timestamp ?? timestamp;
    if (!(timestamp >= last)) {
      throw new InvalidArgumentError({
        subject: 'timestamp',
        expected: `at least ${last} µs, the time of the frame before`,
        received: String(timestamp),
        remedy: 'Give frames in the order of their times, or reset() the tracker.',
      });
    }
    this.#timestamp = timestamp;
    this.#frames = Math.min(this.#frames + 1, this.#minHits + 1);
    if (timestamp - last > longestGapFactor * this.#maxAgeUs) this.#spare.push(...this.#tracks.splice(0));
    const seconds = (timestamp - last) / 1e6;
    for (const track of this.#tracks) track.filter.predict(seconds);
  }

  /** The detections worth following, best first. */
  #selectObjects(detections: readonly Detection[]): Detection[] {
    const objects = this.#objects;
    objects.length = 0;
    for (const detection of detections) {
      if (detection.box.width > 0 && detection.box.height > 0) objects.push(detection);
    }
    objects.sort((a, b) => b.score - a.score);
    let kept = 0;
    for (const object of objects) {
      let own = true;
      for (let k = 0; k < kept && own; k++) own = intersectionOverUnion(objects[k].box, object.box) < sameObjectIou;
      if (own) objects[kept++] = object;
    }
    objects.length = kept;
    return objects;
  }

  /** For each track the index of its object, or −1. */
  #pair(objects: readonly Detection[]): Int32Array {
    const rows = this.#tracks.length;
    const columns = objects.length;
    if (this.#values.length < rows * columns) this.#values = new Float64Array(2 * rows * columns);
    if (this.#pairs.length < rows) this.#pairs = new Int32Array(2 * rows);
    for (let row = 0; row < rows; row++) {
      const { box } = this.#tracks[row].filter;
      for (let column = 0; column < columns; column++) {
        const overlap = intersectionOverUnion(box, objects[column].box);
        this.#values[row * columns + column] = overlap >= this.#iouThreshold ? overlap : 0;
      }
    }
    this.#assignment.solve(this.#values, rows, columns, this.#pairs);
    return this.#pairs;
  }

  #begin(object: Detection, timestamp: number): void {
    if (this.#tracks.length >= maxTracks) {
      let oldest = 0;
      for (let t = 1; t < this.#tracks.length; t++) if (this.#tracks[t].seen < this.#tracks[oldest].seen) oldest = t;
      this.#spare.push(...this.#tracks.splice(oldest, 1));
    }
    const track = this.#spare.pop() ?? { id: 0, hits: 0, seen: 0, filter: new BoxFilter() };
    track.id = 0;
    track.hits = 1;
    track.seen = timestamp;
    track.filter.start(object.box);
    this.#tracks.push(track);
    this.#identify(track, object);
  }

  #identify(track: Track, object: Detection): void {
    if (track.id === 0) {
      if (track.hits < this.#minHits && this.#frames > this.#minHits) return;
      track.id = ++this.#lastId;
    }
    object.trackId = track.id;
  }

  #bury(timestamp: number): void {
    let alive = 0;
    for (const track of this.#tracks) {
      if (timestamp - track.seen > this.#maxAgeUs) this.#spare.push(track);
      else this.#tracks[alive++] = track;
    }
    this.#tracks.length = alive;
  }
}
