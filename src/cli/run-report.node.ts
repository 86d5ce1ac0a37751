import type { FrameFault, Item, Result } from '../core/result.js';
import type { PipelineInfo, PipelineStats } from '../pipeline/pipeline.js';
import type { Evaluation } from '../validate/evaluator.js';
import { colorsFor } from './colors.node.js';
import type { Outcome } from './execute.node.js';
import { indented, milliseconds, percent, plainTable, stageTable } from './tables.node.js';

const pc = colorsFor(process.stdout);

/** What a run did, for people. */
export function runReport(outcome: Outcome, options: { source: string; deadline?: number }): string {
  const { info, stats, evaluation, interruption } = outcome;
  const parts: string[] = [];
  if (info) parts.push(headline(info, options.source));
  if (interruption) parts.push(`  ${pc.yellow('Interrupted.')} This is what was done until then.`);
  if (stats) parts.push(flowText(stats));
  if (evaluation) parts.push(evaluationText(evaluation));
  if (stats && stats.frames > 0) parts.push(stageTable(stats.stages, options.deadline));
  return `\n${parts.join('\n\n')}\n`;
}

/** One frame in one line. */
export function frameLine(entry: Result | FrameFault): string {
  const name = `${pc.dim(String(entry.frame).padStart(6))} ${entry.source ?? ''}`.trimEnd();
  if ('error' in entry) return `${name}  ${pc.red(entry.error.message)}`;
  const items = entry.items.map(itemText).join(', ');
  return `${name}  ${items || pc.dim('nothing')}  ${pc.dim(`${milliseconds(entry.spans.total)} ms`)}`;
}

function itemText(item: Item): string {
  const place = 'box' in item ? ` @${[item.box.x, item.box.y, item.box.width, item.box.height].map(Math.round)}` : '';
  const track = 'trackId' in item && item.trackId !== undefined ? ` #${item.trackId}` : '';
  return `${item.label}${track} ${item.score.toFixed(2)}${pc.dim(place)}`;
}

/** What runs, on what, and what of it is not as asked for. */
export function headline({ model, runtime, kernels, execution, slots, queue }: PipelineInfo, source: string): string {
  const variant = model.variant ? ` (${model.variant})` : '';
  const where = `${runtime.runtime} ${runtime.version}, ${runtime.executionProvider}, ${runtime.threads} thread${runtime.threads === 1 ? '' : 's'}, ${runtime.simd}`;
  const golden = { passed: 'golden sample passed', skipped: 'golden sample NOT compared', none: 'no golden sample' };
  return indented(
    [
      `${pc.bold(model.id + variant)} on ${pc.bold(source)}`,
      pc.dim(
        `${where} · kernels ${kernels.tier} · ${execution}, ${slots} in flight · queue ${queue} · ${golden[model.goldenCheck]}`,
      ),
      ...(runtime.limitations ?? []).map((limitation) => pc.yellow(limitation)),
    ].join('\n'),
  );
}

/** Frames, drops and counted crossings in words. */
export function flowText({ frames, faults, late, drops, throughput, lines }: PipelineStats): string {
  const rows = [
    `${pc.bold(String(frames))} frames processed${throughput > 0 ? `, ${throughput.toFixed(1)} per second` : ''}`,
  ];
  if (faults > 0) rows.push(pc.red(`${faults} could not be processed`));
  if (drops.queue > 0) rows.push(`${drops.queue} dropped because newer ones had come`);
  if (drops.stale > 0) rows.push(`${drops.stale} dropped because they were too old`);
  if (late > 0) rows.push(`${late} answered after the deadline`);
  for (const [id, { forward, backward, rejected }] of Object.entries(lines)) {
    rows.push(`line "${id}": ${forward} forward, ${backward} backward, ${rejected} rejected`);
  }
  return indented(rows.join('\n'));
}

/** Accuracy and counts against the truth. */
export function evaluationText({ accuracy, counts }: Evaluation): string {
  const rows: string[] = [];
  if (counts) {
    rows.push(
      `${agreement(counts.found, counts.expected)} parts counted at the line, of ${counts.expected} that crossed it`,
      `${agreement(counts.rejected, counts.rejectable)} rejected, of ${counts.rejectable} that were defective`,
    );
  }
  const { map50, perClass } = accuracy;
  rows.push(
    map50 === null
      ? 'nothing to be found in these frames'
      : `${pc.bold(percent(map50))} mean average precision at IoU 0.5, over ${Object.keys(perClass).length} labels`,
  );
  const table = Object.entries(perClass).map(([label, ap]) => [label, bar(ap), percent(ap)]);
  return `${indented(rows.join('\n'))}${table.length > 0 ? `\n\n${plainTable(table, ['label', '', 'AP'], 'llr')}` : ''}`;
}

function agreement(found: number, expected: number): string {
  return found === expected ? pc.green(pc.bold(String(found))) : pc.yellow(pc.bold(String(found)));
}

function bar(share: number): string {
  const full = Math.round(share * 20);
  return `${'█'.repeat(full)}${pc.dim('░'.repeat(20 - full))}`;
}
