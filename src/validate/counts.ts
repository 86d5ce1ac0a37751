import type { LineRuleDefinition } from '../core/definition.js';
import { matchesAny } from '../respond/line-rule.js';
import type { GroundTruth, TruthObject } from './ground-truth.js';

/** Parts that crossed the lines: as the pipeline counted them, and as the truth has it. */
export interface Counts {
  /** Crossings counted. */
  found: number;
  /** Crossings that happened in the frames shown. */
  expected: number;
  /** Reject events. */
  rejected: number;
  /** Crossings of parts to be rejected. */
  rejectable: number;
}

/** Size of the frames in px, to place lines that are given in fractions. */
export interface FrameSize {
  width: number;
  height: number;
}

/**
 * Counts the objects whose centre really crosses a line between two frames that follow each other. Frames of which
 * nothing is known are passed over; an object's last known centre stays valid meanwhile.
 */
export class CrossingCounter {
  readonly #truth: GroundTruth;
  readonly #rules: readonly LineRuleDefinition[];
  readonly #size: FrameSize;
  readonly #counts = { expected: 0, rejectable: 0 };
  #next = 0;
  #last = new Map<number, Point>();

  constructor(truth: GroundTruth, rules: readonly LineRuleDefinition[], size: FrameSize) {
    this.#truth = truth;
    this.#rules = rules;
    this.#size = size;
  }

  /**
   * The crossings in frames 0 to `frames` − 1. Goes on from the frame that the last call ended with, so `frames` must not
   * get smaller.
   */
  upTo(frames: number): Pick<Counts, 'expected' | 'rejectable'> {
    for (; this.#next < frames; this.#next++) this.#look(this.#truth(this.#next));
    return { ...this.#counts };
  }

  #look(objects: readonly TruthObject[] | undefined): void {
    if (!objects) return;
    const last = this.#last;
    this.#last = new Map();
    for (const object of objects) {
      const centre = centreOf(object);
      this.#last.set(object.id, centre);
      const before = last.get(object.id);
      if (!before) continue;
      for (const rule of this.#rules) {
        if (!crosses(before, centre, rule, this.#size)) continue;
        this.#counts.expected++;
        if (matchesAny(object.label, rule.reject)) this.#counts.rejectable++;
      }
    }
  }
}

interface Point {
  x: number;
  y: number;
}

function centreOf({ box }: TruthObject): Point {
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

// The way from one centre to the next passes the line between its end points. A centre on the line is past it.
function crosses(before: Point, after: Point, rule: LineRuleDefinition, size: FrameSize): boolean {
  const from = { x: rule.from.x * size.width, y: rule.from.y * size.height };
  const to = { x: rule.to.x * size.width, y: rule.to.y * size.height };
  const start = sideOf(from, to, before);
  const end = sideOf(from, to, after);
  if (start < 0 === end < 0) return false;
  const share = start / (start - end);
  const x = before.x + share * (after.x - before.x);
  const y = before.y + share * (after.y - before.y);
  const length = (to.x - from.x) ** 2 + (to.y - from.y) ** 2;
  const along = ((x - from.x) * (to.x - from.x) + (y - from.y) * (to.y - from.y)) / length;
  return along >= 0 && along <= 1;
}

function sideOf(from: Point, to: Point, point: Point): number {
  return (to.x - from.x) * (point.y - from.y) - (to.y - from.y) * (point.x - from.x);
}
