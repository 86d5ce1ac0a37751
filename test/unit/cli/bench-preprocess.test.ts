import { describe, expect, it } from 'vitest';
import { type BenchPath, benchPaths, benchPreprocess } from '../../../src/cli/bench-preprocess.node.js';
import { nativeLibrary } from '../../native-library.js';

const small = 'rgba-64x48-letterbox-bilinear-32-f32-nchw';
const peers = ['none'];

describe('benchPreprocess', () => {
  it('has a row per case and path, and says which paths it left out and why', async () => {
    const cases = [
      small,
      'gray8-40x30-stretch-bilinear-antialias-16-f16-nhwc',
      'rgba-40x30-warp-affine-16-i8-nhwc',
      'nv12-50x40-tiles-bilinear-32-u8q-gray',
    ];
    const { rows, skipped, machine } = await benchPreprocess({ cases, samples: 6, peers });
    const left = new Set(skipped.map(({ path }) => path));
    const expected = cases.flatMap((name) => benchPaths.filter((path) => !left.has(path)).map((path) => [name, path]));
    expect(rows.map((row) => [row.case, row.path])).toEqual(expected);
    for (const row of rows) {
      // Six undisturbed ones, or on a busy machine whatever there was.
      expect(row.n === 6 || row.disturbed > 0).toBe(true);
      expect(row.n).toBeGreaterThan(0);
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

  it('times YUV in turn with the same case of RGBA', async () => {
    const cases = ['i420', 'nv12', 'rgba'].map((format) => small.replace('rgba', format));
    const { rows } = await benchPreprocess({ cases, samples: 6, peers });
    for (const { case: name, toRgba } of rows) {
      const expected = !name.startsWith('rgba');
      if (expected) expect(toRgba).toBeGreaterThan(0);
      else expect(toRgba).toBeUndefined();
    }
    expect(rows.filter(({ toRgba }) => toRgba !== undefined).length).toBe((rows.length / 3) * 2);
  });

  it('takes only the paths asked for and reports progress', async () => {
    const seen: [number, number][] = [];
    const options = { cases: [small], paths: ['wasm-simd'] as BenchPath[], samples: 5, peers };
    const { rows } = await benchPreprocess({ ...options, onProgress: (done, total) => seen.push([done, total]) });
    expect(rows.map(({ path }) => path)).toEqual(['wasm-simd']);
    expect(seen).toEqual([[1, 1]]);
  });

  it('lets native and wasm kernels take turns, in kernel memory and on shared frames, where both run', async () => {
    const paths: BenchPath[] = ['wasm-simd', 'native-simd'];
    const seen: number[] = [];
    const onProgress = (done: number, total: number) => seen.push(done / total);
    const { native, skipped } = await benchPreprocess({ cases: [small], paths, samples: 6, peers, onProgress });
    expect(seen.at(-1)).toBe(1);
    if (!nativeLibrary) {
      expect(native).toBeUndefined();
      expect(skipped.map(({ path }) => path)).toEqual(['native-simd']);
      return;
    }
    expect(native?.rows.map((row) => [row.case, row.frames, row.n])).toEqual([
      [small, 'kernel', 6],
      [small, 'shared', 6],
    ]);
    for (const { speedup, speedupInterval, nativeMs, wasmMs } of native?.rows ?? []) {
      expect(nativeMs).toBeGreaterThan(0);
      expect(wasmMs).toBeGreaterThan(0);
      expect(speedup).toBeGreaterThanOrEqual(speedupInterval[0]);
      expect(speedup).toBeLessThanOrEqual(speedupInterval[1]);
    }
    expect(native?.callNs.native).toBeGreaterThan(0);
    expect(native?.callNs.wasm).toBeGreaterThan(0);
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
