import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { runtimeOptionsSchema } from '../../../../src/core/runtime-options.js';
import { oneNodeModel } from '../../../../src/infer/one-node-model.js';
import { readProviders } from '../../../../src/infer/onnx-native/execution-provider.node.js';
import { OnnxNativeRuntime } from '../../../../src/infer/onnx-native/onnx-native-runtime.node.js';
import { findOrtLibrary, loadOrtLibrary } from '../../../../src/infer/onnx-native/ort-library.node.js';
import type { OpenOptions } from '../../../../src/infer/runtime.js';
import { assetPath, describeWithAssets } from '../../../assets.js';
import { describeWithPython, pythonModuleFolder } from '../../../python.js';
import { plainAllocator } from '../plain-allocator.js';
import { loadCounted } from './counted-library.js';

type NativeInput = v.InferInput<typeof runtimeOptionsSchema>['onnx-native'];

const runtime = new OnnxNativeRuntime();
const relu = oneNodeModel('Relu', { shape: [3] });

function options(native: NativeInput, device?: string): OpenOptions {
  const runtimeOptions = v.parse(runtimeOptionsSchema, { 'onnx-native': native });
  return { threads: 1, slots: 1, allocator: plainAllocator, runtimeOptions, device };
}

const open = (native: NativeInput, model = relu, device?: string) =>
  runtime.open(model, 'relu.onnx', options(native, device));

// Beside the library of the package lies no provider library, unless its installation fetched one.
const withoutCuda = !existsSync(join(findOrtLibrary(), '../libonnxruntime_providers_shared.so'));

describe('execution providers of a library', () => {
  it('that it was not built with are refused with those that it has', async () => {
    await expect(open({ providers: ['rocm'] })).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      subject: 'execution provider rocm',
      details: { supported: expect.arrayContaining(['cpu', 'cuda']) },
    });
    await expect(open({ providers: ['openvino'] })).rejects.toThrow(/pluginLibraries/);
  });

  it.skipIf(!withoutCuda)('that lack their own libraries are refused in the words of ONNX Runtime', async () => {
    for (const providers of [['cuda'], ['tensorrt'], ['CUDAExecutionProvider']]) {
      await expect(open({ providers })).rejects.toMatchObject({
        code: 'ERR_UNSUPPORTED',
        received: expect.stringMatching(/Failed to load/),
        remedy: expect.stringContaining(findOrtLibrary()),
        cause: { name: 'OrtError' },
      });
    }
    await expect(open({ providers: ['tensorrt', 'cuda'] })).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      subject: 'execution providers',
      received: expect.stringMatching(/Not tensorrt: .*Not cuda: /),
    });
  });

  it.skipIf(!withoutCuda)('are passed over where another is listed after them, and that is told', async () => {
    const session = await open({ providers: [{ name: 'tensorrt', options: { trt_fp16_enable: '1' } }, 'cuda', 'cpu'] });
    expect(session.placement).toMatchObject({ device: 'cpu', executionProvider: 'cpu', fullyAccelerated: true });
    expect(session.placement.limitations).toEqual([
      expect.stringMatching(/^Not tensorrt: /),
      expect.stringMatching(/^Not cuda: /),
    ]);
    await session.close();
  });

  it('are not asked behind the CPU, which takes everything', async () => {
    const session = await open({ providers: ['cpu', 'cuda', 'nonsense'] });
    expect(session.placement.limitations).toBeUndefined();
    await session.close();
  });

  it('keep their options where they are the device, and those after them', () => {
    const tensorrt = { name: 'tensorrt', options: { trt_fp16_enable: '1' } };
    const [cuda, cpu] = ['cuda', 'cpu'].map((name) => ({ name, options: {} }));
    expect(readProviders([tensorrt, 'cuda', 'cpu'], 'TensorrtExecutionProvider')).toEqual([tensorrt, cuda, cpu]);
    expect(readProviders([tensorrt, 'cuda', 'cpu'], 'cuda')).toEqual([cuda, cpu]);
    expect(readProviders(['cpu'], 'cuda')).toEqual([cuda, cpu]);
    expect(readProviders(['cuda'], 'cuda')).toEqual([cuda]);
  });

  it.each<[string, NativeInput]>([
    ['cpu', {}],
    ['CPUExecutionProvider', { providers: ['cuda', 'cpu'] }],
    ['cpu', { providers: ['tensorrt'] }],
  ])('begin with the device %s, whatever stands before it in %o', async (device, native) => {
    const session = await open(native, relu, device);
    expect(session.placement).toMatchObject({ executionProvider: 'cpu', fullyAccelerated: true });
    expect(session.placement.limitations).toBeUndefined();
    await session.close();
  });

  it.skipIf(!withoutCuda)('are not passed over where they are the device', async () => {
    for (const providers of [undefined, ['cuda', 'cpu'], ['tensorrt', 'cpu']]) {
      await expect(open({ providers }, relu, 'cuda')).rejects.toMatchObject({
        code: 'ERR_UNSUPPORTED',
        subject: 'execution provider cuda',
        received: expect.stringMatching(/Failed to load/),
      });
    }
    await expect(open({}, relu, 'rocm')).rejects.toMatchObject({ subject: 'execution provider rocm' });
  });

  it('do not hide what is wrong with a model', async () => {
    const model = oneNodeModel('NoSuchOperator', { shape: [1] });
    await expect(open({ providers: ['cuda', 'cpu'] }, model)).rejects.toMatchObject({ code: 'ERR_MODEL_LOAD' });
  });

  it('release what they made, also where they do not start', async () => {
    const { ort, open: handles } = await loadCounted();
    const counted = new OnnxNativeRuntime({ load: async () => ort });
    const before = handles();
    await (await counted.open(relu, 'relu', options({ providers: ['tensorrt', 'cuda', 'cpu'] }))).close();
    await expect(counted.open(relu, 'relu', options({ providers: ['cuda'] }))).rejects.toThrow();
    expect(handles()).toEqual(before);
  });

  it('take entries of the session’s configuration, by ONNX Runtime’s names', async () => {
    const session = await open({ config: { 'session.intra_op.allow_spinning': '0' } });
    await session.close();
    // An entry that is read tells by refusing: the CPU is what everything here runs on.
    await expect(open({ config: { 'session.disable_cpu_ep_fallback': '1' } })).rejects.toThrow(/explicitly disabled/);
  });
});

