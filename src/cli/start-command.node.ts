import type { Command } from 'commander';
import { sourceTruth } from '../acquire/source-truth.node.js';
import { type PipelineDefinitionInput, sourceSchema } from '../core/definition.js';
import { parse } from '../core/parse.js';
import type { PipelineStats } from '../pipeline/pipeline.js';
import { colorsFor } from './colors.node.js';
import type { CommandContext } from './command-context.node.js';
import { execute, type Outcome } from './execute.node.js';
import { errorText, exitCodeOf, exitCodes } from './failure.node.js';
import * as value from './option-values.js';
import { createProgress } from './progress.node.js';
import { builtInModel, conveyorArc } from './run-definition.node.js';
import { addOutputOptions } from './run-options.js';
import { summaryOutput } from './run-output.js';
import { evaluationText, flowText, headline } from './run-report.node.js';
import { hasKiosk, serveKiosk } from './serve-kiosk.node.js';
import { indented, milliseconds, stageTable } from './tables.node.js';

const framesPerSecond = 30;
const usualFrames = 300;
const frameTimeMs = 1000 / framesPerSecond;

interface StartOptions {
  once?: boolean;
  json?: boolean;
  seed: number;
  frames: number;
  record?: string;
  port?: number;
}

const help = `
The arc: synthetic camera → detector → tracker → line → reject. Every frame is processed, so that
counts can be compared with the truth. Plain "start" shows frames at the camera's ${framesPerSecond} per second and
counts latency from the moment each was due; with --once they follow as fast as they are
processed, and latency counts from the moment each was asked for.

Afterwards plain "start" serves the same arc as a page for this machine's browsers, and prints its
address; Ctrl-C ends it. With --once or --json it ends by itself.

Examples:
  $ npm start
  $ npm start -s -- --once --json --seed 7 --frames 1000
  $ npm start -- --record belt && npx reflexarc run --source belt`;

/** Adds `reflexarc start`, which is what `npm start` runs. */
export function addStartCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('start')
    .description('inspect a synthetic conveyor with the built-in model, and compare with the truth')
    .option('--once', 'one run as fast as it goes, then end')
    .option('--seed <n>', 'seed of the scene', value.wholeNumber('--seed', 0, 0xffffffff), 1)
    .option('--frames <n>', 'how many frames', value.wholeNumber('--frames'), usualFrames)
    .option(
      '--port <n>',
      'where the page is served (default: 7380, or any free port)',
      value.wholeNumber('--port', 1, 65535),
    )
    .option('--record <dir>', 'write pictures, results and truth to an absent or empty folder');
  addOutputOptions(command)
    .addHelpText('after', help)
    .action(async (options: StartOptions) => context.finish(await start(options, context)));
}

/** The definition that `npm start` runs. */
function conveyorDefinition({ seed, frames, once, record }: StartOptions): PipelineDefinitionInput {
  return {
    source: { type: 'synthetic', seed, frameRate: framesPerSecond },
    model: { type: 'bundle', path: builtInModel },
    ...conveyorArc,
    rules: [...conveyorArc.rules],
    // The counts are compared with the truth, so no frame may be passed over.
    queue: 'wait',
    pace: once ? undefined : framesPerSecond,
    frames,
    sinks: record === undefined ? [] : [{ type: 'recording', path: record }],
  };
}

async function start(options: StartOptions, context: CommandContext): Promise<number> {
  const { stdout, signal, debug } = context;
  const definition = conveyorDefinition(options);
  const truth = await sourceTruth(parse(sourceSchema, definition.source, 'source'));
  let progress: ReturnType<typeof createProgress> | undefined;
  let done = 0;
  const outcome = await execute({
    definition,
    truth,
    signal,
    onPhase: debug ? (phase) => process.stderr.write(`reflexarc: ${phase}\n`) : undefined,
    onReady() {
      progress = createProgress('frames', options.frames);
    },
    onEntry: () => progress?.update(++done),
  });
  progress?.stop();
  if (options.json) {
    const { model, runtime, frames, accuracy, counts, stages, info, interrupted, error } = summaryOutput({
      ...outcome,
      interrupted: outcome.interruption !== undefined,
    });
    await stdout.writeLine(
      JSON.stringify({ model, runtime, frames, accuracy, counts, stages, info, interrupted, error }),
    );
  } else if (outcome.info) await stdout.writeLine(startReport(outcome, options));
  if (outcome.interruption) return outcome.interruption.exitCode;
  if (outcome.error === undefined) {
    if (!options.once && !options.json && hasKiosk()) await serveKiosk(context, options.port);
    return exitCodes.success;
  }
  process.stderr.write(`${errorText(outcome.error)}\n`);
  return exitCodeOf(outcome.error);
}

function startReport({ info, stats, evaluation, interruption }: Outcome, options: StartOptions): string {
  const pc = colorsFor(process.stdout);
  const parts: string[] = [];
  if (info) parts.push(headline(info, `a synthetic conveyor, seed ${options.seed}`));
  if (interruption) parts.push(indented(`${pc.yellow('Interrupted.')} This is what was done until then.`));
  if (evaluation) parts.push(evaluationText(evaluation));
  if (stats && stats.frames > 0) {
    parts.push(
      flowText(stats),
      stageTable(stats.stages, options.once ? undefined : frameTimeMs),
      deadlineText(stats, !options.once),
    );
  }
  const replay = options.record === undefined ? '' : `\n  npx reflexarc run --source ${options.record}`;
  parts.push(
    indented(
      [
        pc.dim('Go on:'),
        `  npx reflexarc run --source synthetic --fps 30 --duration 10s --noise 8 --light 0.6${replay}`,
        '  npx reflexarc run --model model.onnx --preset yolox --source photos --annotate seen',
        '  npx reflexarc run --help',
      ].join('\n'),
    ),
  );
  return `\n${parts.join('\n\n')}\n`;
}

// Paced, the belt brings a frame every 33 ms and latency tells whether it was answered in time; otherwise frames queue
// up as fast as they are drawn, and only the rate tells.
function deadlineText({ stages, throughput }: PipelineStats, paced: boolean): string {
  const pc = colorsFor(process.stdout);
  const { p99 } = stages.total;
  const rate = `the camera brings ${framesPerSecond} frames per second, one every ${milliseconds(frameTimeMs)} ms`;
  const keepsUp = paced ? p99 <= frameTimeMs : throughput >= framesPerSecond;
  const measured = paced
    ? `99 of 100 answers came within ${milliseconds(p99)} ms`
    : `${throughput.toFixed(0)} per second`;
  const verdict = keepsUp ? pc.green('This machine keeps up') : pc.yellow('This machine does not keep up');
  return indented(`${verdict}: ${measured}; ${rate}.`);
}
