import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BenchPreprocessReport } from '../../../src/cli/bench-preprocess.node.js';

const program = fileURLToPath(new URL('../../bench/chart-preprocess.mjs', import.meta.url));
const docs = fileURLToPath(new URL('../../../docs/', import.meta.url));
const name = 'rgba-1280x720-letterbox-bilinear-antialias-416-f32-nchw';
const compared = {
  case: name,
  version: '1.0',
  path: 'wasm-simd',
  ownMedianMs: 2,
  difference: { most: 0, mean: 0 },
} as const;

const report: BenchPreprocessReport = {
  machine: { cpu: 'A <fast> & quiet processor', cores: 3, architecture: 'x64', platform: 'linux', node: '20.1.0' },
  rows: [{ case: name, path: 'wasm-simd', medianMs: 2, yardstickMs: 1, ratio: 2, gbPerSecond: 2, n: 77, disturbed: 0 }],
  peers: [
    { ...compared, peer: 'slow', medianMs: 40, speedup: 20, speedupInterval: [19, 21], n: 31, disturbed: 0 },
    { ...compared, peer: 'near', medianMs: 4, speedup: 2, speedupInterval: [1.9, 2.1], n: 55, disturbed: 2 },
    { case: name, peer: 'odd', version: '3', refused: 'its tensor differs' },
    { peer: 'absent', skipped: 'it is not installed' },
  ],
  skipped: [],
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reflexarc-chart-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function draw(content: unknown): string {
  const file = join(folder, 'report.json');
  writeFileSync(file, JSON.stringify(content));
  return execFileSync(process.execPath, [program, file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

describe('chart-preprocess', () => {
  it('draws bars as long as the medians, the shortest first, with counts and the machine', () => {
    const chart = draw(report);
    const bars = [...chart.matchAll(/<rect x="\d+" y="\d+" width="([\d.]+)".* class="(own|other)"/g)];
    expect(bars.map(([, , kind]) => kind)).toEqual(['own', 'other', 'other']);
    const [own, near, slow] = bars.map(([, length]) => Number(length));
    expect(near / own).toBeCloseTo(2, 1);
    expect(slow / own).toBeCloseTo(20, 1);
    expect(chart).toContain('1280 × 720 RGBA → 416 × 416 float32 planar, letterbox, bilinear, antialiased');
    for (const words of ['n 77', '20.0 × (19.0 – 21.0) · n 31', '2.0 × (1.9 – 2.1) · n 55'])
      expect(chart).toContain(words);
    expect(chart).toContain('odd 3');
    expect(chart).toContain('another result');
    expect(chart).toContain('A &lt;fast&gt; &amp; quiet processor, 3 cores, linux x64, Node 20.1.0');
    expect(chart).toContain('prefers-color-scheme: dark');
  });

  it('refuses a report in which no library was timed', () => {
    expect(() => draw({ ...report, peers: report.peers.slice(3) })).toThrow('no library that was timed');
  });

  it('made the chart in docs/ from the report beside it', () => {
    const made = execFileSync(process.execPath, [program, join(docs, 'bench-preprocess.json')], { encoding: 'utf8' });
    expect(readFileSync(join(docs, 'bench-preprocess.svg'), 'utf8')).toBe(made);
  });
});
