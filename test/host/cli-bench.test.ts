import { describe, expect, it } from 'vitest';
import { onlyJson, runCli } from './cli-process.js';

describe('bench', () => {
  it('times kernels against a copy of memory, after comparing them with the oracle', async () => {
    const name = 'rgba-1280x720-letterbox-bilinear-416-f32-nchw';
    const args = ['bench', 'preprocess', '--case', name, '--path', 'wasm-simd,wasm-scalar', '--samples', '5', '--json'];
    const { rows } = onlyJson(await runCli(args));
    expect(rows.map((row: { case: string; path: string }) => [row.case, row.path])).toEqual([
      [name, 'wasm-simd'],
      [name, 'wasm-scalar'],
    ]);
    for (const { medianMs, yardstickMs, ratio, n } of rows) {
      expect(n).toBeGreaterThanOrEqual(5);
      expect(ratio).toBeCloseTo(medianMs / yardstickMs, 1);
    }
  });

  it('compares one slot with two, on equal results', async () => {
    const outcome = await runCli(['bench', 'pipeline', '--frames', '5', '--repeats', '2', '--json']);
    const report = onlyJson(outcome);
    expect(outcome.code).toBe(0);
    expect(report).toMatchObject({ model: 'conveyor', runtime: 'onnx-web', equal: true, repeats: 2 });
    expect(report.rows.map(({ slots, n }: { slots: number; n: number }) => [slots, n])).toEqual([
      [1, 10],
      [2, 10],
    ]);
    for (const { throughput, stages } of report.rows) {
      expect(throughput).toBeGreaterThan(0);
      expect(stages.acquire.p50).toBeGreaterThanOrEqual(report.source.acquireMs * 0.99);
    }
    expect(report.ratios.length).toBe(2);
    expect(report.speedup).toBeCloseTo((report.ratios[0] + report.ratios[1]) / 2, 5);
  });

  it('looks at memory: no page, no frame buffer, no buffer of ours after the warm-up', async () => {
    const report = onlyJson(await runCli(['bench', 'memory', '--warm-up', '50', '--frames', '60', '--json']));
    expect(report.rows.map(({ execution }: { execution: string }) => execution)).toEqual(['inline', 'worker']);
    for (const { kernelPages, frameBuffers, buffersMade, runtime } of report.rows) {
      expect(kernelPages.after).toBe(kernelPages.before);
      expect(frameBuffers.after).toBe(frameBuffers.before);
      expect(buffersMade.own).toBe(0);
      expect(runtime.arrayBuffersPerRun).toBeGreaterThan(0);
    }
    const [inline] = report.rows;
    // The runtime's are seen where they are made: on this thread.
    expect(inline.buffersMade.runtime).toBeGreaterThan(0);
  });
});