describe('libraries', () => {
  it.each<[string, NativeInput, RegExp]>([
    ['a library that is not there', { library: '/nowhere/libonnxruntime.so' }, /no such file/],
    ['a file that is no library', { library: import.meta.filename }, /ELF|invalid/],
    ['a provider library that is not there', { pluginLibraries: { x: '/nowhere/x.so' } }, /no such file/],
    ['a provider library that is none', { pluginLibraries: { x: import.meta.filename } }, /ELF|invalid/],
    [
      'a library of something else as one of providers',
      { pluginLibraries: { x: findOrtLibrary() } },
      /CreateEpFactories/,
    ],
  ])('%s is one error that says so', async (_, native, received) => {
    await expect(open(native)).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      received: expect.stringMatching(received),
      remedy: expect.stringMatching(/./),
    });
  });

  it('are probed without throwing', async () => {
    expect(await runtime.probe()).toMatchObject({
      id: 'onnx-native',
      status: 'works',
      version: '1.30.0',
      devices: ['cpu'],
      providers: expect.arrayContaining(['cpu']),
      problem: null,
      remedy: null,
    });
    const broken = new OnnxNativeRuntime({ load: () => Promise.reject(new Error('no koffi')) });
    expect(await broken.probe()).toMatchObject({ status: 'unavailable', problem: 'Error: no koffi' });
  });
});

