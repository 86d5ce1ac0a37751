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
 * Counts the objects whose centre really crosses a line between two frames that follow each other.
 * Frames of which nothing is known are passed over; an object's last known centre stays valid.
 * @param frames how many frames the source has shown, from frame 0.
 */
export function expectedCrossings(
  truth: GroundTruth,
  frames: number,
  rules: readonly LineRuleDefinition[],
  size: FrameSize,
): Pick<Counts, 'expected' | 'rejectable'> {
  const counts = { expected: 0, rejectable: 0 };
  for (const rule of rules) {
    const last = new Map<number, Point>();
    for (let frame = 0; frame < frames; frame++) {
      for (const object of truth(frame) ?? []) {
        const centre = centreOf(object);
        const before = last.get(object.id);
        last.set(object.id, centre);
        if (!before || !crosses(before, centre, rule, size)) continue;
        counts.expected++;
        if (matchesAny(object.label, rule.reject)) counts.rejectable++;
      }
    }
  }
  return counts;
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
