import type { LineRuleDefinition } from '../core/definition.js';
import type { Detection, Result } from '../core/result.js';
import type { Sink } from '../respond/sink.js';
import { AveragePrecision, anyClass, type ScoredBox, type TruthBox } from './average-precision.js';
import { type Counts, CrossingCounter } from './counts.js';
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

/** Frames held for later. Beyond, each new frame has an old one compared, so that memory ends where a run does not. */
const heldFrames = 10_000;

/**
 * Collects what a pipeline reports and compares it with the truth afterwards, so that comparing costs the run nothing
 * (next to nothing after some minutes). The truth is never shown to the pipeline. Accuracy covers processed frames only;
 * crossings are expected in all frames up to the last processed one, so dropped frames may cost a count.
 */
export class Evaluator implements Sink {
  readonly #truth: GroundTruth;
  readonly #rules: readonly LineRuleDefinition[];
  readonly #held: { frame: number; detections: Detection[] }[] = [];
  readonly #precision = new AveragePrecision();
  // Classes are compared by label: a model may order them differently, or not know them.
  readonly #ids = new Map<string, number>();
  #crossings: CrossingCounter | undefined;
  #frames = 0;
  #found = 0;
  #rejected = 0;

  /** @param rules the pipeline's lines. */
  constructor(truth: GroundTruth, rules: readonly LineRuleDefinition[]) {
    this.#truth = truth;
    this.#rules = rules;
  }

  result({ frame, items, events, width, height }: Result): void {
    if (this.#rules.length > 0) this.#crossings ??= new CrossingCounter(this.#truth, this.#rules, { width, height });
    this.#frames = frame + 1;
    for (const event of events) {
      if (event.type === 'crossing') this.#found++;
      else this.#rejected++;
    }
    this.#held.push({ frame, detections: items.filter((item): item is Detection => 'box' in item) });
    if (this.#held.length > heldFrames) this.#compareOldest();
  }

  /** Compares what is left, and gives the figures of all results so far. */
  evaluate(): Evaluation {
    while (this.#held.length > 0) this.#compareOldest();
    const { mean, perClass } = this.#precision.report();
    const labels = [...this.#ids].sort(([a], [b]) => (a < b ? -1 : 1));
    const known = labels.flatMap(([label, id]) => (typeof perClass[id] === 'number' ? [[label, perClass[id]]] : []));
    const accuracy = { map50: mean, perClass: Object.fromEntries(known) };
    if (!this.#crossings) return { accuracy };
    const { expected, rejectable } = this.#crossings.upTo(this.#frames);
    return { accuracy, counts: { found: this.#found, expected, rejected: this.#rejected, rejectable } };
  }

  #compareOldest(): void {
    const { frame, detections } = this.#held.shift()!;
    this.#crossings?.upTo(frame + 1);
    const objects = this.#truth(frame);
    if (!objects) return;
    this.#precision.add(
      detections.map(({ box, score, label }): ScoredBox => ({ box, score, classId: this.#idOf(label) })),
      objects.map(({ box, label, visible }): TruthBox => {
        return visible < judgeable ? { box, classId: anyClass, ignore: true } : { box, classId: this.#idOf(label) };
      }),
    );
  }

  #idOf(label: string): number {
    const known = this.#ids.get(label);
    if (known !== undefined) return known;
    this.#ids.set(label, this.#ids.size);
    return this.#ids.size - 1;
  }
}