describeWithPython('a provider library out of a Python wheel', ['onnxruntime_ep_openvino'], () => {
  const library = join(pythonModuleFolder('onnxruntime_ep_openvino'), 'libonnxruntime_providers_openvino_plugin.so');
  const native: NativeInput = { pluginLibraries: { openvino: library }, providers: ['openvino'] };

  // OpenVINO has its CPU device on every x86 processor; on another one the library may offer nothing, and says that.
  async function opened(given: NativeInput, model?: Uint8Array) {
    try {
      return await open(given, model);
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_UNSUPPORTED', received: 'one that offers no device here' });
      return undefined;
    }
  }

  it('runs a model on its device, every run with the numbers that lie in the input then', async () => {
    const session = await opened(native);
    if (!session) return;
    expect(session.placement).toMatchObject({ executionProvider: 'openvino', device: 'cpu', fullyAccelerated: true });
    expect(session.copies.join()).toMatch(/execution provider/);
    const [slot] = session.slots;
    for (const given of [
      [-1, 2, -3],
      [4, -5, 6],
      [-7, -8, 9],
    ]) {
      (slot.inputs[0].data as Float32Array).set(given);
      await session.run(slot);
      expect([...slot.outputs[0].data]).toEqual(given.map((value) => Math.max(0, value)));
    }
    await session.close();
  });

  it('that offers no device here is refused, and says that', async () => {
    // As on a machine without the hardware that it is for: it loads, and the list stays as it was.
    const ort = await loadOrtLibrary(undefined, {
      wrap: (functions) => ({
        ...functions,
        GetKeyValue: Object.assign(() => null, { async: functions.GetKeyValue.async }),
        EpDevice_EpName: Object.assign(() => 'CPUExecutionProvider', { async: functions.EpDevice_EpName.async }),
      }),
    });
    const bare = new OnnxNativeRuntime({ load: async () => ort });
    await expect(bare.open(relu, 'relu', options(native))).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      received: 'one that offers no device here',
      remedy: expect.stringMatching(/driver/),
    });
  });

  it('is registered once, whoever asks again, and listed with its kind of device', async () => {
    const [first, second] = [await opened(native), await opened({ ...native, providers: ['openvino:cpu'] })];
    await first?.close();
    await second?.close();
    await expect(open({ ...native, providers: ['openvino:npu'] })).rejects.toMatchObject({
      details: { supported: expect.arrayContaining(['openvino', 'openvino:cpu']) },
    });
  });

  it('leaves to the CPU what it does not take, if that is listed', async () => {
    // OpenVINO has no determinant.
    const det = oneNodeModel('Det', { shape: [2, 2] }, { shape: [] });
    const session = await opened({ ...native, providers: ['openvino', 'cpu'] }, det);
    if (!session) return;
    expect(session.placement).toMatchObject({
      executionProvider: 'cpu',
      fullyAccelerated: true,
      limitations: ["Not openvino: it takes none of the model's 1 nodes."],
    });
    const [slot] = session.slots;
    (slot.inputs[0].data as Float32Array).set([3, 1, 2, 5]);
    await session.run(slot);
    expect(slot.outputs[0].data[0]).toBe(13);
    await session.close();
    await expect(open(native, det)).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      received: 'nodes that only the CPU takes',
    });
  });

  it('that is the device is refused where it takes nothing, and else leaves the rest to the CPU', async () => {
    const { pluginLibraries } = native;
    const det = oneNodeModel('Det', { shape: [2, 2] }, { shape: [] });
    const { ort, open: handles } = await loadCounted();
    const counted = new OnnxNativeRuntime({ load: async () => ort });
    const session = await counted
      .open(relu, 'relu', options({ pluginLibraries }, 'openvino'))
      .catch((error) => void expect(error).toMatchObject({ received: 'one that offers no device here' }));
    if (!session) return;
    expect(session.placement).toMatchObject({ executionProvider: 'openvino', fullyAccelerated: true });
    expect(session.placement.limitations).toBeUndefined();
    await session.close();
    const before = handles();
    await expect(counted.open(det, 'det', options({ pluginLibraries }, 'openvino:cpu'))).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      subject: 'execution provider openvino:cpu',
      received: expect.stringMatching(/none of its nodes/),
    });
    expect(handles()).toEqual(before);
  });

  describeWithAssets('with a quantised model', () => {
    it('says how many of its nodes the CPU gets', async () => {
      const model = readFileSync(assetPath('models/onnx/mobilenet_v2_quant.onnx'));
      const session = await opened({ ...native, providers: ['openvino', 'cpu'] }, model);
      if (!session) return;
      expect(session.placement).toMatchObject({ executionProvider: 'openvino', fullyAccelerated: false });
      expect(session.placement.limitations).toEqual([expect.stringMatching(/^\d+ of \d+ nodes .* run on cpu/)]);
      await session.close();
      const device = await open({ pluginLibraries: native.pluginLibraries }, model, 'openvino');
      expect(device.placement).toEqual(session.placement);
      await device.close();
    });
  });
});
