import type { LineRuleDefinition } from '../core/definition.js';
import { InvalidArgumentError } from '../core/error.js';
import type { Detection, RuleEvent } from '../core/result.js';

/** Crossings of a line so far. */
export interface LineCounts {
  /** From the left of the line to its right, looking from `from` to `to`. */
  forward: number;
  backward: number;
  /** Reject events: at most one per track. */
  rejected: number;
}

/** The frame that detections belong to. */
export interface RuleFrame {
  frame: number;
  /** In µs. */
  timestamp: number;
  /** Size of the upright frame in px. */
  width: number;
  height: number;
}

/** Watches tracked detections of a frame after frame, and counts and reports what happens to them. */
export interface LineRule {
  readonly id: string;
  readonly counts: Readonly<LineCounts>;
  /** @returns what happened in this frame; mostly nothing. Detections without a `trackId` are passed over. */
  update(detections: readonly Detection[], frame: RuleFrame): RuleEvent[];
  /** Forgets all tracks; the counts stay. */
  reset(): void;
}

/**
 * How far a centre must have been from the line to be surely on that side, as a share of its box's mean side. Less
 * is taken for the jitter of the box.
 */
const sureShare = 0.1;

/** Tracks remembered at most; beyond, those unseen for longest are forgotten. */
const maxTracks = 1024;

const nothing: RuleEvent[] = [];

/** A vote on the class of a track. */
interface Vote {
  label: string;
  score: number;
}

/** What the rule knows of one track. */
interface Passage {
  /** The side that it counts as being on: −1 left, 1 right. */
  side: -1 | 1;
  /** The farthest that it has been from the line on that side since it came there, in px. */
  depth: number;
  /** Its last centre and signed distance from the line. */
  x: number;
  y: number;
  distance: number;
  /** Whether its last change of sides was between the end points. */
  within: boolean;
  rejected: boolean;
  readonly votes: Map<number, Vote>;
}

/**
 * Counts tracked objects at a straight line between two points.
 *
 * An object crosses when the way from its centre in one frame to its centre in the next, dropped frames or not,
 * passes the line between its end points; a centre on the line is on its right. If the centre has been a tenth of
 * the box's size away before, that counts at once; if not (a track that begins at the line, or that has just
 * crossed), when the centre is that far away on the other side. So jitter at the line counts once at most, and each
 * further crossing is in the opposite direction.
 *
 * Labels are voted on by all frames of a track, weighted by score: one glance does not decide. A track whose winning
 * label matches `reject` gives one `reject` event beside its first `crossing`, in either direction.
 * @throws {InvalidArgumentError} ERR_ARGUMENT the end points are the same.
 */
export function createLineRule(definition: LineRuleDefinition): LineRule {
  const { from, to } = definition;
  if (from.x === to.x && from.y === to.y) {
    throw new InvalidArgumentError({
      subject: `line ${definition.id}`,
      expected: 'two different end points',
      received: `(${from.x}, ${from.y}) twice`,
      remedy: 'Move `from` or `to`.',
    });
  }
  return new SegmentRule(definition);
}

class SegmentRule implements LineRule {
  readonly id: string;
  readonly counts: LineCounts = { forward: 0, backward: 0, rejected: 0 };
  readonly #definition: LineRuleDefinition;
  // In the order of last sight: the first is the one unseen for longest.
  readonly #passages = new Map<number, Passage>();
  #line: Line | undefined;

  constructor(definition: LineRuleDefinition) {
    this.id = definition.id;
    this.#definition = definition;
  }

  update(detections: readonly Detection[], frame: RuleFrame): RuleEvent[] {
    let events = nothing;
    for (const detection of detections) {
      if (detection.trackId === undefined) continue;
      const happened = this.#follow(detection.trackId, detection, frame);
      if (happened) events = events === nothing ? happened : events.concat(happened);
    }
    return events === nothing ? [] : events;
  }

  reset(): void {
    this.#passages.clear();
  }

