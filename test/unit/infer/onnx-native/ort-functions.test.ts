import { describe, expect, it } from 'vitest';
import { OrtError } from '../../../../src/infer/onnx-native/ort-error.js';
import { newestApi, ortFunctions } from '../../../../src/infer/onnx-native/ort-functions.js';
import { loadOrtLibrary } from '../../../../src/infer/onnx-native/ort-library.node.js';

describe('functions of ONNX Runtime by their places in its table', () => {
  it('are in order and each in a place of its own', () => {
    const places = Object.values(ortFunctions).map(({ index }) => index);
    expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
  });

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
