import { writeFileSync } from 'node:fs';
import { kernelTiers } from '../../src/core/kernel-tier.js';
import { type PixelFormat, pixelFormats } from '../../src/core/pixel-format.js';
import { resampleFilters } from '../../src/core/resample-filter.js';
import { sequenceCases } from './background-cases.js';
import { kernelDrivers, tierPaths } from './kernel-paths.js';
import { pictureCases } from './picture-cases.js';
import { usualSeed } from './random-numbers.js';
import { type Reference, referenceOf, stepReferences } from './references.js';
import { warpCases } from './warp-cases.js';

/** Where the table is kept. */
export const tablePath = new URL('../../docs/preprocess-table.md', import.meta.url);

const formats = Object.keys(pixelFormats) as PixelFormat[];
const paths = ['TypeScript', 'C scalar', 'WASM SIMD', 'SSE', 'NEON'];

/** Format × filter × path → reference and tolerance, as Markdown, from what the conformance tests read. */
export function preprocessTable(): string {
  const pictures = pictureCases(usualSeed);
  const counts = new Map<string, number>();
  for (const { plan } of pictures) {
    const key = `${plan.source.format} ${plan.filter}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  // Formats with the same references share their rows.
  const groups = new Map<string, PixelFormat[]>();
  for (const format of formats) {
    const key = JSON.stringify(resampleFilters.map((filter) => [filter, referenceOf(format, filter)]));
    groups.set(key, [...(groups.get(key) ?? []), format]);
  }
  const rows = [...groups.values()].flatMap((group) =>
    resampleFilters.map((filter) => {
      const cases = group.reduce((sum, format) => sum + (counts.get(`${format} ${filter}`) ?? 0), 0);
      const reference = referenceOf(group[0], filter);
      const cells = paths.map(() => cell(reference));
      return [group.join(' '), filter, reference.name, ...cells, `${cases}`];
    }),
  );
  const steps = Object.entries(stepReferences).map(([step, reference]) => [
    step,
    reference.name,
    ...paths.map(() => cell(reference)),
  ]);
  const ways = paths.map((path) => [path, whereOf(path).join(', ')]);
  return `# Preprocessing: what equals what

Made by \`node test/bench/run.mjs test/conformance/preprocess-table.ts\` of what the tests in test/conformance read: do not edit.

A number says how far a result may be from the reference, in steps of 8 bits; 0 is equal. Every path gives the
bits of the TypeScript kernels in every case, so a row has one number: ${pictures.length} pictures, of which the last column counts
those with these formats and this filter, ${warpCases().length} warps and ${sequenceCases().length} sequences of frames before a background.

${markdown(['format', 'filter', 'reference', ...paths, 'cases'], rows)}

${markdown(['step', 'reference', ...paths], steps)}

${markdown(['path', 'where the tests run it'], ways)}
`;
}

function whereOf(path: string): string[] {
  const tiers = kernelTiers.filter((tier) => tierPaths[tier].split(' or ').includes(path)).map((tier) => `\`${tier}\``);
  return [...tiers, ...kernelDrivers.filter((driver) => driver.path === path).map(({ title }) => title)];
}

function cell(reference: Reference): string {
  const { tolerance } = reference;
  return tolerance > 0 && tolerance < 1 ? `1/${1 / tolerance}` : `${tolerance}`;
}

function markdown(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Writes the table to docs/. */
export default function writePreprocessTable(): number {
  writeFileSync(tablePath, preprocessTable());
  return 0;
}
