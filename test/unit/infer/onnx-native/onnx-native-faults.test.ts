import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { identityModel, oneNodeModel } from '../../../../src/infer/one-node-model.js';
import { OnnxNativeRuntime } from '../../../../src/infer/onnx-native/onnx-native-runtime.node.js';
import { isDeviceLost, OrtError } from '../../../../src/infer/onnx-native/ort-error.js';
import { loadOrtLibrary, type OrtFunctions } from '../../../../src/infer/onnx-native/ort-library.node.js';
import type { OpenOptions } from '../../../../src/infer/runtime.js';
import { assetPath, describeWithAssets } from '../../../assets.js';
import { plainAllocator } from '../plain-allocator.js';

const options: OpenOptions = { threads: 1, slots: 1, allocator: plainAllocator };
const mebibyte = 2 ** 20;

describe('a device that is lost', () => {
  it.each([
    ['CUDA failure 700: an illegal memory access was encountered ; GPU=0', 1],
    ['CUDA error 719: unspecified launch failure', 11],
    ['CUDA failure 999: unknown error', 1],
    ['the launch timed out and was terminated', 11],
    ['the device was removed', 11],
    ['anything', 15],
  ])('is known by %j', (message, status) => {
    expect(isDeviceLost(new OrtError(message, status))).toBe(true);
  });

  it.each([
    'CUDA failure 2: out of memory ; GPU=0',
    'CUDA failure 100: no CUDA-capable device is detected',
    'Got invalid dimensions for input: x Got: 700 Expected: 719',
  ])('is not known by %j', (message) => {
    expect(isDeviceLost(new OrtError(message, 1))).toBe(false);
  });

  it('ends its session: no run after it is tried', async () => {
    let runs = 0;
    const real = await loadOrtLibrary();
    const none = real.make('CreateSessionOptions');
    // No device here can be lost: a run fails as bytes that are no model do, with CUDA's words.
    const ort = await loadOrtLibrary(undefined, {
      wrap: (functions: OrtFunctions): OrtFunctions => ({
        ...functions,
        RunWithBinding: Object.assign(
          () => {
            runs++;
            return functions.CreateSessionFromArray(real.env, Uint8Array.of(0), 1, none, new BigUint64Array(1));
          },
          { async: functions.RunWithBinding.async },
        ),
        GetErrorMessage: Object.assign(() => 'CUDA failure 700: an illegal memory access was encountered', {
          async: functions.GetErrorMessage.async,
        }),
      }),
    });
    const session = await new OnnxNativeRuntime({ blocking: true, load: async () => ort }).open(
      identityModel,
      'm',
      options,
    );
    for (let i = 0; i < 3; i++) {
      await expect(session.run(session.slots[0])).rejects.toMatchObject({
        code: 'ERR_DEVICE_LOST',
        received: expect.stringMatching(/CUDA failure 700/),
        remedy: expect.stringMatching(/new process/),
      });
    }
    expect(runs).toBe(1);
    await session.close();
    real.functions.ReleaseSessionOptions(none);
  });
});

describe('an error of ONNX Runtime', () => {
  it('keeps its words, and leaves out where in its source they stand', () => {
    const place = '/onnxruntime_src/onnxruntime/core/session/provider_bridge_ort.cc:1988 onnxruntime::Provider& Get() ';
    const told = `${place}[ONNXRuntimeError] : 1 : FAIL : Failed to load library x.so: no such file.`;
    expect(new OrtError(told, 1).message).toBe('Failed to load library x.so: no such file');
    const within = `Non-zero status code. Status Message: ${told}\n`;
    expect(new OrtError(within, 1).message).toBe(
      'Non-zero status code. Status Message: Failed to load library x.so: no such file',
    );
    expect(new OrtError('Got: 3 Expected: 4', 2)).toMatchObject({ message: 'Got: 3 Expected: 4', status: 2 });
  });
});