  #follow(trackId: number, { box, classId, label, score }: Detection, frame: RuleFrame): RuleEvent[] | undefined {
    const x = box.x + box.width / 2;
    const y = box.y + box.height / 2;
    const line = this.#place(frame.width, frame.height);
    const distance = line.distance(x, y);
    const side = sideOf(distance);
    const sure = sureShare * Math.sqrt(box.width * box.height);
    const known = this.#passages.get(trackId);
    if (!known) {
      const votes = new Map([[classId, { label, score }]]);
      this.#remember(trackId, {
        side,
        depth: Math.abs(distance),
        x,
        y,
        distance,
        within: false,
        rejected: false,
        votes,
      });
      return undefined;
    }
    this.#remember(trackId, known);
    vote(known.votes, classId, label, score);
    if (side !== known.side && sideOf(known.distance) === known.side) {
      // The point on the way from the last centre to this one where the distance is 0.
      const share = known.distance / (known.distance - distance);
      known.within = line.holds(known.x + share * (x - known.x), known.y + share * (y - known.y));
    }
    known.x = x;
    known.y = y;
    known.distance = distance;
    if (side === known.side) {
      known.depth = Math.max(known.depth, Math.abs(distance));
      return undefined;
    }
    if (known.depth < sure && Math.abs(distance) < sure) return undefined;
    known.side = side;
    known.depth = Math.abs(distance);
    return known.within ? this.#cross(trackId, known, box, frame) : undefined;
  }

  #cross(trackId: number, passage: Passage, box: Detection['box'], { frame, timestamp }: RuleFrame): RuleEvent[] {
    const direction = passage.side > 0 ? 'forward' : 'backward';
    this.counts[direction]++;
    const [classId, { label }] = winner(passage.votes);
    const event: RuleEvent = {
      type: 'crossing',
      rule: this.id,
      frame,
      timestamp,
      trackId,
      classId,
      label,
      box: { ...box },
      direction,
    };
    if (passage.rejected || !matchesAny(label, this.#definition.reject)) return [event];
    passage.rejected = true;
    this.counts.rejected++;
    return [event, { ...event, type: 'reject', box: { ...box } }];
  }

  /** The line in px of a frame. */
  #place(width: number, height: number): Line {
    const { from, to } = this.#definition;
    if (this.#line?.width !== width || this.#line.height !== height) this.#line = new Line(from, to, width, height);
    return this.#line;
  }

  #remember(trackId: number, passage: Passage): void {
    this.#passages.delete(trackId);
    this.#passages.set(trackId, passage);
    if (this.#passages.size > maxTracks) {
      const [oldest] = this.#passages.keys();
      this.#passages.delete(oldest);
    }
  }
}

type Point = LineRuleDefinition['from'];

/** A line in px of frames of one size. */
class Line {
  readonly width: number;
  readonly height: number;
  readonly #fromX: number;
  readonly #fromY: number;
  /** Unit vector along the line. */
  readonly #alongX: number;
  readonly #alongY: number;
  readonly #length: number;

  constructor(from: Point, to: Point, width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#fromX = from.x * width;
    this.#fromY = from.y * height;
    const x = (to.x - from.x) * width;
    const y = (to.y - from.y) * height;
    this.#length = Math.hypot(x, y);
    this.#alongX = x / this.#length;
    this.#alongY = y / this.#length;
  }

  /** Distance of a point in px, positive on the right. */
  distance(x: number, y: number): number {
    return this.#alongX * (y - this.#fromY) - this.#alongY * (x - this.#fromX);
  }

  /** Whether a point on the infinite line lies between the end points. */
  holds(x: number, y: number): boolean {
    const along = this.#alongX * (x - this.#fromX) + this.#alongY * (y - this.#fromY);
    return along >= 0 && along <= this.#length;
  }
}

// A centre on the line is on its right.
function sideOf(distance: number): -1 | 1 {
  return distance < 0 ? -1 : 1;
}

function vote(votes: Map<number, Vote>, classId: number, label: string, score: number): void {
  const cast = votes.get(classId);
  if (cast) cast.score += score;
  else votes.set(classId, { label, score });
}

/** The class with the most votes; the one seen first among equals. */
function winner(votes: Map<number, Vote>): [number, Vote] {
  let best: [number, Vote] | undefined;
  for (const entry of votes) if (!best || entry[1].score > best[1].score) best = entry;
  return best as [number, Vote];
}

/** Whether a label is one of `patterns`; a leading `*` matches any beginning. */
export function matchesAny(label: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => (pattern.startsWith('*') ? label.endsWith(pattern.slice(1)) : label === pattern));
}
