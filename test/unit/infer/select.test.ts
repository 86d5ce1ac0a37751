import { describe, expect, it } from 'vitest';
import { ModelLoadError } from '../../../src/core/error.js';
import { type RuntimeId, runtimeIds } from '../../../src/core/runtime-choice.js';
import { identityModel } from '../../../src/infer/one-node-model.js';
import type { OpenOptions, Runtime } from '../../../src/infer/runtime.js';
import { nodeRuntimes } from '../../../src/infer/runtimes.node.js';
import { hardwareTargets, type RuntimeTable, selectRuntime } from '../../../src/infer/select.js';
import { plainAllocator } from './plain-allocator.js';

const options: OpenOptions = { threads: 1, slots: 1, allocator: plainAllocator };

/** Ids of runtimes that are not there yet, to have several. */
const ids = (...names: string[]) => names as RuntimeId[];

function refusing(id: string, asked: string[]): () => Promise<Runtime> {
  return async () =>
    ({
      id,
      open: async () => {
        asked.push(id);
        throw new ModelLoadError({ subject: 'm.onnx', expected: 'a model', received: `nothing for ${id}` });
      },
    }) as unknown as Runtime;
}

describe('selectRuntime', () => {
  it('opens the first that takes the model, and asks no other', async () => {
    const asked: string[] = [];
    const table = { ...nodeRuntimes, first: refusing('first', asked), last: refusing('last', asked) } as RuntimeTable;
    const session = await selectRuntime(ids('first', 'onnx-web', 'last'), table, identityModel, 'identity', options);
    expect(session.placement.runtime).toBe('onnx-web');
    expect(asked).toEqual(['first']);
    await session.close();
  });

  it('gives each its device, and says in the session why one was passed over', async () => {
    const asked: (string | undefined)[] = [];
    const openvino: Runtime = {
      id: 'openvino',
      probe: () => nodeRuntimes.openvino().then((runtime) => runtime.probe()),
      open: async (_model, _name, { device }) => {
        asked.push(device);
        throw new ModelLoadError({ subject: 'm.onnx', expected: 'a model', received: `nothing for ${device}` });
      },
    };
    const table: RuntimeTable = { ...nodeRuntimes, openvino: async () => openvino };
    const choices = ['openvino:NPU', 'openvino', 'openvino:HETERO:GPU,CPU', 'onnx-web:wasm'] as const;
    const session = await selectRuntime(choices, table, identityModel, 'identity', options);
    expect(asked).toEqual(['NPU', undefined, 'HETERO:GPU,CPU']);
    expect(session.placement).toMatchObject({ runtime: 'onnx-web', executionProvider: 'wasm' });
    expect(session.placement.limitations).toEqual([
      expect.stringMatching(/^Not openvino:NPU: .*nothing for NPU/),
      expect.stringMatching(/^Not openvino: /),
      expect.stringMatching(/^Not openvino:HETERO:GPU,CPU: /),
    ]);
    await session.close();
    await expect(selectRuntime(choices.slice(0, 2), table, identityModel, 'identity', options)).rejects.toMatchObject({
      details: { tried: [{ runtime: 'openvino:NPU' }, { runtime: 'openvino' }] },
    });
  });

  it('passes on the error of a runtime that is alone', async () => {
    const table = { only: refusing('only', []) } as unknown as RuntimeTable;
    await expect(selectRuntime(ids('only'), table, identityModel, 'm', options)).rejects.toMatchObject({
      code: 'ERR_MODEL_LOAD',
      received: 'nothing for only',
    });
  });

  it('lists what was tried where all fail', async () => {
    const table = { a: refusing('a', []), b: refusing('b', []) } as unknown as RuntimeTable;
    await expect(selectRuntime(ids('a', 'b'), table, identityModel, 'm.onnx', options)).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      details: {
        tried: [
          { runtime: 'a', code: 'ERR_MODEL_LOAD' },
          { runtime: 'b', code: 'ERR_MODEL_LOAD' },
        ],
        supported: ['a', 'b'],
      },
    });
  });

  it('refuses unknown ids and an empty list', async () => {
    for (const list of [ids('tensorrt'), []]) {
      await expect(selectRuntime(list, nodeRuntimes, identityModel, 'm', options)).rejects.toMatchObject({
        code: 'ERR_UNSUPPORTED',
        details: { supported: Object.keys(nodeRuntimes) },
      });
    }
  });

  it('does not go on to the next after an abort', async () => {
    const asked: string[] = [];
    const controller = new AbortController();
    const reason = new Error('enough');
    const table = {
      a: async () => {
        controller.abort(reason);
        return (await refusing('a', asked)()) as Runtime;
      },
      b: refusing('b', asked),
    } as unknown as RuntimeTable;
    const aborted = selectRuntime(ids('a', 'b'), table, identityModel, 'm', { ...options, signal: controller.signal });
    await expect(aborted).rejects.toBe(reason);
    expect(asked).toEqual(['a']);
  });
});

describe('the table of hardware', () => {
  it('names only runtimes that there are, and says why', () => {
    for (const { hardware, runtimes, why } of hardwareTargets) {
      expect(
        runtimes.every((id) => runtimeIds.includes(id)),
        hardware,
      ).toBe(true);
      expect(why.length, hardware).toBeGreaterThan(20);
    }
    expect(hardwareTargets.filter(({ state }) => state === 'works').length).toBeGreaterThan(0);
  });
});
