import type { LineRuleDefinition } from '../core/definition.js';
import type { Detection, Result } from '../core/result.js';
import type { Sink } from '../respond/sink.js';
import { AveragePrecision, anyClass, type ScoredBox, type TruthBox } from './average-precision.js';
import { type Counts, expectedCrossings, type FrameSize } from './counts.js';
import type { GroundTruth } from './ground-truth.js';

/** How a run compares with the truth. */
export interface Evaluation {
  accuracy: {
    /** Mean average precision at IoU 0.5 over the labels that occur; `null` where nothing was there to be found. */
    map50: number | null;
    /** Average precision of each label that occurs. */
    perClass: Record<string, number>;
  };
  /** There where the pipeline has line rules. */
  counts?: Counts;
}

/** Less of an object in sight than this, and nobody can be asked to judge it. */
const judgeable = 0.5;

/**
 * Collects what a pipeline reports and compares it with the truth afterwards, so that comparing costs the run nothing.
 * The truth is never shown to the pipeline. Accuracy covers processed frames only; crossings are expected in all frames
 * up to the last processed one, so dropped frames may cost a count.
 */
export class Evaluator implements Sink {
  readonly #frames: { frame: number; detections: Detection[] }[] = [];
  readonly #truth: GroundTruth;
  #size: FrameSize | undefined;
  #found = 0;
  #rejected = 0;

  constructor(truth: GroundTruth) {
    this.#truth = truth;
  }

  result({ frame, items, events, width, height }: Result): void {
    this.#size ??= { width, height };
    this.#frames.push({ frame, detections: items.filter((item): item is Detection => 'box' in item) });
    for (const event of events) {
      if (event.type === 'crossing') this.#found++;
      else this.#rejected++;
    }
  }

  /**
   * Compares all results so far.
   * @param rules the pipeline's lines.
   */
  evaluate(rules: readonly LineRuleDefinition[]): Evaluation {
    const evaluation: Evaluation = { accuracy: this.#accuracy() };
    if (rules.length > 0 && this.#size) {
      const { expected, rejectable } = expectedCrossings(
        this.#truth,
        this.#frames.at(-1)!.frame + 1,
        rules,
        this.#size,
      );
      evaluation.counts = { found: this.#found, expected, rejected: this.#rejected, rejectable };
    }
    return evaluation;
  }

  #accuracy(): Evaluation['accuracy'] {
    // Classes are compared by label: a model may order them differently, or not know them.
    const ids = new Map<string, number>();
    const idOf = (label: string) => {
      const id = ids.get(label) ?? ids.size;
      ids.set(label, id);
      return id;
    };
    const compared: { found: ScoredBox[]; there: TruthBox[] }[] = [];
    for (const { frame, detections } of this.#frames) {
      const objects = this.#truth(frame);
      if (!objects) continue;
      compared.push({
        found: detections.map(({ box, score, label }) => ({ box, score, classId: idOf(label) })),
        there: objects.map(({ box, label, visible }) =>
          visible < judgeable ? { box, classId: anyClass, ignore: true } : { box, classId: idOf(label) },
        ),
      });
    }
    const precision = new AveragePrecision(ids.size);
    for (const { found, there } of compared) precision.add(found, there);
    const { mean, perClass } = precision.report();
    const labels = [...ids].filter(([, id]) => perClass[id] !== null).sort(([a], [b]) => (a < b ? -1 : 1));
    return { map50: mean, perClass: Object.fromEntries(labels.map(([label, id]) => [label, perClass[id] as number])) };
  }
}
