import type { Command } from 'commander';
import { InvalidArgumentError } from '../core/error.js';
import { type BenchBridgeReport, benchBridge, bridgeCases, isWithinLimit } from './bench-bridge.node.js';
import type { CommandContext } from './command-context.node.js';
import { exitCodes } from './failure.node.js';
import * as value from './option-values.js';
import { withProgress } from './progress.node.js';
import { addOutputOptions } from './run-options.js';
import { indented, plainTable } from './tables.node.js';
import { UsageError } from './usage-error.js';

interface Options {
  json?: boolean;
  case?: string[];
  samples: number;
  python?: string;
  model?: string;
  video?: string;
}

const help = `
What is compared takes turns, and its results are compared before it is timed. Figures are medians; ratios are the
median of the turns' ratios, differences that of the turns' differences. Whoever is compared runs once untimed right
before each run that is timed. Cases that need what is not installed are left out, and say what that is.

Cases:
${bridgeCases.map(({ name, what }) => `  ${name.padEnd(20)} ${what}`).join('\n')}

Exit codes: 0 every figure keeps its limit; 1 one does not, a case failed, one that --case names was left out, or there
are no figures.`;

/** Adds `reflexarc bench bridge`. */
export function addBridgeBench(bench: Command, context: CommandContext): void {
  const command = bench
    .command('bridge')
    .description('the ways to native runtimes, against their own')
    .option('--case <names>', 'cases to time; default: all below', value.list('--case'))
    .option('--samples <n>', 'samples per case, at most', value.wholeNumber('--samples'), 200)
    .option('--python <program>', 'the Python that has the libraries to compare with (also REFLEXARC_PYTHON)')
    .option('--model <file>', 'a YOLOX model of 416 × 416, for host-pipeline')
    .option('--video <file>', 'a video, for host-pipeline');
  addOutputOptions(command)
    .addHelpText('after', help)
    .action(async ({ case: cases, json, ...options }: Options) => {
      const report = await withProgress('cases', (onProgress) =>
        benchBridge(cases, { ...options, signal: context.signal, onProgress }),
      ).catch((error: unknown) => {
        throw error instanceof InvalidArgumentError ? new UsageError(error) : error;
      });
      await context.stdout.writeLine(json ? JSON.stringify(report) : reportText(report));
      context.finish(report.withinLimits ? exitCodes.success : exitCodes.failure);
    });
}

function reportText({ machine, results, skipped, failed }: BenchBridgeReport): string {
  const rows = results.flatMap(({ case: name, n, figures }) =>
    figures.map((figure) => [
      name,
      figure.name,
      `${figure.value.toFixed(3)} ${figure.unit}`,
      figure.limit === undefined ? '' : `≤ ${figure.limit} ${isWithinLimit(figure) ? '✓' : '✗'}`,
      String(figure.n ?? n),
    ]),
  );
  const parts = [
    indented(
      `${machine.cpu}, ${machine.cores} cores, ${machine.platform} ${machine.architecture}, Node ${machine.node}`,
    ),
    ...(rows.length > 0 ? [plainTable(rows, ['case', 'figure', 'median', 'limit', 'n'], 'llrlr')] : []),
    ...skipped.map(({ case: name, reason }) => indented(`${name} was left out: ${reason}`)),
    ...failed.map(({ case: name, reason }) => indented(`${name} failed: ${reason}`)),
  ];
  return `\n${parts.join('\n\n')}\n`;
}
