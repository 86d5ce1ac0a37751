import type { Command } from 'commander';
import { sourceTruth } from '../acquire/source-truth.node.js';
import { sourceSchema } from '../core/definition.js';
import { parse } from '../core/parse.js';
import type { FrameFault, Result } from '../core/result.js';
import type { CommandContext } from './command-context.node.js';
import { execute } from './execute.node.js';
import { errorText, exitCodeOf, exitCodes } from './failure.node.js';
import { createProgress } from './progress.node.js';
import { runDefinition } from './run-definition.node.js';
import { addRunOptions, type RunOptions } from './run-options.js';
import { type FrameOutput, frameOutput, summaryOutput } from './run-output.js';
import { frameLine, runReport } from './run-report.node.js';

const examples = `
Examples:
  $ reflexarc run --source synthetic --frames 300
  $ reflexarc run --model yolox_nano.onnx --preset yolox --source street.mp4 --annotate seen
  $ reflexarc run --model classifier.onnx --preset classification --source photos --json
  $ reflexarc run --source synthetic --fps 30 --duration 1m --deadline 50 --jsonl
  $ reflexarc run --source synthetic --frames 100 --record belt && reflexarc run --source belt

Units: timestamps in µs, stages in ms, boxes in px of the upright frame, not clipped.
Stages cover processed frames; drops tell what is missing. "overhead" is preprocess + postprocess
+ respond; "acquire" and "queue" stand apart; "total" counts from a frame's intended arrival.
Where the truth is known (synthetic, recordings) accuracy and counts are printed. The accuracy is
that of what is reported: a lower --score-threshold reports more and gives a slightly higher one.
Exit codes: 0 done, 1 failed, 2 wrong command line, 130 interrupted.`;

/** Adds `reflexarc run`. */
export function addRunCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('run')
    .description('run a model on pictures, a video, a recording or a synthetic belt');
  addRunOptions(command)
    .addHelpText('after', examples)
    .action(async (options: RunOptions) => context.finish(await run(options, context)));
}

async function run(options: RunOptions, { stdout, signal, debug }: CommandContext): Promise<number> {
  const definition = await runDefinition(options);
  const truth = await sourceTruth(parse(sourceSchema, definition.source, 'source'));
  const entries: FrameOutput[] = [];
  let done = 0;
  let progress: ReturnType<typeof createProgress> | undefined;
  const outcome = await execute({
    definition,
    truth,
    signal,
    onPhase: debug ? (phase) => process.stderr.write(`reflexarc: ${phase}\n`) : undefined,
    onReady(info) {
      const { frameCount } = info.source;
      const byTime = options.fps && options.duration ? Math.ceil((options.fps * options.duration) / 1000) : undefined;
      const limits = [options.frames, frameCount, byTime].filter((limit) => limit !== undefined);
      progress = createProgress('frames', limits.length > 0 ? Math.min(...limits) : undefined);
    },
    onEntry(entry: Result | FrameFault) {
      progress?.update(++done);
      if (options.json) entries.push(frameOutput(entry));
      if (options.verbose && !options.jsonl) {
        const line = frameLine(entry);
        if (options.json) process.stderr.write(`${line}\n`);
        else return stdout.writeLine(line);
      }
      return options.jsonl ? stdout.writeLine(JSON.stringify(frameOutput(entry))) : undefined;
    },
  });
  progress?.stop();
  const summary = summaryOutput({ source: options.source, ...outcome, interrupted: !!outcome.interruption });
  if (options.json) {
    // A fault is told when it happens, a result when it is through: frames in flight may lie between.
    entries.sort((a, b) => a.frame - b.frame);
    const { model, runtime, source, frames, ...rest } = summary;
    await stdout.writeLine(JSON.stringify({ model, runtime, source, frames, results: entries, ...rest }));
  } else if (options.jsonl) await stdout.writeLine(JSON.stringify({ summary }));
  else if (outcome.info) await stdout.writeLine(runReport(outcome, options));
  if (outcome.error !== undefined) {
    process.stderr.write(`${errorText(outcome.error)}\n`);
    return outcome.interruption?.exitCode ?? exitCodeOf(outcome.error);
  }
  return outcome.interruption?.exitCode ?? exitCodes.success;
}
