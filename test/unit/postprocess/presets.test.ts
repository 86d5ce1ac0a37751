import { describe, expect, it } from 'vitest';
import type { TensorDataType, TensorDescriptor } from '../../../src/core/tensor.js';
import { createPreset } from '../../../src/postprocess/presets.js';

const tensors = (shape: number[], dataType: TensorDataType = 'float32', outputs = 1) => ({
  inputs: [{ name: 'images', dataType, shape }] as TensorDescriptor[],
  outputs: Array<TensorDescriptor>(outputs).fill({ name: 'output', dataType, shape: [1, 10, 1, 1] }),
});

describe('presets', () => {
  it('yolox: as its own demo, size from the model', () => {
    const preset = createPreset('yolox', tensors([1, 3, 416, 640]));
    expect(preset.preprocess).toMatchObject({
      width: 640,
      height: 416,
      resize: 'letterbox',
      align: 'top-left',
      rounding: 'floor',
      pad: 114,
      filter: 'bilinear',
      colorOrder: 'bgr',
      scale: 1,
      mean: 0,
      std: 1,
      layout: 'nchw',
      dataType: 'float32',
    });
    expect(preset.head).toEqual({ type: 'yolox', strides: [8, 16, 32] });
    expect(preset.labels).toHaveLength(80);
    expect(new Set(preset.labels).size).toBe(80);
    expect(preset.limits).toEqual({ scoreThreshold: 0.3, iouThreshold: 0.65, topK: 300 });
    expect(preset.task).toBe('detection');
  });

  it('classification: stretched, RGB, x/127.5 − 1, classes named by number', () => {
    const preset = createPreset('classification', tensors([1, 224, 192, 3], 'float16'));
    expect(preset.preprocess).toMatchObject({
      width: 192,
      height: 224,
      resize: 'stretch',
      colorOrder: 'rgb',
      scale: 1,
      mean: 127.5,
      std: 127.5,
      layout: 'nhwc',
      dataType: 'float16',
    });
    expect(preset.labels).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(preset.limits.topK).toBe(5);
  });

  it('classification: uint8 inputs are written as they are', () => {
    expect(createPreset('classification', tensors([1, 3, 8, 8], 'uint8')).preprocess).toMatchObject({
      mean: 0,
      std: 1,
    });
  });

  it('classification: needs a number of classes', () => {
    const model = tensors([1, 3, 64, 96]);
    model.outputs = [{ name: 'map', dataType: 'float32', shape: [-1, -1] }];
    expect(() => createPreset('classification', model)).toThrow(expect.objectContaining({ code: 'ERR_SHAPE' }));
    model.outputs = [{ name: 'scores', dataType: 'float32', shape: [-1, 7] }];
    expect(createPreset('classification', model).labels).toHaveLength(7);
  });

  it.each([
    ['one channel', tensors([1, 1, 224, 224])],
    ['a batch', tensors([4, 3, 224, 224])],
    ['a vector', tensors([1, 640])],
    ['int8, whose scale nothing says', tensors([1, 3, 224, 224], 'int8')],
    ['integers', tensors([1, 3, 224, 224], 'int32')],
    ['two outputs', tensors([1, 3, 224, 224], 'float32', 2)],
    ['no output', tensors([1, 3, 224, 224], 'float32', 0)],
    ['no input', { ...tensors([1, 3, 224, 224]), inputs: [] }],
  ])('refuses %s', (_, model) => {
    for (const name of ['yolox', 'classification'] as const) {
      expect(() => createPreset(name, model)).toThrow(expect.objectContaining({ code: 'ERR_SHAPE' }));
    }
  });
});
