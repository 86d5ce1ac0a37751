import { describe, expect, it } from 'vitest';
import { type BenchPath, benchPaths, benchPreprocess } from '../../../src/cli/bench-preprocess.node.js';

const small = 'rgba-64x48-letterbox-bilinear-32-f32-nchw';

describe('benchPreprocess', () => {
  it('has a row per case and path, and says which paths it left out and why', async () => {
    const cases = [small, 'gray8-40x30-stretch-bilinear-antialias-16-f16-nhwc'];
    const { rows, skipped } = await benchPreprocess({ cases, samples: 6 });
    const left = new Set(skipped.map(({ path }) => path));
    const expected = benchPaths.filter((path) => !left.has(path)).flatMap((path) => cases.map((name) => [name, path]));
    expect(rows.map((row) => [row.case, row.path])).toEqual(expected);
    for (const row of rows) {
      expect(row.n).toBe(6);
      expect(row.medianMs).toBeGreaterThan(0);
      expect(row.yardstickMs).toBeGreaterThan(0);
      expect(row.ratio).toBe(row.medianMs / row.yardstickMs);
    }
    for (const path of ['reference', 'wasm-scalar', 'wasm-simd'] as const) expect(left).not.toContain(path);
    // At most one of the native paths is this machine's own.
    expect(skipped.length).toBeGreaterThanOrEqual(1);
    for (const { reason } of skipped) expect(reason.length).toBeGreaterThan(10);
  });

  it('times YUV in turn with the same case of RGBA, but not natively', async () => {
    const cases = ['i420', 'nv12', 'rgba'].map((format) => small.replace('rgba', format));
    const { rows } = await benchPreprocess({ cases, samples: 6 });
    for (const { case: name, path, toRgba } of rows) {
      const expected = !name.startsWith('rgba') && !path.startsWith('native');
      if (expected) expect(toRgba).toBeGreaterThan(0);
      else expect(toRgba).toBeUndefined();
    }
    expect(rows.filter(({ toRgba }) => toRgba !== undefined).length).toBe(6);
  });

  it('takes only the paths asked for and reports progress', async () => {
    const seen: [number, number][] = [];
    const options = { cases: [small], paths: ['wasm-simd'] as BenchPath[], samples: 5 };
    const { rows } = await benchPreprocess({ ...options, onProgress: (done, total) => seen.push([done, total]) });
    expect(rows.map(({ path }) => path)).toEqual(['wasm-simd']);
    expect(seen).toEqual([[1, 1]]);
  });

  it('refuses unknown cases and paths, and stops when aborted', async () => {
    await expect(benchPreprocess({ cases: ['rgba-big'] })).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
    await expect(benchPreprocess({ paths: ['gpu' as BenchPath] })).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
    const reason = new Error('enough');
    await expect(benchPreprocess({ cases: [small], signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
