import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import type { Tensor, TensorData } from '../../src/core/tensor.js';
import { OnnxNativeRuntime } from '../../src/infer/onnx-native/onnx-native-runtime.node.js';
import { loadKernels } from '../../src/kernels/load-kernels.node.js';
import { assetPath, describeWithAssets } from '../assets.js';
import {
  compareTensors,
  fillInputs,
  type NativeModel,
  nativeModels,
  type Reference,
  runReference,
} from '../native-models.js';
import { describeWithPython } from '../python.js';

/** What a model made of its inputs, twice in a row, or what it was refused with. */
type Own = { inputs: Tensor[]; outputs: Tensor[]; again: Tensor[] } | { code: string; received: string };

/**
 * Both sides are ONNX Runtime, of different releases: 1.30 and 1.32 give equal bits on x86-64. What is allowed is for
 * releases and processors that add in another order.
 */
const tolerance = 1e-5;

const copied = ({ name, dataType, shape, data }: Tensor): Tensor => ({
  name,
  dataType,
  shape,
  data: data.slice() as TensorData,
});

async function runModel(model: NativeModel): Promise<Own> {
  const kernels = await loadKernels();
  const runtime = new OnnxNativeRuntime();
  const options = { threads: 1, slots: 1, allocator: kernels, inputShapes: model.inputShapes };
  try {
    const session = await runtime.open(readFileSync(model.path), model.name, options);
    const [slot] = session.slots;
    fillInputs(model, slot.inputs);
    const inputs = slot.inputs.map(copied);
    await session.run(slot);
    const outputs = slot.outputs.map(copied);
    await session.run(slot);
    const again = slot.outputs.map(copied);
    await session.close();
    return { inputs, outputs, again };
  } catch (error) {
    const { code, received } = error as { code: string; received: string };
    if (code === undefined) throw error;
    return { code, received };
  }
}

describeWithAssets('onnx-native on every ONNX model of the assets', () => {
  describeWithPython('against the onnxruntime of Python', ['onnxruntime'], () => {
    const models = nativeModels('onnx');
    const own = new Map<string, Own>();
    const references = new Map<string, Reference>();

    beforeAll(async () => {
      for (const model of models) own.set(model.name, await runModel(model));
      const jobs = models.map((model) => {
        const ours = own.get(model.name) as Own;
        return { model, inputs: 'inputs' in ours ? ours.inputs : [] };
      });
      for (const [i, reference] of runReference('onnxruntime', jobs).entries())
        references.set(models[i].name, reference);
    }, 120_000);

    it.each(models.map(({ name }) => name))('%s', (name) => {
      const [ours, reference] = [own.get(name) as Own, references.get(name) as Reference];
      if ('code' in ours) {
        // What is refused here, Python refuses too.
        expect(reference).toHaveProperty('error');
        expect(ours.code).toBe('ERR_MODEL_LOAD');
        return;
      }
      if ('error' in reference) throw new Error(reference.error);
      const described = ({ name, dataType, shape }: Omit<Tensor, 'data'>) => ({ name, dataType, shape: [...shape] });
      expect(ours.outputs.map(described)).toEqual(reference.outputs.map(described));
      for (const [at, output] of ours.outputs.entries()) {
        const { relative } = compareTensors(output.dataType, output.data, reference.outputs[at].data);
        expect(relative, output.name).toBeLessThanOrEqual(tolerance);
        expect(output.data.some((value) => Number(value) !== 0)).toBe(true);
        expect(compareTensors(output.dataType, ours.again[at].data, output.data).share, 'a second run').toBe(0);
      }
    });

    it('refuses the model with an operator of its own, by the operator’s name', () => {
      expect(own.get('negative_custom_op_noisy_relu.onnx')).toMatchObject({
        received: expect.stringMatching(/NoisyRelu/),
      });
    });
  });

  it('includes the models that the assets’ manifest lists', () => {
    const { length } = nativeModels('onnx');
    expect(length).toBeGreaterThanOrEqual(17);
    expect(nativeModels('onnx').every(({ path }) => path.startsWith(assetPath('')))).toBe(true);
  });
});
