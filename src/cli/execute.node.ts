import * as v from 'valibot';
import { lineRuleSchema, type PipelineDefinitionInput } from '../core/definition.js';
import { deserializeError, SourceError } from '../core/error.js';
import { parse } from '../core/parse.js';
import type { FrameFault, Result } from '../core/result.js';
import { createPipeline } from '../pipeline/create-pipeline.node.js';
import type { Pipeline, PipelineInfo, PipelineOptions, PipelinePhase, PipelineStats } from '../pipeline/pipeline.js';
import { type Evaluation, Evaluator } from '../validate/evaluator.js';
import type { GroundTruth } from '../validate/ground-truth.js';
import { Interruption } from './interruption.node.js';

/** What a command wants done with a pipeline. */
export interface Execution {
  definition: PipelineDefinitionInput;
  signal: AbortSignal;
  /** Compares the results with it. */
  truth?: GroundTruth;
  /** Takes the place of the definition's source. */
  source?: PipelineOptions['source'];
  onPhase?(phase: PipelinePhase): void;
  /** The pipeline is about to take its first frame. */
  onReady?(info: PipelineInfo): void;
  /** One frame is through; the run waits for it. */
  onEntry?(entry: Result | FrameFault): Promise<void> | void;
}

/** What was done, however it ended. */
export interface Outcome {
  /** As they are at the end; absent where the pipeline never came up. */
  info?: PipelineInfo;
  stats?: PipelineStats;
  evaluation?: Evaluation;
  /** Why it failed. */
  error?: unknown;
  /** Set where a signal ended it. */
  interruption?: Interruption;
}

/** Runs a pipeline to its end and never throws: what was done is told beside what went wrong. */
export async function execute(execution: Execution): Promise<Outcome> {
  const { definition, signal, truth, onReady, onEntry } = execution;
  const outcome: Outcome = {};
  // As many as an error should name; their number is in the statistics.
  const faults: FrameFault[] = [];
  const pending: Promise<void>[] = [];
  let pipeline: Pipeline | undefined;
  let evaluator: Evaluator | undefined;
  try {
    const rules = parse(v.array(lineRuleSchema), definition.rules ?? [], 'pipeline definition: rules');
    if (truth) evaluator = new Evaluator(truth, rules);
    pipeline = await createPipeline(definition, {
      signal,
      source: execution.source,
      sinks: evaluator && [evaluator],
      onProgress: execution.onPhase,
      onFault: (fault) => {
        if (faults.length < 100) faults.push(fault);
        const told = onEntry?.(fault);
        if (told) pending.push(told);
      },
    });
    onReady?.(pipeline.info);
    for await (const result of pipeline.run({ signal })) await onEntry?.(result);
  } catch (error) {
    if (error instanceof Interruption) outcome.interruption = error;
    else if (!signal.aborted || error !== signal.reason) outcome.error = error;
  }
  if (pipeline) {
    try {
      await pipeline.close();
    } catch (error) {
      outcome.error ??= error;
    }
    outcome.info = pipeline.info;
    outcome.stats = pipeline.stats;
    // Classes of whole pictures have no boxes to compare.
    const comparable = outcome.info.model.task === 'detection' && outcome.stats.frames > 0;
    if (comparable) outcome.evaluation = evaluator?.evaluate();
  }
  await Promise.all(pending);
  outcome.error ??= summarizeFaults(faults, outcome.stats);
  return outcome;
}

// One unreadable picture alone is its own error; among others they are counted.
function summarizeFaults(faults: readonly FrameFault[], stats: PipelineStats | undefined): unknown {
  if (faults.length === 0) return undefined;
  const [first] = faults;
  const cause = deserializeError(first.error);
  const count = stats?.faults ?? faults.length;
  const frames = stats?.frames ?? 0;
  if (count === 1 && frames === 0) return cause;
  return new SourceError({
    subject: 'the frames of the source',
    expected: `${count + frames} that can be processed`,
    received: `${count} that cannot, first ${first.source ?? `frame ${first.frame}`}: ${cause.message.replace(/\.$/, '')}`,
    remedy: 'The results hold the error of each; the other frames were processed.',
    details: { faults: count, frames: faults.map(({ frame }) => frame) },
    cause,
  });
}
