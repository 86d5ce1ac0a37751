import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ReflexarcError } from '../../../../src/core/error.js';
import { elementCount, type Tensor, type TensorDescriptor } from '../../../../src/core/tensor.js';
import { identityModel } from '../../../../src/infer/one-node-model.js';
import { OnnxWebRuntime } from '../../../../src/infer/onnx-web/onnx-web-runtime.js';
import { onnxWebRuntime, probeInWorker } from '../../../../src/infer/onnx-web/onnx-web-runtime.node.js';
import type { OpenOptions } from '../../../../src/infer/runtime.js';
import { assetPath, describeWithAssets } from '../../../assets.js';
import { plainAllocator } from '../plain-allocator.js';

const options: OpenOptions = { threads: 1, slots: 1, allocator: plainAllocator };

async function failure(promise: Promise<unknown>): Promise<ReflexarcError> {
  const error = await promise.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(ReflexarcError);
  return error as ReflexarcError;
}

const text = (content: string) => new TextEncoder().encode(content);

describe('onnx-web', () => {
  it('runs a model: inputs in, outputs out, placement and allocations reported', async () => {
    const session = await onnxWebRuntime.open(identityModel, 'identity', { ...options, slots: 2 });
    expect(session.inputs).toEqual([{ name: 'x', dataType: 'float32', shape: [1] }]);
    expect(session.outputs).toEqual([{ name: 'y', dataType: 'float32', shape: [1] }]);
    expect(session.slots).toHaveLength(2);
    expect(session.placement).toEqual({
      runtime: 'onnx-web',
      version: '1.30.0',
      device: 'cpu',
      executionProvider: 'wasm',
      threads: 1,
      simd: 'wasm-simd',
      fullyAccelerated: true,
    });
    expect(session.allocations).toEqual({ arrayBuffersPerRun: 1, bytesPerRun: 10_004 });
    for (const [index, slot] of session.slots.entries()) slot.inputs[0]!.data[0] = index + 0.5;
    await Promise.all(session.slots.map((slot) => session.run(slot)));
    expect(session.slots.map((slot) => slot.outputs[0]!.data[0])).toEqual([0.5, 1.5]);
    await session.close();
  });

  it.each([
    ['int8', 3, -128],
    ['uint8', 2, 255],
  ] as const)('takes whole numbers: %s', async (dataType, elementType, extreme) => {
    // The element type of an input or output, before its shape.
    const model = identityModel.map((byte, i, all) => (all[i - 1] === 8 && all[i + 1] === 18 ? elementType : byte));
    const session = await onnxWebRuntime.open(model, 'identity', options);
    expect(session.inputs).toEqual([{ name: 'x', dataType, shape: [1] }]);
    const [slot] = session.slots;
    slot!.inputs[0]!.data[0] = extreme;
    await session.run(slot!);
    expect(slot!.outputs[0]).toMatchObject({ dataType, shape: [1] });
    expect(slot!.outputs[0]!.data[0]).toBe(extreme);
    await session.close();
  });

  it('takes a model that is a part of a larger buffer', async () => {
    const around = new Uint8Array(identityModel.length + 20).fill(0xff);
    around.set(identityModel, 7);
    const session = await onnxWebRuntime.open(around.subarray(7, 7 + identityModel.length), 'identity', options);
    expect(session.inputs[0]!.name).toBe('x');
    await session.close();
  });

  it('follows an input whose memory moves', async () => {
    let memory = new Float32Array([1]);
    const moving: Tensor = {
      name: 'x',
      dataType: 'float32',
      shape: [1],
      get data() {
        return memory;
      },
    };
    const session = await onnxWebRuntime.open(identityModel, 'identity', {
      ...options,
      allocator: { allocateTensor: () => moving },
    });
    const [slot] = session.slots;
    await session.run(slot!);
    memory = new Float32Array([2]);
    await session.run(slot!);
    expect(slot!.outputs[0]!.data[0]).toBe(2);
    await session.close();
  });

  it('refuses to read outputs before a run, foreign slots, and anything after close', async () => {
    const session = await onnxWebRuntime.open(identityModel, 'identity', options);
    const other = await onnxWebRuntime.open(identityModel, 'identity', options);
    expect(() => session.slots[0]!.outputs[0]!.data).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
    expect((await failure(session.run(other.slots[0]!))).code).toBe('ERR_ARGUMENT');
    const running = session.run(session.slots[0]!);
    await Promise.all([session.close(), session.close(), other.close()]);
    await running;
    expect((await failure(session.run(session.slots[0]!))).code).toBe('ERR_CLOSED');
  });

  it('rejects with the reason of an aborted signal, before and during a run', async () => {
    const session = await onnxWebRuntime.open(identityModel, 'identity', options);
    const [slot] = session.slots;
    const reason = new Error('stop');
    await expect(session.run(slot!, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const running = session.run(slot!, controller.signal);
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
    expect(() => slot!.outputs[0]!.data).toThrow();
    await session.run(slot!);
    expect(slot!.outputs[0]!.data[0]).toBe(0);
    await session.close();
    await expect(
      onnxWebRuntime.open(identityModel, 'identity', { ...options, signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
  });

  it('turns an error of a run into ERR_RUNTIME with its cause', async () => {
    const session = await onnxWebRuntime.open(identityModel, 'identity', {
      ...options,
      allocator: { allocateTensor: (d: TensorDescriptor) => ({ ...d, shape: [2], data: new Float32Array(2) }) },
    });
    const error = await failure(session.run(session.slots[0]!));
    expect(error.code).toBe('ERR_RUNTIME');
    expect(error.received).toContain('invalid dimensions');
    expect(error.cause).toBeInstanceOf(Error);
    await session.close();
  });

  it('refuses another number of threads on the same thread, and counts below one', async () => {
    const error = await failure(onnxWebRuntime.open(identityModel, 'identity', { ...options, threads: 2 }));
    expect(error.code).toBe('ERR_UNSUPPORTED');
    expect(error.remedy).toContain('worker');
    expect((await failure(onnxWebRuntime.open(identityModel, 'x', { ...options, threads: 0 }))).code).toBe(
      'ERR_ARGUMENT',
    );
    expect((await failure(onnxWebRuntime.open(identityModel, 'x', { ...options, slots: 1.5 }))).code).toBe(
      'ERR_ARGUMENT',
    );
  });

  it('probes in a worker', async () => {
    expect(await onnxWebRuntime.probe()).toEqual({
      id: 'onnx-web',
      status: 'works',
      version: '1.30.0',
      devices: ['cpu'],
      problem: null,
      remedy: null,
    });
  });
});

describe('a probe of what does not work', () => {
  const module = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
  const answering = (answer: string) =>
    module(`export const env = { wasm: {}, versions: {} };
      export class Tensor {}
      export const InferenceSession = { create: async () => ({ run: async () => ${answer} }) };`);

  it.each([
    ['a missing package', 'file:///nowhere/ort.mjs', 'Cannot find module'],
    ['a wrong answer', answering('({ y: { data: [7] } })'), 'turned 0.25 into 7'],
    ['a run that fails', answering('Promise.reject(new Error("no SIMD"))'), 'no SIMD'],
    ['a start that hangs', module('for (;;);'), 'no answer within 500 ms'],
    ['a worker that ends', module('process.exit(3)'), 'ended without an answer'],
  ])('%s', async (_, entry, problem) => {
    // Only the one that hangs has to wait for the end.
    const report = await probeInWorker(problem.includes('500') ? 500 : 30_000, entry);
    expect(report).toMatchObject({ id: 'onnx-web', status: 'unavailable', version: null, devices: [] });
    expect(report.problem).toContain(problem);
    expect(report.remedy).toBeTruthy();
  });
});

describe('onnx-web on bytes that are no model', () => {
  it.each([
    ['nothing', new Uint8Array(0), 'an empty file'],
    ['zeros', new Uint8Array(64), '64 bytes that are no complete ONNX file'],
    ['a web page', text('\n<!DOCTYPE html><title>404</title>'), 'a web page'],
    [
      'a Git LFS pointer',
      text('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'),
      'Git LFS pointer',
    ],
    ['a picture', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10), 'a PNG picture'],
    ['a TensorFlow Lite model', text('\x1c\0\0\0TFL3'), 'a TensorFlow Lite model'],
    ['a truncated model', identityModel.subarray(0, 30), '30 bytes that are no complete ONNX file'],
  ])('%s', async (_, bytes, received) => {
    const error = await failure(onnxWebRuntime.open(bytes, 'some.onnx', options));
    expect(error.code).toBe('ERR_MODEL_LOAD');
    expect(error.subject).toBe('some.onnx');
    expect(error.received).toContain(received);
    expect(error.remedy).toBeTruthy();
  });
});

describe('starting onnx-web', () => {
  const started = (ort: object) => ort as typeof import('onnxruntime-web');

  it('does not keep a failed import', async () => {
    let imports = 0;
    const runtime = new OnnxWebRuntime({
      importOrt: async () => {
        if (imports++ === 0) throw new Error('Cannot find package');
        return import('onnxruntime-web');
      },
      probe: () => onnxWebRuntime.probe(),
      startTimeoutMs: 10_000,
    });
    const error = await failure(runtime.open(identityModel, 'identity', options));
    expect(error.code).toBe('ERR_UNSUPPORTED');
    expect(error.remedy).toContain('npm install');
    await (await runtime.open(identityModel, 'identity', options)).close();
    expect(imports).toBe(2);
  });

  it('gives up on a start that hangs or answers wrongly', async () => {
    const env = { wasm: {}, versions: {} };
    const never = started({ env, InferenceSession: { create: () => new Promise(() => {}) }, Tensor: class {} });
    const wrong = started({
      env,
      InferenceSession: { create: async () => ({ run: async () => ({ y: { data: [0] } }), release: async () => {} }) },
      Tensor: class {},
    });
    for (const [ort, received] of [
      [never, 'no answer within 20 ms'],
      [wrong, 'turned 0.25 into 0'],
    ] as const) {
      const runtime = new OnnxWebRuntime({
        importOrt: async () => ort,
        probe: () => onnxWebRuntime.probe(),
        startTimeoutMs: 20,
      });
      const error = await failure(runtime.open(identityModel, 'identity', options));
      expect(error.code).toBe('ERR_UNSUPPORTED');
      expect(error.received).toContain(received);
    }
  });
});

describeWithAssets('onnx-web on real models', () => {
  const models = 'models/onnx/';
  const open = (name: string, more: Partial<OpenOptions> = {}) =>
    onnxWebRuntime.open(readFileSync(assetPath(models + name)), name, { ...options, ...more });

  afterEach(() => vi.restoreAllMocks());

  it('leaves pre-allocated outputs unwritten, which is why slots take the returned arrays', async () => {
    const ort = await import('onnxruntime-web');
    const session = await ort.InferenceSession.create(identityModel, { executionProviders: ['wasm'] });
    const poisoned = new Float32Array([-7]);
    await session.run({ x: new ort.Tensor('float32', [1], [1]) }, { y: new ort.Tensor('float32', poisoned, [1]) });
    // If this ever reads 1, the runtime writes in place and the copy out of it can go.
    expect(poisoned[0]).toBe(-7);
    await session.release();
  });

  it('gives each run of a slot fresh outputs and leaves the old array alone', async () => {
    const session = await open('mnist_winml.onnx');
    const [slot] = session.slots;
    await session.run(slot!);
    const first = slot!.outputs[0]!.data as Float32Array;
    const copy = Float32Array.from(first);
    (slot!.inputs[0]!.data as Float32Array).fill(200);
    await session.run(slot!);
    expect(slot!.outputs[0]!.data).not.toBe(first);
    expect(first).toEqual(copy);
    expect(slot!.outputs[0]!.data).not.toEqual(copy);
    await session.close();
  });

  it('carries float16 as bits', async () => {
    const session = await open('squeezenet_fp16.onnx');
    expect(session.inputs).toEqual([{ name: 'data_0', dataType: 'float16', shape: [1, 3, 224, 224] }]);
    const [slot] = session.slots;
    await session.run(slot!);
    expect(slot!.inputs[0]!.data).toBeInstanceOf(Uint16Array);
    expect(slot!.outputs[0]!.data).toBeInstanceOf(Uint16Array);
    expect(slot!.outputs[0]!.shape).toEqual([1, 1000, 1, 1]);
    expect(session.allocations).toEqual({ arrayBuffersPerRun: 1, bytesPerRun: 12_000 });
    await session.close();
  });

  it('settles free dimensions or names them', async () => {
    const error = await failure(open('text_detection_ch_ppocrv3.onnx'));
    expect(error.code).toBe('ERR_SHAPE');
    expect(error.subject).toContain('input x [1, 3, ?, ?]');
    expect(error.details.freeAxes).toEqual([2, 3]);
    for (const shape of [
      [1, 3, 64, 0],
      [1, 4, 64, 96],
      [3, 64, 96],
    ]) {
      expect((await failure(open('text_detection_ch_ppocrv3.onnx', { inputShapes: { x: shape } }))).code).toBe(
        'ERR_SHAPE',
      );
    }
    for (const key of ['x', '*']) {
      const session = await open('text_detection_ch_ppocrv3.onnx', { inputShapes: { [key]: [1, 3, 64, 96] } });
      expect(session.inputs[0]!.shape).toEqual([1, 3, 64, 96]);
      await session.run(session.slots[0]!);
      const [output] = session.slots[0]!.outputs;
      expect(elementCount(output!.shape)).toBe(output!.data.length);
      await session.close();
    }
    const batch = await open('super_resolution_224.onnx');
    expect(batch.inputs[0]!.shape).toEqual([1, 1, 224, 224]);
    await batch.close();
  });

  it('names a custom operator', async () => {
    const error = await failure(open('negative_custom_op_noisy_relu.onnx'));
    expect(error.code).toBe('ERR_MODEL_LOAD');
    expect(error.received).toContain('MyNoisyReluDomain:NoisyRelu');
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('prints nothing, whatever the model', async () => {
    const outputs = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')];
    const consoles = (['log', 'info', 'warn', 'error', 'debug'] as const).map((name) => vi.spyOn(console, name));
    await failure(open('negative_custom_op_noisy_relu.onnx'));
    await failure(
      onnxWebRuntime.open(readFileSync(assetPath(`${models}yolox_nano.onnx`)).subarray(0, 1e6), 'cut', options),
    );
    await (await open('opset_upgrade_reducable.onnx')).close();
    // By default ONNX Runtime has some hundred lines to say about this one.
    await (await open('ultraface_version-RFB-320.onnx')).close();
    for (const spy of [...outputs, ...consoles]) expect(spy).not.toHaveBeenCalled();
  });
});
