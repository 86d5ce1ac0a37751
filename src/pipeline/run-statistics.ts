import { Histogram } from '../core/histogram.js';
import type { Spans } from '../core/result.js';
import type { IntakeCounters } from './intake.js';
import type { PipelineStats } from './pipeline.js';

const stages = ['acquire', 'queue', 'preprocess', 'infer', 'postprocess', 'respond', 'overhead', 'total'] as const;

/** Counts and durations of a run. Recording a frame allocates nothing. */
export class RunStatistics {
  readonly #histograms = Object.fromEntries(stages.map((stage) => [stage, new Histogram()])) as Record<
    keyof Spans,
    Histogram
  >;
  readonly #reject = new Histogram();
  #frames = 0;
  #late = 0;
  #faults = 0;
  #stale = 0;
  #firstTime = 0;
  #lastTime = 0;
  #longestGapMs = 0;

  /** Frames answered so far. */
  get frames(): number {
    return this.#frames;
  }

  /** The first frame's acquisition began. */
  begin(time: number): void {
    if (this.#firstTime === 0) this.#firstTime = time;
  }

  /** One frame was answered at `time`. */
  frame(spans: Spans, late: boolean, time: number): void {
    for (const stage of stages) this.#histograms[stage].record(spans[stage]);
    if (this.#frames > 0) this.#longestGapMs = Math.max(this.#longestGapMs, time - this.#lastTime);
    this.#lastTime = time;
    this.#frames++;
    if (late) this.#late++;
  }

  reject(ms: number): void {
    this.#reject.record(ms);
  }

  fault(): void {
    this.#faults++;
  }

  stale(): void {
    this.#stale++;
  }

  snapshot({ dropped, openFrames, restarts }: IntakeCounters, lines: PipelineStats['lines']): PipelineStats {
    const percentiles = Object.fromEntries(
      stages.map((stage) => [stage, this.#histograms[stage].percentiles()]),
    ) as PipelineStats['stages'];
    if (this.#reject.n > 0) percentiles.reject = this.#reject.percentiles();
    const elapsed = this.#lastTime - this.#firstTime;
    return {
      frames: this.#frames,
      faults: this.#faults,
      late: this.#late,
      drops: { queue: dropped, stale: this.#stale, longestGapMs: this.#longestGapMs },
      stages: percentiles,
      throughput: elapsed > 0 ? (this.#frames * 1000) / elapsed : 0,
      openFrames,
      restarts,
      lines,
    };
  }
}
