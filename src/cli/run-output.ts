import { ReflexarcError } from '../core/error.js';
import type { Percentiles } from '../core/histogram.js';
import type { FrameFault, Item, Result } from '../core/result.js';
import type { PipelineInfo, PipelineStats } from '../pipeline/pipeline.js';
import type { Evaluation } from '../validate/evaluator.js';

/** An error as `--json` prints it. */
export interface ErrorOutput {
  code: string;
  message: string;
  expected: string;
  received: string;
  remedy: string;
}

/** One frame as `--json` and `--jsonl` print it. `timestamp` is in µs, boxes in px of the upright frame. */
export type FrameOutput =
  | { frame: number; timestamp: number; source: string | null; items: Item[] }
  | { frame: number; source: string | null; error: ErrorOutput };

/** Durations in ms, to the µs. */
export type StagesOutput = Record<string, Percentiles>;

/** What came of a run, without its frames. Parts that never came to be are absent. */
export interface SummaryOutput {
  model?: string;
  runtime?: string;
  source?: string;
  /** Processed frames. */
  frames: number;
  /** Frames that could not be read or processed. */
  faults?: number;
  /** Processed frames that missed the deadline. */
  late?: number;
  stages?: StagesOutput;
  /** Processed frames per second. */
  throughput?: number;
  drops?: PipelineStats['drops'];
  lines?: PipelineStats['lines'];
  accuracy?: Evaluation['accuracy'];
  counts?: Evaluation['counts'];
  info?: PipelineInfo;
  interrupted?: true;
  error?: ErrorOutput;
}

/** What a summary is made from. */
export interface RunFacts {
  /** As the user named it. */
  source?: string;
  info?: PipelineInfo;
  stats?: PipelineStats;
  evaluation?: Evaluation;
  interrupted?: boolean;
  error?: unknown;
}

/** Shapes what is known of a run for `--json`. */
export function summaryOutput({ source, info, stats, evaluation, interrupted, error }: RunFacts): SummaryOutput {
  return {
    ...(info && { model: info.model.id, runtime: info.runtime.runtime }),
    ...(source !== undefined && { source }),
    frames: stats?.frames ?? 0,
    ...(stats && {
      faults: stats.faults,
      late: stats.late,
      stages: stagesOutput(stats.stages),
      throughput: rounded(stats.throughput),
      drops: { ...stats.drops, longestGapMs: rounded(stats.drops.longestGapMs) },
      lines: stats.lines,
    }),
    ...evaluation,
    ...(info && { info }),
    ...(interrupted && { interrupted: true }),
    ...(error !== undefined && { error: errorOutput(error) }),
  };
}

/** Shapes one frame, processed or not. */
export function frameOutput(entry: Result | FrameFault): FrameOutput {
  const source = entry.source ?? null;
  if ('error' in entry) {
    const { code, message, expected, received, remedy } = entry.error;
    return {
      frame: entry.frame,
      source,
      error: {
        code: code ?? 'ERR_UNEXPECTED',
        message,
        expected: expected ?? 'a frame that can be processed',
        received: received ?? message,
        remedy: remedy ?? 'Check this frame; the others are not concerned.',
      },
    };
  }
  return { frame: entry.frame, timestamp: entry.timestamp, source, items: entry.items };
}

/** Shapes percentiles, rounded to the µs. */
export function stagesOutput(stages: Readonly<Record<string, Percentiles | undefined>>): StagesOutput {
  const output: StagesOutput = {};
  for (const [stage, figures] of Object.entries(stages)) {
    if (!figures) continue;
    const { p50, p95, p99, p999, max, n } = figures;
    output[stage] = {
      p50: rounded(p50),
      p95: rounded(p95),
      p99: rounded(p99),
      p999: rounded(p999),
      max: rounded(max),
      n,
    };
  }
  return output;
}

/** Shapes any thrown value. One that this package did not throw on purpose is a bug, and says so. */
export function errorOutput(error: unknown): ErrorOutput {
  if (error instanceof ReflexarcError) {
    const { code, message, expected, received, remedy } = error;
    return { code, message, expected, received, remedy: remedy ?? 'Correct what the message names and run again.' };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'ERR_UNEXPECTED',
    message: `Unexpected failure: ${message}`,
    expected: 'no failure of this kind',
    received: message,
    remedy:
      'This is a bug. Please report it with the command line, its output with --debug, and `reflexarc doctor --json`.',
  };
}

/** To three decimals. */
export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
