import { type Box, intersectionOverUnion } from '../core/box.js';

/** Stands for every class in an ignored region. */
export const anyClass = -1;

/** A box that is there, with its class. */
export interface TruthBox {
  box: Box;
  classId: number;
  /**
   * True for a region that nobody can be asked to judge, such as a part that has hardly entered the picture: finding
   * something of its class, or anything with {@link anyClass}, in it is neither right nor wrong.
   */
  ignore?: boolean;
}

/** A box that a model reports. */
export interface ScoredBox {
  box: Box;
  classId: number;
  score: number;
}

/** Average precision per class, and the mean over the classes that occur in the truth. `null`: no truth of that class. */
export interface AveragePrecisionReport {
  mean: number | null;
  perClass: (number | null)[];
}

/** Detections of one frame and class that count, best first; COCO's limit. */
const maxDetections = 100;
const recallPoints = 101;

// One class over all frames: the detections that count, in order of arrival, and how many boxes there were to find.
interface ClassRecord {
  scores: number[];
  matched: boolean[];
  expected: number;
}

/**
 * Average precision at one IoU threshold, as COCO defines it: greedy matching by score in each frame, then the mean of
 * the interpolated precision at 101 recall points. Detections that miss every box but lie by half or more in an ignored
 * region are left out; such a region takes any number of them.
 *
 * Frames are added in the order of their index: detections of equal score rank by it.
 *
 * @source the evaluation of the COCO detection challenge (Lin et al. 2014); equal to pycocotools 2.0.11, where an
 * ignored region is an `iscrowd` box (`test/fixtures/average-precision/make.py`).
 */
export class AveragePrecision {
  readonly #classes: ClassRecord[] = [];
  readonly #iouThreshold: number;

  /** @param classCount classes to report on even if they never occur; ids beyond are added when they do. */
  constructor(classCount = 0, iouThreshold = 0.5) {
    this.#reach(classCount);
    this.#iouThreshold = Math.min(iouThreshold, 1 - 1e-10);
  }

  /** Adds one frame. Both lists are borrowed. */
  add(detections: readonly ScoredBox[], truth: readonly TruthBox[]): void {
    for (const { classId } of [...detections, ...truth]) this.#reach(classId + 1);
    this.#classes.forEach((record, classId) => {
      const boxes = truth.filter((t) => t.classId === classId && !t.ignore);
      const ignored = truth.filter((t) => t.ignore && (t.classId === classId || t.classId === anyClass));
      record.expected += boxes.length;
      const taken = new Array<boolean>(boxes.length).fill(false);
      const ranked = detections.filter((d) => d.classId === classId).sort((a, b) => b.score - a.score);
      for (const detection of ranked.slice(0, maxDetections)) {
        const match = this.#bestFree(detection.box, boxes, taken);
        if (match >= 0) taken[match] = true;
        else if (ignored.some((region) => coveredShare(detection.box, region.box) >= this.#iouThreshold)) continue;
        record.scores.push(detection.score);
        record.matched.push(match >= 0);
      }
    });
  }

  /** The figures over all frames added so far. */
  report(): AveragePrecisionReport {
    const perClass = this.#classes.map(interpolatedPrecision);
    const known = perClass.filter((ap) => ap !== null);
    const mean = known.length > 0 ? known.reduce((sum, ap) => sum + ap, 0) / known.length : null;
    return { mean, perClass };
  }

  #reach(classCount: number): void {
    while (this.#classes.length < classCount) this.#classes.push({ scores: [], matched: [], expected: 0 });
  }

  // The free box that overlaps most; of equal ones the later, as in the reference.
  #bestFree(box: Box, boxes: readonly TruthBox[], taken: readonly boolean[]): number {
    let best = this.#iouThreshold;
    let match = -1;
    boxes.forEach((candidate, index) => {
      if (taken[index]) return;
      const overlap = intersectionOverUnion(box, candidate.box);
      if (overlap >= best) {
        best = overlap;
        match = index;
      }
    });
    return match;
  }
}

function interpolatedPrecision({ scores, matched, expected }: ClassRecord): number | null {
  if (expected === 0) return null;
  const order = scores.map((_, index) => index).sort((a, b) => scores[b] - scores[a]);
  const recall: number[] = [];
  const precision: number[] = [];
  let right = 0;
  order.forEach((index, rank) => {
    if (matched[index]) right++;
    recall.push(right / expected);
    precision.push(right / (rank + 1));
  });
  // Precision at a recall is the best one at that recall or beyond.
  for (let i = precision.length - 2; i >= 0; i--) precision[i] = Math.max(precision[i], precision[i + 1]);
  let sum = 0;
  let at = 0;
  for (let point = 0; point < recallPoints; point++) {
    // A product, not a quotient: the reference's points are a last bit above some decimals, and recalls hit them.
    while (at < recall.length && recall[at] < (point === recallPoints - 1 ? 1 : point * 0.01)) at++;
    if (at < recall.length) sum += precision[at];
  }
  return sum / recallPoints;
}

// How much of a box lies inside a region, 0…1.
function coveredShare(box: Box, region: Box): number {
  const width = Math.min(box.x + box.width, region.x + region.width) - Math.max(box.x, region.x);
  const height = Math.min(box.y + box.height, region.y + region.height) - Math.max(box.y, region.y);
  return width > 0 && height > 0 ? (width * height) / (box.width * box.height) : 0;
}
