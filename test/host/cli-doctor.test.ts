import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { nativeLibrary } from '../native-library.js';
import { onlyJson, runCli } from './cli-process.js';

describe('doctor', () => {
  it('says what works here', async () => {
    const outcome = await runCli(['doctor', '--json']);
    const report = onlyJson(outcome);
    expect(outcome.code).toBe(0);
    expect(report).toMatchObject({
      node: process.versions.node,
      cpu: { architecture: process.arch },
      simd: 'wasm-simd',
      threads: availableParallelism(),
    });
    for (const id of ['onnx-web', 'onnx-native']) {
      const runtime = report.runtimes.find((each: { id: string }) => each.id === id);
      expect(runtime).toMatchObject({ status: 'works', devices: ['cpu'], problem: null, remedy: null });
      expect(runtime.version).toMatch(/^\d+\.\d+\.\d+$/);
    }
    expect(report.assets.map(({ id, status }: { id: string; status: string }) => [id, status])).toEqual([
      ['kernels', 'works'],
      ['model conveyor', 'works'],
    ]);
  });

  it('says whether the native kernels load, and from which file', async () => {
    const native = async (env: Record<string, string>) => {
      const { tools } = onlyJson(await runCli(['doctor', '--json'], { env }));
      return tools.find(({ id }: { id: string }) => id === 'native kernels');
    };
    const absent = await native({ REFLEXARC_KERNEL_LIBRARY: '/nowhere/kernels.so' });
    expect(absent).toMatchObject({ status: 'unavailable', problem: expect.stringContaining('/nowhere/kernels.so') });
    expect(absent.remedy).toMatch(/Name one that exists/);
    if (!nativeLibrary) return;
    expect(await native({ REFLEXARC_KERNEL_LIBRARY: nativeLibrary })).toMatchObject({
      status: 'works',
      found: `native-simd from ${nativeLibrary}`,
    });
  });

  it('says what is wrong with a library of ONNX Runtime that was named', async () => {
    const { code, stdout } = await runCli(['doctor', '--json'], { env: { REFLEXARC_ORT_LIBRARY: '/nowhere/ort.so' } });
    const { runtimes } = JSON.parse(stdout);
    // Another runtime works.
    expect(code).toBe(0);
    expect(runtimes.find(({ id }: { id: string }) => id === 'onnx-native')).toMatchObject({
      status: 'unavailable',
      problem: expect.stringContaining('no such file'),
      remedy: 'Name one that exists, or none.',
    });
  });

  it('says what is missing and what to do', async () => {
    const outcome = await runCli(['doctor', '--json'], { env: { PATH: '' } });
    const { tools } = onlyJson(outcome);
    expect(outcome.code).toBe(0);
    const ffmpeg = tools.find(({ id }: { id: string }) => id === 'ffmpeg');
    expect(ffmpeg).toMatchObject({ status: 'unavailable', remedy: expect.stringMatching(/install/i) });
  });

  it('is readable', async () => {
    const { code, stdout } = await runCli(['doctor']);
    expect(code).toBe(0);
    for (const part of ['onnx-web', 'kernels', 'Jetson', process.versions.node]) expect(stdout).toContain(part);
  });
});
