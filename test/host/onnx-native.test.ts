import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { findOrtLibrary } from '../../src/infer/onnx-native/ort-library.node.js';
import { describeWithPython, pythonModuleFolder } from '../python.js';
import { onlyJson, root, runCli } from './cli-process.js';

const native = ['run', '--source', 'synthetic', '--frames', '12', '--runtime', 'onnx-native', '--json'];

async function found(args: readonly string[]) {
  const outcome = await runCli(args);
  expect(outcome.code, outcome.stderr).toBe(0);
  return onlyJson(outcome);
}

describe('onnx-native on the command line', () => {
  it('runs the built-in model in a worker and inline, and copies no tensor', async () => {
    for (const execution of ['worker', 'inline']) {
      const { info, counts } = await found([...native, '--execution', execution, '--threads', '2']);
      expect(info.runtime).toMatchObject({ runtime: 'onnx-native', executionProvider: 'cpu', threads: 2 });
      expect(info.model.goldenCheck).toBe('passed');
      expect(info.copies.filter((copy: string) => /runtime|tensor/.test(copy))).toEqual([]);
      expect(counts.found).toBe(counts.expected);
    }
  });

  it('is passed over where it cannot be had, and another runtime is listed', async () => {
    const library = 'onnx-native.library=/nowhere/libonnxruntime.so';
    const outcome = await runCli([...native, '--runtime-option', library]);
    expect(outcome.code).not.toBe(0);
    expect(onlyJson(outcome).error).toMatchObject({
      code: 'ERR_UNSUPPORTED',
      message: expect.stringContaining('/nowhere/libonnxruntime.so'),
    });
    const listed = native.with(native.indexOf('onnx-native'), 'onnx-native,onnx-web');
    const { info } = await found([...listed, '--runtime-option', library]);
    expect(info.runtime).toMatchObject({
      runtime: 'onnx-web',
      limitations: [expect.stringMatching(/^Not onnx-native: .*libonnxruntime\.so/)],
    });
  });

  it('runs on the provider that is named behind its colon, or makes place for the next', async () => {
    const listed = native.with(
      native.indexOf('onnx-native'),
      'openvino:HETERO:GPU,NPU,onnx-native:rocm,onnx-native:cpu',
    );
    const people = await runCli(listed.filter((word) => word !== '--json'));
    expect(people.stdout).toMatch(/^ *Not onnx-native:rocm: .* got none of that name/m);
    const { info } = await found([...listed, '--runtime-option', 'onnx-native.providers=rocm']);
    expect(info.runtime).toMatchObject({
      runtime: 'onnx-native',
      executionProvider: 'cpu',
      limitations: [
        expect.stringMatching(/^Not openvino:HETERO:GPU,NPU: /),
        expect.stringMatching(/^Not onnx-native:rocm: /),
      ],
    });
  });

  it('refuses an option that there is not', async () => {
    const outcome = await runCli([...native, '--runtime-option', 'onnx-native.nothing=1']);
    expect(outcome.code).toBe(2);
    expect(onlyJson(outcome).error.message).toMatch(/onnx-native\.providers/);
  });

  it('is measured by bench bridge, after its results were compared', async () => {
    const outcome = await runCli(['bench', 'bridge', '--case', 'onnx-native-relu', '--samples', '5', '--json']);
    const { results, skipped, withinLimits } = onlyJson(outcome);
    expect(skipped).toEqual([]);
    expect(outcome.code).toBe(withinLimits ? 0 : 1);
    expect(results).toMatchObject([{ case: 'onnx-native-relu', n: 5 }]);
    for (const { value } of results[0].figures) expect(value).toBeGreaterThan(0);
  });
});

describeWithPython('a provider library in a pipeline', ['onnxruntime_ep_openvino'], () => {
  it('finds in moving pictures what the CPU finds', async () => {
    const library = join(pythonModuleFolder('onnxruntime_ep_openvino'), 'libonnxruntime_providers_openvino_plugin.so');
    const options = [`onnx-native.pluginLibraries.openvino=${library}`, 'onnx-native.providers=openvino'];
    const { info, counts } = await found([...native, ...options.flatMap((option) => ['--runtime-option', option])]);
    expect(info.runtime).toMatchObject({ executionProvider: 'openvino', fullyAccelerated: true });
    expect(counts.found).toBe(counts.expected);
  });
});

describe.skipIf(process.platform !== 'linux')('a library that a worker loaded', () => {
  // Nothing else in this process loads it.
  const library = findOrtLibrary();

  async function isMappedAfter(how: string): Promise<boolean> {
    const worker = new Worker(
      `const { parentPort } = require('node:worker_threads');
      (async () => {
        const { loadFfi, loadForGood } = await import(${JSON.stringify(join(root, 'dist/core/ffi.node.js'))});
        const ffi = await loadFfi('test');
        ${how};
      })();`,
      { eval: true },
    );
    expect(await once(worker, 'exit')).toEqual([0]);
    return readFileSync('/proc/self/maps', 'utf8').includes(library);
  }
  it('is unmapped with it, unless it was loaded for good', async () => {
    expect(await isMappedAfter(`ffi.load(${JSON.stringify(library)})`)).toBe(false);
    expect(await isMappedAfter(`loadForGood(ffi, ${JSON.stringify(library)})`)).toBe(true);
  });
});

describe('a process that ends with its sessions open', () => {
  it('ends as it was told, while a worker computes with threads of its own', async () => {
    const script = `
      import { createPipeline } from ${JSON.stringify(join(root, 'dist/index.node.js'))};
      const pipeline = await createPipeline({
        source: { type: 'synthetic' },
        model: { type: 'bundle', path: ${JSON.stringify(join(root, 'models/conveyor'))} },
        runtime: ['onnx-native'], threads: 2,
      });
      let frames = 0;
      for await (const _ of pipeline.run()) if (++frames === 10) process.exit(7);`;
    const folder = mkdtempSync(join(tmpdir(), 'reflexarc-exit-'));
    try {
      const file = join(folder, 'exit.mjs');
      writeFileSync(file, script);
      for (let i = 0; i < 3; i++) {
        const child = spawn(process.execPath, [file], { stdio: 'inherit' });
        expect(await once(child, 'close')).toEqual([7, null]);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
