import type { Command } from 'commander';
import { addBridgeBench } from './bench-bridge-command.node.js';
import { benchMemory } from './bench-memory.node.js';
import { type BenchPipelineReport, benchPipeline } from './bench-pipeline.node.js';
import { addPreprocessBench } from './bench-preprocess-command.node.js';
import { colorsFor } from './colors.node.js';
import type { CommandContext } from './command-context.node.js';
import { exitCodes } from './failure.node.js';
import * as value from './option-values.js';
import { withProgress } from './progress.node.js';
import { modelSettings } from './run-definition.node.js';
import { addModelOptions, addOutputOptions, type ModelOptions } from './run-options.js';
import { indented, plainTable, stageTable } from './tables.node.js';

interface PipelineBenchOptions extends ModelOptions {
  json?: boolean;
  frames: number;
  repeats: number;
  acquireMs?: number;
  seed: number;
}

interface MemoryBenchOptions extends ModelOptions {
  json?: boolean;
  frames: number;
  warmUp: number;
  seed: number;
}

const pipelineHelp = `
Frames lie in memory; acquiring one copies it and keeps its thread busy for --acquire-ms, by default
a third of what inference takes. Both numbers of slots must give equal results before they are
timed, and their repeats alternate. "speedup" is the median of the repeats' ratios.

Examples:
  $ reflexarc bench pipeline
  $ reflexarc bench pipeline --model yolox_nano.onnx --preset yolox --repeats 7 --json`;

/** Adds `reflexarc bench` and its subcommands. */
export function addBenchCommand(program: Command, context: CommandContext): void {
  const bench = program
    .command('bench')
    .description('measure kernels, pipeline, memory or native runtimes on this machine');
  addPreprocessBench(bench, context);
  addPipelineBench(bench, context);
  addMemoryBench(bench, context);
  addBridgeBench(bench, context);
}

function addPipelineBench(bench: Command, context: CommandContext): void {
  const command = bench
    .command('pipeline')
    .description('throughput and stages with one and two frames in flight')
    .option('--frames <n>', 'measured frames per repeat', value.wholeNumber('--frames'), 120)
    .option('--repeats <n>', 'repeats of each', value.wholeNumber('--repeats'), 5)
    .option('--acquire-ms <ms>', 'how long acquiring a frame takes', value.positiveNumber('--acquire-ms', 'ms'))
    .option('--seed <n>', 'seed of the pictures', value.wholeNumber('--seed', 0, 0xffffffff), 1);
  addModelOptions(command);
  addOutputOptions(command)
    .addHelpText('after', pipelineHelp)
    .action(async (options: PipelineBenchOptions) => {
      const { model, ...settings } = await modelSettings(options);
      const report = await withProgress('frames', (onProgress) =>
        benchPipeline({ ...options, model, settings, signal: context.signal, onProgress }),
      );
      await context.stdout.writeLine(options.json ? JSON.stringify(report) : pipelineText(report));
      context.finish(exitCodes.success);
    });
}

function addMemoryBench(bench: Command, context: CommandContext): void {
  const command = bench
    .command('memory')
    .description('what memory does over many frames: wasm pages, buffers, JS heap')
    .option('--frames <n>', 'frames after the warm-up', value.wholeNumber('--frames'), 5000)
    .option('--warm-up <n>', 'frames before', value.wholeNumber('--warm-up'), 1000)
    .option('--seed <n>', 'seed of the pictures', value.wholeNumber('--seed', 0, 0xffffffff), 1);
  addModelOptions(command);
  addOutputOptions(command)
    .addHelpText('after', '\nExit codes: 0 memory is flat, 1 it is not.')
    .action(async (options: MemoryBenchOptions) => {
      const { model, ...settings } = await modelSettings(options);
      const report = await withProgress('frames', (onProgress) =>
        benchMemory({ ...options, warmUpFrames: options.warmUp, model, settings, signal: context.signal, onProgress }),
      );
      if (options.json) await context.stdout.writeLine(JSON.stringify(report));
      else {
        const rows = report.rows.map((row) => [
          row.execution,
          String(row.frames),
          `${row.kernelPages.before} → ${row.kernelPages.after}`,
          `${row.frameBuffers.before} → ${row.frameBuffers.after}`,
          String(row.heap.slopeBytesPerFrame),
          String(row.buffersMade.own),
          (row.buffersMade.runtime / row.frames).toFixed(2),
        ]);
        const head = [
          'execution',
          'frames',
          'wasm pages',
          'frame buffers',
          'heap B/frame',
          'buffers made',
          'by the runtime per frame',
        ];
        await context.stdout.writeLine(`\n${plainTable(rows, head, 'lrrrrrr')}\n`);
      }
      context.finish(report.flat ? exitCodes.success : exitCodes.failure);
    });
}

function pipelineText({ model, runtime, source, rows, speedup, ratios }: BenchPipelineReport): string {
  const pc = colorsFor(process.stdout);
  const parts = [
    indented(
      `${pc.bold(model)} on ${runtime}, ${source.width} × ${source.height} frames from memory, ${source.acquireMs} ms to acquire one`,
    ),
    ...rows.map(
      ({ slots, throughput, stages }) =>
        `${indented(`${pc.bold(`${slots} in flight`)}: ${throughput.toFixed(1)} frames per second`)}\n${stageTable(stages)}`,
    ),
    indented(`${pc.bold(`${speedup.toFixed(2)} ×`)} with two, median of ${ratios.join(', ')}`),
  ];
  return `\n${parts.join('\n\n')}\n`;
}
