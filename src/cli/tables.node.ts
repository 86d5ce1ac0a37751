import Table from 'cli-table3';
import type { Percentiles } from '../core/histogram.js';
import { colorsFor } from './colors.node.js';

/** What each stage covers, in a few words. */
const stageNotes: Record<string, string> = {
  acquire: 'getting the frame, decoding included',
  queue: 'waiting to be taken up',
  preprocess: 'picture to tensor',
  infer: 'the model, copies into and out of the runtime included',
  postprocess: 'tensor to boxes',
  respond: 'tracking, rules and sinks',
  overhead: 'preprocess + postprocess + respond',
  total: 'from intended arrival; processed frames only',
  reject: 'from intended arrival to the acknowledged reject',
};

const pc = colorsFor(process.stdout);

/** Rows below a dim head, without rules. Columns are right-aligned where `align` says `r`, else left. */
export function plainTable(rows: readonly (readonly string[])[], head: readonly string[], align: string): string {
  const table = new Table({
    head: head.map((cell) => pc.dim(cell)),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2, compact: true },
    colAligns: head.map((_, column) => (align[column] === 'r' ? 'right' : 'left')),
    chars: noRules,
  });
  for (const row of rows) table.push([...row]);
  return indented(table.toString());
}

// Every part of a frame that the library would draw.
const noRules = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};

/** The table of stages in ms. `total` is green or red against `deadlineMs`. */
export function stageTable(stages: Readonly<Record<string, Percentiles | undefined>>, deadlineMs?: number): string {
  const rows = Object.entries(stages).flatMap(([stage, figures]) => {
    if (!figures || figures.n === 0) return [];
    const { p50, p95, p99, p999, max, n } = figures;
    const strong = stage === 'total' || stage === 'overhead';
    const cells = [p50, p95, p99, p999, max].map((ms) => {
      const text = milliseconds(ms);
      if (stage === 'total' && deadlineMs !== undefined) return ms > deadlineMs ? pc.red(text) : pc.green(text);
      return strong ? pc.bold(text) : text;
    });
    return [[strong ? pc.bold(stage) : stage, ...cells, String(n), pc.dim(stageNotes[stage] ?? '')]];
  });
  return plainTable(rows, ['stage (ms)', 'p50', 'p95', 'p99', 'p99.9', 'max', 'n', ''], 'lrrrrrrl');
}

/** A duration in ms with about three significant digits. */
export function milliseconds(ms: number): string {
  return ms >= 100 ? ms.toFixed(0) : ms >= 10 ? ms.toFixed(1) : ms.toFixed(2);
}

/** A share as a percentage with one decimal. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** Moves every line in by two spaces and drops spaces at its end. */
export function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line.trimEnd()}`)
    .join('\n');
}
