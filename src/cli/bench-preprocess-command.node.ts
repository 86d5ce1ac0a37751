import type { Command } from 'commander';
import { InvalidArgumentError } from '../core/error.js';
import { benchCases } from './bench-case.js';
import type { BenchNativeReport } from './bench-native.node.js';
import { type BenchPeerResult, type BenchPeerRow, peers } from './bench-peers.node.js';
import { type BenchPath, type BenchPreprocessReport, benchPaths, benchPreprocess } from './bench-preprocess.node.js';
import type { CommandContext } from './command-context.node.js';
import { exitCodes } from './failure.node.js';
import * as value from './option-values.js';
import { withProgress } from './progress.node.js';
import { addOutputOptions } from './run-options.js';
import { indented, milliseconds, plainTable } from './tables.node.js';
import { UsageError } from './usage-error.js';

interface Options {
  json?: boolean;
  case?: string[];
  path?: string[];
  peer?: string[];
  python?: string;
  samples?: number;
}

const peerNames = peers.map(({ name }) => name).join(', ');

const help = `
A case is FORMAT-WIDTHxHEIGHT-RESIZE-FILTER-SIZE-TYPE-LAYOUT; * stands for anything. For RESIZE-FILTER stands warp-affine,
warp-perspective, or tiles-FILTER: tiles of SIZE that overlap by an eighth. TYPE i8 and u8q are quantised; LAYOUT gray is
one channel.

The yardstick is a copy of half the bytes that a pass must read and write, in the same memory, over rotating frames; ratio =
median / yardstick. Every result is compared with the plain TypeScript kernels before it is timed. A YUV case takes turns
with the same case of RGBA; "to RGBA" (toRgba) is the ratio of their medians.

Native and wasm kernels also take turns: on frames in their own memory, and on frames in shared memory, where a pipeline's
frames lie. Native kernels read those where they are; the wasm ones copy them first.

Other libraries do the same work on the same picture, one thread each, in processes of their own. What they make must be
close to what the kernels make, or it is not timed. They and the kernels take turns; "speedup" is the median of the turns'
ratios, with the interval that holds it in 95 of 100 cases. Libraries that are not installed are named with how to have them.
Runs that had to wait for a processor are counted as disturbed, and left out.

Cases:
  ${benchCases.join('\n  ')}

Examples:
  $ reflexarc bench preprocess --path wasm-simd --peer none
  $ reflexarc bench preprocess --case 'rgba-1920x1080-*' --path wasm-simd,native-simd
  $ reflexarc bench preprocess --case ${benchCases[0]} --json`;

/** Adds `reflexarc bench preprocess`. */
export function addPreprocessBench(bench: Command, context: CommandContext): void {
  const command = bench
    .command('preprocess')
    .description('preprocessing kernels against a plain copy of memory, and against other libraries')
    .option('--case <names>', 'cases to time; default: all below', value.list('--case'))
    .option('--path <names>', `executions to time (${benchPaths.join(', ')}); default: all`, value.list('--path'))
    .option('--peer <names>', `libraries to compare with (${peerNames}), or none; default: all`, value.list('--peer'))
    .option('--python <program>', 'the Python that has OpenCV and Pillow (also REFLEXARC_PYTHON)')
    .option('--samples <n>', 'timed runs per row and pairs per library, at most', value.wholeNumber('--samples'));
  addOutputOptions(command)
    .addHelpText('after', help)
    .action(async (options: Options) => {
      const { case: cases, path, peer, python, samples } = options;
      const paths = path as BenchPath[] | undefined;
      const report = await withProgress('rows', (onProgress) =>
        benchPreprocess({ cases, paths, peers: peer, python, samples, signal: context.signal, onProgress }),
      ).catch((error: unknown) => {
        // The names of cases, paths and peers came from the command line.
        throw error instanceof InvalidArgumentError ? new UsageError(error) : error;
      });
      await context.stdout.writeLine(options.json ? JSON.stringify(report) : reportText(report));
      context.finish(exitCodes.success);
    });
}

function reportText({ machine, rows, native, peers, skipped }: BenchPreprocessReport): string {
  const cells = rows.map(({ case: name, path, medianMs, yardstickMs, ratio, toRgba, gbPerSecond, n, disturbed }) => [
    name,
    path,
    medianMs.toFixed(3),
    yardstickMs.toFixed(3),
    `${ratio.toFixed(2)} ×`,
    toRgba === undefined ? '' : `${toRgba.toFixed(2)} ×`,
    gbPerSecond.toFixed(1),
    String(n),
    String(disturbed),
  ]);
  const head = ['case', 'path', 'median ms', 'yardstick ms', 'ratio', 'to RGBA', 'GB/s', 'n', 'disturbed'];
  const timed = peers.filter((each): each is BenchPeerRow => 'speedup' in each);
  const parts = [
    indented(
      `${machine.cpu}, ${machine.cores} cores, ${machine.platform} ${machine.architecture}, Node ${machine.node}`,
    ),
    ...(cells.length > 0 ? [plainTable(cells, head, 'llrrrrrrr')] : []),
    ...skipped.map(({ path, reason }) => indented(`${path} was left out: ${reason}`)),
    ...(native ? nativeParts(native) : []),
    ...(timed.length > 0 ? [peerTable(timed)] : []),
    ...gapLines(peers),
  ];
  return `\n${parts.join('\n\n')}\n`;
}

function nativeParts({ rows, callNs }: BenchNativeReport): string[] {
  const cells = rows.map(({ case: name, frames, nativeMs, wasmMs, speedup, speedupInterval, n }) => [
    name,
    frames,
    nativeMs.toFixed(3),
    wasmMs.toFixed(3),
    `${speedup.toFixed(2)} ×`,
    speedupInterval.map((limit) => limit.toFixed(2)).join(' … '),
    String(n),
  ]);
  const head = ['case', 'frames in', 'native ms', 'wasm ms', 'speedup', '95 %', 'n'];
  const { native, wasm } = callNs;
  return [
    plainTable(cells, head, 'llrrrrrr'),
    indented(`A call that does nothing takes ${native.toFixed(0)} ns through koffi, ${wasm.toFixed(0)} ns in wasm.`),
  ];
}

function peerTable(rows: readonly BenchPeerRow[]): string {
  const cells = rows.map(({ case: name, peer, version, path, medianMs, ownMedianMs, speedup, speedupInterval, n }) => [
    name,
    `${peer} ${version}`,
    milliseconds(medianMs),
    path,
    ownMedianMs.toFixed(3),
    `${speedup.toFixed(1)} ×`,
    speedupInterval.map((limit) => limit.toFixed(1)).join(' … '),
    String(n),
  ]);
  const head = ['case', 'library', 'median ms', 'path', 'median ms', 'speedup', '95 %', 'n'];
  return plainTable(cells, head, 'llrlrrrr');
}

// What a peer cannot do is one line per reason, not per case.
function gapLines(results: readonly BenchPeerResult[]): string[] {
  const reasons = new Map<string, string[]>();
  for (const each of results) {
    if ('speedup' in each) continue;
    const reason =
      'skipped' in each
        ? `was left out: ${each.skipped}`
        : 'refused' in each
          ? `was refused: ${each.refused}`
          : `failed: ${each.failed}`;
    const key = `${each.peer} ${reason}`;
    reasons.set(key, [...(reasons.get(key) ?? []), ...(each.case ? [each.case] : [])]);
  }
  return [...reasons].map(([reason, cases]) => {
    const count = cases.length > 2 ? `${cases.length} cases` : cases.join(', ');
    return indented(cases.length > 0 ? `${reason} (${count})` : reason);
  });
}
