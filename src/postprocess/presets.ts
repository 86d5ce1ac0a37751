import * as v from 'valibot';
import { ShapeError } from '../core/error.js';
import type { HeadSpec } from '../core/manifest.js';
import { type PreprocessSpec, type PreprocessSpecInput, preprocessSpecSchema } from '../core/preprocess-spec.js';
import { elementCount, type TensorDescriptor } from '../core/tensor.js';
import { cocoLabels } from './coco-labels.js';
import type { HeadLimits } from './head.js';

/** Names of the presets: how a bare model file, without a manifest, is used. */
export type PresetName = 'yolox' | 'classification';

/** What a preset says about a model; each part may be overridden. */
export interface Preset {
  task: 'detection' | 'classification';
  preprocess: PreprocessSpec;
  head: HeadSpec;
  labels: string[];
  limits: HeadLimits;
}

/** Inputs and outputs of an opened model. */
export interface ModelTensors {
  inputs: readonly TensorDescriptor[];
  outputs: readonly TensorDescriptor[];
}

/**
 * The preset of that name, fitted to a model's input size, layout and element type.
 *
 * - `yolox`: as YOLOX's own demo feeds its ONNX exports. Letterbox at the top left, scaled size rounded down, pad 114,
 *   BGR 0…255; strides 8, 16, 32; COCO's 80 labels; score 0.3, IoU 0.65, at most 300 boxes.
 * - `classification`: the whole picture stretched to the input, RGB, x/127.5 − 1 (TensorFlow's MobileNets); the five
 *   best classes, named by their number. Models trained otherwise (BGR, 0…255, ImageNet mean and std) need their own
 *   preprocessing: nothing in the file says so, and wrong values give wrong answers, not errors.
 *
 * @throws {ShapeError} ERR_SHAPE the model has not one picture as input and one output, or its input no known type.
 */
export function createPreset(name: PresetName, model: ModelTensors): Preset {
  const input = pictureInput(name, model);
  if (name === 'yolox') {
    return {
      task: 'detection',
      preprocess: v.parse(preprocessSpecSchema, {
        ...input,
        resize: 'letterbox',
        align: 'top-left',
        rounding: 'floor',
        pad: 114,
        colorOrder: 'bgr',
      }),
      head: { type: 'yolox', strides: [8, 16, 32] },
      labels: [...cocoLabels],
      limits: { scoreThreshold: 0.3, iouThreshold: 0.65, topK: 300 },
    };
  }
  const normalisation = input.dataType === 'uint8' ? {} : { mean: 127.5, std: 127.5 };
  const [output] = model.outputs;
  const classAxes = output.shape.length > 1 ? output.shape.slice(1) : output.shape;
  if (classAxes.includes(-1)) {
    throw new ShapeError({
      subject: `preset ${name}: output ${output.name}`,
      expected: 'a fixed number of classes',
      received: `[${output.shape.join(', ')}]`,
      remedy: 'Use a model that ends in one score per class, or export it with fixed shapes.',
    });
  }
  return {
    task: 'classification',
    preprocess: v.parse(preprocessSpecSchema, { ...input, resize: 'stretch', colorOrder: 'rgb', ...normalisation }),
    head: { type: 'classification', activation: 'auto' },
    labels: Array.from({ length: elementCount(classAxes) }, (_, classId) => String(classId)),
    limits: { scoreThreshold: 0, iouThreshold: 1, topK: 5 },
  };
}

/** Size, layout and type of the one picture that a model takes. */
function pictureInput(
  name: PresetName,
  model: ModelTensors,
): Pick<PreprocessSpecInput, 'width' | 'height' | 'layout' | 'dataType'> {
  const [input] = model.inputs;
  const describe = ({ dataType, shape }: TensorDescriptor) => `${dataType} [${shape.join(', ')}]`;
  const [batch, ...sizes] = input?.shape ?? [];
  const layout = sizes.length !== 3 ? undefined : sizes[0] === 3 ? 'nchw' : sizes[2] === 3 ? 'nhwc' : undefined;
  // Nothing in the file says the scale and the zero point of an int8 input.
  const dataType =
    input && input.dataType !== 'int8' && v.safeParse(preprocessSpecSchema.entries.dataType, input.dataType);
  if (model.inputs.length !== 1 || batch !== 1 || !layout || !dataType || !dataType.success) {
    throw new ShapeError({
      subject: `preset ${name}: the model's inputs`,
      expected: 'one picture, float32, float16 or uint8, [1, 3, height, width] or [1, height, width, 3]',
      received: model.inputs.map(describe).join('; ') || 'none',
      remedy: 'Use a model of this kind, or write a bundle that describes this one.',
    });
  }
  if (model.outputs.length !== 1) {
    throw new ShapeError({
      subject: `preset ${name}: the model's outputs`,
      expected: 'one',
      received: `${model.outputs.length}: ${model.outputs.map((o) => `${o.name} ${describe(o)}`).join('; ')}`,
      remedy: 'Use a model with the head that this preset is for.',
    });
  }
  const [height, width] = layout === 'nchw' ? sizes.slice(1) : sizes;
  return { width, height, layout, dataType: dataType.output };
}
