import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ReflexarcError } from '../../../../src/core/error.js';
import type { Tensor, TensorDescriptor } from '../../../../src/core/tensor.js';
import { identityModel, oneNodeModel } from '../../../../src/infer/one-node-model.js';
import { OnnxNativeRuntime } from '../../../../src/infer/onnx-native/onnx-native-runtime.node.js';
import type { OpenOptions, Slot } from '../../../../src/infer/runtime.js';
import { loadKernels } from '../../../../src/kernels/load-kernels.node.js';
import { plainAllocator } from '../plain-allocator.js';
import { loadCounted } from './counted-library.js';

const options: OpenOptions = { threads: 1, slots: 1, allocator: plainAllocator };
const native = (given: Partial<NonNullable<OpenOptions['runtimeOptions']>['onnx-native']>) => ({
  ...options,
  runtimeOptions: { 'onnx-native': { providers: ['cpu'], pluginLibraries: {}, config: {}, ...given } } as never,
});

async function failure(promise: Promise<unknown>): Promise<ReflexarcError> {
  const error = await promise.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(ReflexarcError);
  return error as ReflexarcError;
}

function numbers(tensor: Tensor | undefined): number[] {
  return Array.from(tensor?.data as Float32Array, Number);
}

describe.each([
  ['blocking', true],
  ['beside the thread', false],
])('a session of onnx-native, %s', (_, blocking) => {
  const runtime = new OnnxNativeRuntime({ blocking });

  it('runs a model: inputs in, outputs out, placement reported', async () => {
    const session = await runtime.open(identityModel, 'identity', { ...options, slots: 2 });
    expect(session.inputs).toEqual([{ name: 'x', dataType: 'float32', shape: [1] }]);
    expect(session.outputs).toEqual([{ name: 'y', dataType: 'float32', shape: [1] }]);
    expect(session.placement).toEqual({
      runtime: 'onnx-native',
      // That of the library which REFLEXARC_ORT_LIBRARY names, or of the package.
      version: expect.stringMatching(/^1\.\d+\.\d+$/),
      device: 'cpu',
      executionProvider: 'cpu',
      threads: 1,
      simd: 'native',
      fullyAccelerated: true,
    });
    expect(session.allocations).toEqual({ arrayBuffersPerRun: 0, bytesPerRun: 0 });
    for (const [index, slot] of session.slots.entries()) slot.inputs[0].data[0] = index + 0.5;
    await Promise.all(session.slots.map((slot) => session.run(slot)));
    expect(session.slots.map((slot) => slot.outputs[0].data[0])).toEqual([0.5, 1.5]);
    await session.close();
  });

  it.each([
    ['uint8', 2, 255],
    ['int8', 3, -128],
    ['int32', 6, -(2 ** 31)],
    ['int64', 7, 2n ** 62n],
    ['float16', 10, 0x7bff],
  ] as const)('carries %s', async (dataType, elementType, extreme) => {
    const model = oneNodeModel('Identity', { elementType, shape: [2] });
    const session = await runtime.open(model, 'm', options);
    expect(session.inputs).toEqual([{ name: 'x', dataType, shape: [2] }]);
    const [slot] = session.slots;
    slot.inputs[0].data[1] = extreme as never;
    await session.run(slot);
    expect([...slot.outputs[0].data]).toEqual(typeof extreme === 'bigint' ? [0n, extreme] : [0, extreme]);
    await session.close();
  });

  it.each([
    [9, 'bool'],
    [11, 'float64'],
    [5, 'int16'],
  ])('refuses element type %i, %s, by its name', async (elementType, received) => {
    const model = oneNodeModel('Identity', { elementType, shape: [2] });
    expect(await failure(runtime.open(model, 'm', options))).toMatchObject({
      code: 'ERR_MODEL_LOAD',
      subject: 'm: input x',
      received,
    });
  });

  it('settles free dimensions of inputs, and those of outputs that bear their names', async () => {
    const model = oneNodeModel('Relu', { shape: ['batch', 'width'] });
    const session = await runtime.open(model, 'm', { ...options, inputShapes: { x: [2, 3] } });
    expect([session.inputs[0].shape, session.outputs[0].shape]).toEqual([
      [2, 3],
      [2, 3],
    ]);
    const [slot] = session.slots;
    (slot.inputs[0].data as Float32Array).set([-1, 2, -3, 4, -5, 6]);
    await session.run(slot);
    expect(numbers(slot.outputs[0])).toEqual([0, 2, 0, 4, 0, 6]);
    await session.close();
    expect(await failure(runtime.open(model, 'm', options))).toMatchObject({ code: 'ERR_SHAPE' });
  });

  it.each([
    ['no name', [null, null]],
    ['a name of its own', ['a', 'b']],
    ['a question mark', ['?', '?']],
    ['no size at all', [2, 0]],
  ])('reads outputs whose dimensions have %s after each run', async (_name, shape) => {
    // NonZero gives as many columns as there are numbers other than 0.
    const model = oneNodeModel('NonZero', { shape: ['?', 4] }, { elementType: 7, shape });
    const session = await runtime.open(model, 'm', { ...options, inputShapes: { x: [1, 4] } });
    // How many axes there are is ONNX Runtime's own finding.
    expect(session.outputs[0].shape).toEqual([2, shape[1] === 0 ? 0 : -1]);
    const [slot] = session.slots;
    expect(() => slot.outputs[0].data).toThrow(/has been run/);
    for (const given of [
      [0, 1, 0, 1],
      [1, 1, 1, 1],
      [0, 0, 0, 0],
      [0, 0, 1, 0],
    ]) {
      (slot.inputs[0].data as Float32Array).set(given);
      await session.run(slot);
      const columns = given.flatMap((value, column) => (value ? [column] : []));
      expect(slot.outputs[0].shape).toEqual([2, columns.length]);
      expect([...slot.outputs[0].data].map(Number)).toEqual([...columns.map(() => 0), ...columns]);
    }
    await session.close();
  });

  it('takes the shape that an output has, where the model says another one', async () => {
    const model = oneNodeModel('NonZero', { shape: [1, 4] }, { elementType: 7, shape: [2, 9] });
    const { ort, open } = await loadCounted();
    const before = open();
    const session = await new OnnxNativeRuntime({ blocking, load: async () => ort }).open(model, 'm', options);
    const [slot] = session.slots;
    (slot.inputs[0].data as Float32Array).set([0, 5, 5, 0]);
    for (let i = 0; i < 3; i++) {
      await session.run(slot);
      expect(slot.outputs[0].shape).toEqual([2, 2]);
      expect([...slot.outputs[0].data]).toEqual([0n, 0n, 1n, 2n]);
    }
    await session.close();
    expect(open()).toEqual(before);
  });

  it('reads and writes tensors where they lie now, after kernel memory grew', async () => {
    const kernels = await loadKernels({ tier: 'wasm-simd' });
    const model = oneNodeModel('Relu', { shape: [4] });
    const session = await runtime.open(model, 'm', { ...options, allocator: kernels });
    const [slot] = session.slots;
    const use = async (given: number[]) => {
      (slot.inputs[0].data as Float32Array).set(given);
      await session.run(slot);
      return numbers(slot.outputs[0]);
    };
    expect(await use([-1, 1, -2, 2])).toEqual([0, 1, 0, 2]);
    const before = slot.inputs[0].data;
    const large: TensorDescriptor = { name: 'l', dataType: 'uint8', shape: [64 * 2 ** 20] };
    kernels.allocateTensor(large);
    expect(slot.inputs[0].data === before).toBe(false);
    expect(await use([3, -3, 4, -4])).toEqual([3, 0, 4, 0]);
    await session.close();
  });

  it('takes memory that other threads share', async () => {
    const allocator = {
      allocateTensor: (tensor: TensorDescriptor) => ({
        ...tensor,
        data: new Float32Array(new SharedArrayBuffer(64), 16, 4),
      }),
    };
    const session = await runtime.open(oneNodeModel('Relu', { shape: [4] }), 'm', { ...options, allocator });
    const [slot] = session.slots;
    (slot.inputs[0].data as Float32Array).set([-1, 1, -2, 2]);
    await session.run(slot);
    expect(numbers(slot.outputs[0])).toEqual([0, 1, 0, 2]);
    // Nothing beside the tensors was written.
    expect(new Float32Array(slot.outputs[0].data.buffer, 0, 4)).toEqual(new Float32Array(4));
    await session.close();
  });

  it('releases all that it makes, whatever becomes of a session', async () => {
    const { ort, open, calls } = await loadCounted();
    const counted = new OnnxNativeRuntime({ blocking, load: async () => ort });
    const before = open();
    expect(before).toEqual({ Env: 1, MemoryInfo: 1 });
    const session = await counted.open(identityModel, 'identity', { ...options, slots: 2 });
    expect(open()).toMatchObject({ Session: 1, IoBinding: 2, RunOptions: 1 });
    for (let i = 0; i < 10; i++) for (const slot of session.slots) await session.run(slot);
    // Nothing has moved since the first run: one handle per tensor.
    expect(calls.CreateTensorWithDataAsOrtValue).toBe(4);
    expect(calls.RunWithBinding).toBe(20);
    await session.close();
    await session.close();
    expect(open()).toEqual(before);
    const refused = [
      counted.open(Uint8Array.of(8, 8, 1, 2, 3), 'bytes', options),
      counted.open(oneNodeModel('Identity', { elementType: 9, shape: [1] }), 'bool', options),
      counted.open(oneNodeModel('Identity', { shape: ['a', 'b'] }), 'free', options),
      counted.open(oneNodeModel('NoSuchOperator', { shape: [1] }), 'operator', options),
      counted.open(identityModel, 'identity', native({ providers: ['cuda'] })),
    ];
    const codes = (await Promise.all(refused.map(failure))).map(({ code }) => code);
    expect(codes).toEqual(['ERR_MODEL_LOAD', 'ERR_MODEL_LOAD', 'ERR_SHAPE', 'ERR_MODEL_LOAD', 'ERR_UNSUPPORTED']);
    expect(open()).toEqual(before);
  });

  it('refuses slots of others, and everything after close', async () => {
    const session = await runtime.open(identityModel, 'identity', options);
    const other: Slot = { inputs: [], outputs: [] };
    expect(await failure(session.run(other))).toMatchObject({ code: 'ERR_ARGUMENT', subject: 'slot' });
    await session.close();
    expect(await failure(session.run(session.slots[0]))).toMatchObject({ code: 'ERR_CLOSED' });
  });

  it('gives the words of ONNX Runtime where a run fails, and runs again after', async () => {
    // A determinant of what is no square.
    const model = oneNodeModel('Det', { shape: ['rows', 'columns'] }, { shape: [] });
    const session = await runtime.open(model, 'm', { ...options, inputShapes: { x: [2, 3] } });
    const error = await failure(session.run(session.slots[0]));
    expect(error).toMatchObject({ code: 'ERR_RUNTIME', subject: 'm', received: expect.stringMatching(/Det/) });
    expect(error.cause).toMatchObject({ name: 'OrtError' });
    expect(await failure(session.run(session.slots[0]))).toMatchObject({ code: 'ERR_RUNTIME' });
    await session.close();
  });

  it('does not begin a run, or an opening, that was given up', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(runtime.open(identityModel, 'identity', { ...options, signal })).rejects.toThrow('enough');
    const session = await runtime.open(identityModel, 'identity', options);
    await expect(session.run(session.slots[0], signal)).rejects.toThrow('enough');
    await session.run(session.slots[0]);
    await session.close();
  });

  describe('profiling', () => {
    const folder = mkdtempSync(join(tmpdir(), 'reflexarc-profile-'));
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    it('writes a file when the session is closed, and says where', async () => {
      const session = await runtime.open(identityModel, 'identity', native({ profile: join(folder, 'run') }));
      expect(session.placement.limitations?.join()).toMatch(/profile/);
      await session.run(session.slots[0]);
      expect(session.profilePath).toBeUndefined();
      await session.close();
      expect(session.profilePath).toMatch(/run.*\.json$/);
      expect(existsSync(session.profilePath as string)).toBe(true);
      const events = JSON.parse(readFileSync(session.profilePath as string, 'utf8')) as { args?: object }[];
      expect(JSON.stringify(events)).toMatch(/CPUExecutionProvider/);
    });
  });
});
