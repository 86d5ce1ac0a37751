import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { decodePicture } from '../../src/acquire/decode-picture.node.js';
import type { FrameLayout } from '../../src/core/frame.js';
import type { PreprocessSpec } from '../../src/core/preprocess-spec.js';
import type { Item } from '../../src/core/result.js';
import { onnxWebRuntime } from '../../src/infer/onnx-web/onnx-web-runtime.node.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import { loadKernels } from '../../src/kernels/load-kernels.node.js';
import { createHead } from '../../src/postprocess/create-head.js';
import { createPreset } from '../../src/postprocess/presets.js';
import { createPlan } from '../../src/preprocess/plan.js';
import { assetPath, describeWithAssets } from '../assets.js';

describeWithAssets('ImageNet classifiers name pictures', () => {
  let kernels: Kernels;
  beforeAll(async () => {
    kernels = await loadKernels();
  });

  async function classify(model: string, picture: string, change: Partial<PreprocessSpec> = {}): Promise<Item[]> {
    let frame: (FrameLayout & { data: Uint8Array }) | undefined;
    await decodePicture(readFileSync(assetPath(picture)), picture, (codedWidth, codedHeight) => {
      const data = new Uint8Array(codedWidth * codedHeight * 3);
      frame = { format: 'RGB', codedWidth, codedHeight, strideBytes: codedWidth * 3, data };
      return data;
    });
    const bytes = readFileSync(assetPath(`models/onnx/${model}`));
    const session = await onnxWebRuntime.open(bytes, model, { threads: 1, slots: 1, allocator: kernels });
    const preset = createPreset('classification', session);
    const spec = { ...preset.preprocess, ...change };
    const [slot] = session.slots;
    using plan = createPlan(kernels, frame!, spec);
    plan.run(frame!, slot.inputs[0]);
    await session.run(slot);
    const head = createHead(preset.head, {
      input: session.inputs[0],
      layout: spec.layout,
      outputs: session.outputs,
      labels: preset.labels,
      limits: preset.limits,
      kernels,
    });
    const items = head.decode(slot.outputs, plan.transform);
    await session.close();
    return items;
  }

  // Expected by native ONNX Runtime with Pillow's resize; see eval/EXPECTED_classification.json.
  it.each([
    ['images/winml/kitten_224.png', [281, 285], 0.932],
    ['images/winml/fish.png', [0, 389], 0.738],
    ['images/coral/cat.bmp', [285, 281], 0.93],
  ])('squeezenet_fp16, float16 input, BGR 0…255: %s', async (picture, classes, score) => {
    const items = await classify('squeezenet_fp16.onnx', picture, {
      colorOrder: 'bgr',
      mean: 0,
      std: 1,
      filter: 'bilinear-antialias',
    });
    expect(items.slice(0, 2).map(({ classId }) => classId)).toEqual(classes);
    expect(items).toHaveLength(5);
    expect(Math.abs(items[0].score - score)).toBeLessThan(0.02);
    expect(items[0].label).toBe(String(items[0].classId));
  });

  it.each([
    ['images/nnstreamer/orange.png', [951, 950]],
    ['images/winml/kitten_224.png', [285, 281]],
    ['images/winml/fish.png', [0, 389]],
    ['images/coral/cat.bmp', [285, 281]],
  ])('mobilenet_v2_quant, RGB x/127.5 − 1, as the preset says: %s', async (picture, classes) => {
    const items = await classify('mobilenet_v2_quant.onnx', picture);
    expect(items.slice(0, 2).map(({ classId }) => classId)).toEqual(classes);
    const sum = items.reduce((total, { score }) => total + score, 0);
    expect(sum).toBeGreaterThan(0.5);
    expect(sum).toBeLessThanOrEqual(1);
  });
});
