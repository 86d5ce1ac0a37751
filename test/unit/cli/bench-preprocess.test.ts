import { describe, expect, it } from 'vitest';
import { type BenchPath, benchPaths, benchPreprocess } from '../../../src/cli/bench-preprocess.node.js';

const small = 'rgba-64x48-letterbox-bilinear-32-f32-nchw';
const peers = ['none'];

describe('benchPreprocess', () => {
  it('has a row per case and path, and says which paths it left out and why', async () => {
    const cases = [small, 'gray8-40x30-stretch-bilinear-antialias-16-f16-nhwc'];
    const { rows, skipped, machine } = await benchPreprocess({ cases, samples: 6, peers });
    const left = new Set(skipped.map(({ path }) => path));
    const expected = cases.flatMap((name) => benchPaths.filter((path) => !left.has(path)).map((path) => [name, path]));
    expect(rows.map((row) => [row.case, row.path])).toEqual(expected);
    for (const row of rows) {
      expect(row.n).toBe(6);
      expect(row.medianMs).toBeGreaterThan(0);
      expect(row.yardstickMs).toBeGreaterThan(0);
      expect(row.ratio).toBe(row.medianMs / row.yardstickMs);
    }
    const [{ medianMs, gbPerSecond }] = rows;
    expect(gbPerSecond).toBeCloseTo((64 * 48 * 4 + 32 * 32 * 12) / 1e9 / (medianMs / 1000), 9);
    for (const path of ['reference', 'wasm-scalar', 'wasm-simd'] as const) expect(left).not.toContain(path);
    for (const { reason } of skipped) expect(reason.length).toBeGreaterThan(10);
    expect(machine.cores).toBeGreaterThan(0);
    expect(machine.node).toBe(process.versions.node);
  });

  it('takes only the paths asked for and reports progress', async () => {
    const seen: [number, number][] = [];
    const options = { cases: [small], paths: ['wasm-simd'] as BenchPath[], samples: 5, peers };
    const { rows } = await benchPreprocess({ ...options, onProgress: (done, total) => seen.push([done, total]) });
    expect(rows.map(({ path }) => path)).toEqual(['wasm-simd']);
    expect(seen).toEqual([[1, 1]]);
  });

  it('compares libraries with the path asked for, and counts them in the progress', async () => {
    const seen: [number, number][] = [];
    const cases = ['rgba-320x240-letterbox-bilinear-96-f32-nchw'];
    const options = { cases, paths: ['wasm-scalar'] as BenchPath[], samples: 2, peers: ['sharp'] };
    const report = await benchPreprocess({ ...options, onProgress: (done, total) => seen.push([done, total]) });
    expect(report.peers).toEqual([
      expect.objectContaining({ case: cases[0], peer: 'sharp', path: 'wasm-scalar', n: 2 }),
    ]);
    expect(seen).toEqual([
      [1, 2],
      [2, 2],
    ]);
  });

  it('refuses unknown cases, paths and libraries, and names those it knows', async () => {
    await expect(benchPreprocess({ cases: ['rgba-big'] })).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
    await expect(benchPreprocess({ peers: ['gd'] })).rejects.toMatchObject({ code: 'ERR_ARGUMENT', received: 'gd' });
    const path = benchPreprocess({ paths: ['gpu' as BenchPath] });
    await expect(path).rejects.toMatchObject({ code: 'ERR_ARGUMENT', expected: expect.stringContaining('wasm-simd') });
  });

  it('stops in the midst of a row when aborted, however slow the path', async () => {
    const reason = new Error('enough');
    await expect(benchPreprocess({ cases: [small], peers, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    // Work that never lets go would not hear the timer, and end with rows.
    setTimeout(() => controller.abort(reason), 20);
    const cases = ['rgba-640x480-letterbox-bilinear-antialias-416-f32-nchw'];
    const work = benchPreprocess({ cases, paths: ['reference'], peers, samples: 100000, signal: controller.signal });
    await expect(work).rejects.toBe(reason);
  });
});
