import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { kernelTiers } from '../../src/core/kernel-tier.js';
import { kernelDrivers, tierPaths } from './kernel-paths.js';
import { preprocessTable, tablePath } from './preprocess-table.js';

it('docs/preprocess-table.md is what the cases say; write it with: node test/bench/run.mjs test/conformance/preprocess-table.ts', () => {
  expect(readFileSync(tablePath, 'utf8')).toBe(preprocessTable());
});

it('every path of the table is run by a tier or a driver', () => {
  const run = [
    ...kernelTiers.flatMap((tier) => tierPaths[tier].split(' or ')),
    ...kernelDrivers.map(({ path }) => path),
  ];
  expect(new Set(run)).toEqual(new Set(['TypeScript', 'C scalar', 'WASM SIMD', 'SSE', 'NEON']));
});
