import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { identityModel } from '../../../../src/infer/one-node-model.js';
import { OnnxNativeRuntime } from '../../../../src/infer/onnx-native/onnx-native-runtime.node.js';
import { OrtError } from '../../../../src/infer/onnx-native/ort-error.js';
import { newestApi, ortFunctions } from '../../../../src/infer/onnx-native/ort-functions.js';
import { loadOrtLibrary } from '../../../../src/infer/onnx-native/ort-library.node.js';
import { describeWithPython, pythonModuleFolder } from '../../../python.js';
import { plainAllocator } from '../plain-allocator.js';

/** Made from ONNX Runtime's header by make-ort-functions.py. */
const header = JSON.parse(readFileSync(new URL('../../../fixtures/ort-functions.json', import.meta.url), 'utf8')) as {
  version: number;
  functions: [name: string, parameters: number][];
};

describe('functions of ONNX Runtime by their places in its table', () => {
  it('are in order and each in a place of its own', () => {
    const places = Object.values(ortFunctions).map(({ index }) => index);
    expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
  });

  it.each(Object.entries<{ index: number; parameters: readonly string[] }>(ortFunctions))(
    '%s stands where the header has it, with as many parameters',
    (name, { index, parameters }) => {
      expect([name, parameters.length]).toEqual(header.functions[index]);
    },
  );

  it('are newer, the further back they stand', () => {
    let latest = 0;
    for (const { since = 0 } of Object.values<{ since?: number }>(ortFunctions)) {
      expect(since).toBeGreaterThanOrEqual(latest);
      latest = since;
    }
    expect(latest).toBeLessThanOrEqual(newestApi);
  });

  it('answer as their names say', async () => {
    const ort = await loadOrtLibrary();
    expect(ort.version).toMatch(/^1\.30\./);
    expect(ort.api).toBe(30);
    expect(ort.functions.GetBuildInfoString()).toMatch(/^ORT Build Info:.*build type=/);
    expect(ort.availableProviders().at(-1)).toBe('CPUExecutionProvider');
  });

  describeWithPython('of another release', ['onnxruntime'], () => {
    it('answer in the same places, and share a process with the first', async () => {
      const folder = join(pythonModuleFolder('onnxruntime'), 'capi');
      const file = readdirSync(folder).find((name) => name.startsWith('libonnxruntime.so')) as string;
      const [one, other] = [await loadOrtLibrary(), await loadOrtLibrary(join(folder, file))];
      expect(file).toBe(`libonnxruntime.so.${other.version}`);
      expect(other.version).not.toBe(one.version);
      expect(other.api).toBe(Math.min(newestApi, Number(other.version.split('.')[1])));
      expect(other.availableProviders()).toContain('CPUExecutionProvider');
      for (const ort of [one, other]) {
        const runtime = new OnnxNativeRuntime({ load: async () => ort });
        const session = await runtime.open(identityModel, 'identity', {
          threads: 1,
          slots: 1,
          allocator: plainAllocator,
        });
        expect(session.placement.version).toBe(ort.version);
        session.slots[0].inputs[0].data[0] = 3;
        await session.run(session.slots[0]);
        expect(session.slots[0].outputs[0].data[0]).toBe(3);
        await session.close();
      }
    });
  });

  it('turn a status into an error with the words and the number of the library', async () => {
    const ort = await loadOrtLibrary();
    const options = ort.make('CreateSessionOptions');
    const open = () => ort.make('CreateSessionFromArray', ort.env, Uint8Array.of(1, 2, 3), 3, options);
    expect(open).toThrow(OrtError);
    // 7 is ORT_INVALID_PROTOBUF.
    expect(open).toThrow(expect.objectContaining({ message: expect.stringContaining('protobuf'), status: 7 }));
    await expect(
      ort.later('CreateSessionFromArray', ort.env, Uint8Array.of(1, 2, 3), 3, options, new BigUint64Array(1)),
    ).rejects.toMatchObject({ status: 7 });
    ort.functions.ReleaseSessionOptions(options);
  });
});
