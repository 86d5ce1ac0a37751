import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describeWith } from '../assets.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const script = 'native/count-instructions.mjs';
const missing = ['qemu-aarch64', 'aarch64-linux-gnu-gcc'].filter((tool) => spawnSync(tool, ['--version']).status !== 0);

describeWith(script, missing.length === 0, missing.join(' and '), () => {
  it('counts at most a third of the instructions of plain C for NEON, the same each time', () => {
    const cases = ['rgba-1280x720-letterbox-bilinear-416-f32-nchw', 'nv12-640x480-letterbox-bilinear-416-f32-nchw'];
    const count = () => JSON.parse(execFileSync('node', [script, ...cases], { cwd: root, encoding: 'utf8' }));
    const report = count();
    expect(report.what).toMatch(/a count, not a time/);
    expect(report.rows.map((row: { case: string }) => row.case)).toEqual(cases);
    for (const { pixels, scalar, neon, ratio } of report.rows) {
      expect(pixels).toBe(416 * 416);
      // A px of the tensor is twelve bytes, stored sixteen at a time.
      expect(neon).toBeGreaterThan(1);
      expect(ratio).toBeCloseTo(neon / scalar, 2);
      expect(ratio).toBeLessThanOrEqual(1 / 3);
    }
    expect(count()).toEqual(report);
  });
});