describe('a library of another version', () => {
  // What a library is asked at first, in memory of ours: a table of two functions, and none behind them.
  const foreign = (version: string, table: bigint | null) => {
    const memory = new BigUint64Array([1n, 2n]).buffer;
    const functions = new Map<bigint, () => unknown>([
      [1n, () => table],
      [2n, () => version],
    ]);
    return {
      default: {
        load: () => ({ func: () => () => 8n }),
        view: () => memory,
        proto: () => ({}),
        decode: (address: bigint) => functions.get(address),
      },
    };
  };

  it.each(['1.15.1', '2.0.0', 'nonsense'])('%s is refused by its version', async (version) => {
    const importKoffi = async () => foreign(version, 8n);
    await expect(loadOrtLibrary(undefined, { importKoffi, wrap: (all) => all })).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      expected: expect.stringContaining('1.16'),
      received: `version ${version}`,
    });
  });

  it('that does not give its own interface is refused', async () => {
    const importKoffi = async () => foreign('1.20.0', null);
    await expect(loadOrtLibrary(undefined, { importKoffi, wrap: (all) => all })).rejects.toMatchObject({
      received: 'version 1.20.0 without interface 20',
    });
  });

  it('is driven only by functions that it has', async () => {
    const koffi = (await import('koffi')).default;
    // The same library under an older version number: an interface only ever grows at its end.
    const importKoffi = async () => ({
      default: {
        ...koffi,
        decode: (...asked: Parameters<typeof koffi.decode>) => {
          const decoded = koffi.decode(...asked) as () => unknown;
          return typeof decoded !== 'function'
            ? decoded
            : Object.assign((...values: never[]) => {
                const result = (decoded as (...all: never[]) => unknown)(...values);
                return result === '1.30.0' ? '1.18.2' : result;
              }, decoded);
        },
      },
    });
    const ort = await loadOrtLibrary(undefined, { importKoffi, wrap: (all) => all });
    expect([ort.version, ort.api]).toEqual(['1.18.2', 18]);
    expect(() => ort.list('GetEpDevices', ort.env)).toThrow(
      expect.objectContaining({ code: 'ERR_UNSUPPORTED', expected: 'ONNX Runtime 1.22 or later', received: '1.18.2' }),
    );
    const runtime = new OnnxNativeRuntime({ blocking: true, load: async () => ort });
    const session = await runtime.open(identityModel, 'identity', options);
    session.slots[0].inputs[0].data[0] = 7;
    await session.run(session.slots[0]);
    expect(session.slots[0].outputs[0].data[0]).toBe(7);
    await session.close();
    const plugin = { 'onnx-native': { providers: ['cpu'], pluginLibraries: { x: ort.path }, config: {} } } as never;
    await expect(runtime.open(identityModel, 'm', { ...options, runtimeOptions: plugin })).rejects.toMatchObject({
      remedy: expect.stringContaining('1.22'),
    });
  });
});

describe('beside the thread', () => {
  // Sorting takes long enough for the loop to turn meanwhile, and many nodes give a run places to end at.
  const slow = oneNodeModel('Softmax', { shape: [64, 1 << 18] });

  it('the event loop turns while a model is compiled and run', async () => {
    const session = await new OnnxNativeRuntime({ blocking: false }).open(slow, 'slow', options);
    let turns = 0;
    let running = true;
    const turn = () => {
      turns++;
      if (running) setImmediate(turn);
    };
    setImmediate(turn);
    await session.run(session.slots[0]);
    running = false;
    expect(turns).toBeGreaterThan(5);
    await session.close();
  });

  it('a run that is given up rejects at once, and the next one is whole', async () => {
    const session = await new OnnxNativeRuntime({ blocking: false }).open(slow, 'slow', options);
    const [slot] = session.slots;
    const controller = new AbortController();
    let ended = false;
    const run = session.run(slot, controller.signal).finally(() => {
      ended = true;
    });
    setImmediate(() => {
      expect(ended).toBe(false);
      controller.abort(new Error('enough'));
    });
    await expect(run).rejects.toThrow('enough');
    (slot.inputs[0].data as Float32Array).fill(0);
    await session.run(slot);
    expect(slot.outputs[0].data[0]).toBeCloseTo(2 ** -18, 12);
    await session.close();
  });

  it('runs block where koffi has small stacks, and that is told', async () => {
    const real = await loadOrtLibrary();
    const ffi = { ...real.ffi, config: () => ({ async_stack_size: 2 ** 17 }) };
    const ort = Object.create(real, { ffi: { value: ffi } }) as typeof real;
    const session = await new OnnxNativeRuntime({ blocking: false, load: async () => ort }).open(
      identityModel,
      'identity',
      options,
    );
    expect(session.placement.limitations).toEqual([expect.stringMatching(/block the thread.*koffi/)]);
    await session.run(session.slots[0]);
    await session.close();
  });

  it('closing waits for the run under way', async () => {
    const session = await new OnnxNativeRuntime({ blocking: false }).open(slow, 'slow', options);
    const order: string[] = [];
    const run = session.run(session.slots[0]).then(() => order.push('run'));
    const close = session.close().then(() => order.push('close'));
    await Promise.all([run, close]);
    expect(order).toEqual(['run', 'close']);
  });
});

describeWithAssets('memory', () => {
  it('is given back by 200 sessions', async () => {
    const model = readFileSync(assetPath('models/onnx/ultraface_RFB-320_without_postprocessing.onnx'));
    const runtime = new OnnxNativeRuntime({ blocking: true });
    const use = async (count: number) => {
      for (let i = 0; i < count; i++) {
        const session = await runtime.open(model, 'ultraface', options);
        await session.run(session.slots[0]);
        await session.close();
      }
    };
    await use(20);
    const before = process.memoryUsage.rss();
    await use(200);
    // One session that stays holds more than 4 MB: its weights and the memory of a run.
    expect((process.memoryUsage.rss() - before) / mebibyte).toBeLessThan(120);
  }, 60_000);
});
