import * as v from 'valibot';
import { preprocessSpecSchema } from './preprocess-spec.js';

const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits'));
const relativePath = v.pipe(
  v.string(),
  v.nonEmpty(),
  v.check((p) => !/^([/\\]|[a-zA-Z]:)|(^|[/\\])\.\.([/\\]|$)/.test(p), 'a path inside the bundle'),
);
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const shape = v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(-1))), v.maxLength(8));
const dataType = v.picklist(['float32', 'float16', 'uint8', 'int8', 'int32', 'int64']);
const file = { path: relativePath, sha256, bytes: count };

/** Head parameters: how the outputs of a model are read. */
const headSchema = v.variant('type', [
  v.strictObject({ type: v.literal('yolox'), strides: v.pipe(v.array(v.pipe(count, v.minValue(1))), v.minLength(1)) }),
  v.strictObject({
    type: v.literal('classification'),
    /** `softmax` turns logits into scores; `none` where the graph already did; `auto` looks at the first output. */
    activation: v.optional(v.picklist(['auto', 'softmax', 'none']), 'auto'),
  }),
]);

const goldenSchema = v.strictObject({
  /** Raw pixels, tight rows. */
  input: v.strictObject({
    ...file,
    format: v.picklist(['RGBA', 'RGB', 'BGR', 'GRAY8']),
    width: v.pipe(count, v.minValue(1)),
    height: v.pipe(count, v.minValue(1)),
  }),
  /** Raw little-endian elements of each output, in the order of `outputs`. */
  outputs: v.array(v.strictObject(file)),
  /** An element passes if it is within `absolute + relative·|expected|`. */
  tolerance: v.strictObject({
    absolute: v.pipe(v.number(), v.minValue(0)),
    relative: v.pipe(v.number(), v.minValue(0)),
  }),
});

const variantObject = v.strictObject({
  id: v.pipe(v.string(), v.nonEmpty()),
  ...file,
  /** `openvino` is OpenVINO's IR: the file is the `.xml`, and `weights` its `.bin`. */
  format: v.picklist(['onnx', 'tflite', 'openvino']),
  weights: v.optional(v.strictObject(file)),
  precision: v.picklist(['fp32', 'fp16', 'int8']),
  /** What it is meant for, in words. */
  target: v.optional(v.string()),
  inputs: v.pipe(
    v.array(v.strictObject({ name: v.string(), dataType, shape, preprocess: preprocessSpecSchema })),
    v.length(1),
  ),
  outputs: v.pipe(v.array(v.strictObject({ name: v.string(), dataType, shape })), v.minLength(1)),
  golden: goldenSchema,
  /** Measured figures, e.g. `{ "map50": 0.97 }`. */
  metrics: v.optional(v.record(v.string(), v.union([v.number(), v.record(v.string(), v.number())]))),
});

const variantSchema = v.pipe(
  variantObject,
  v.forward(
    v.check(
      ({ format, weights }) => (format === 'openvino') === (weights !== undefined),
      'an entry with format openvino, else none',
    ),
    ['weights'],
  ),
);

const taskOfHead = { yolox: 'detection', classification: 'classification' } as const;

/** `model.json`: everything an application must know about a model, so that it holds no mean, label or anchor itself. */
export const manifestSchema = v.pipe(
  v.strictObject({
    schema: v.literal('reflexarc.model/1'),
    id: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9._-]*$/, 'lower-case letters, digits, ., _ and -')),
    version: v.pipe(v.string(), v.nonEmpty()),
    /** Grows with every release; an update with a smaller one is a downgrade. */
    release: v.pipe(count, v.minValue(1)),
    task: v.picklist(['detection', 'classification']),
    variants: v.pipe(v.array(variantSchema), v.minLength(1)),
    head: headSchema,
    labels: v.pipe(v.array(v.string()), v.minLength(1)),
    thresholds: v.optional(
      v.strictObject({
        score: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
        iou: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
        topK: v.optional(v.pipe(count, v.minValue(1))),
      }),
      {},
    ),
    license: v.string(),
    provenance: v.optional(v.record(v.string(), v.union([v.string(), v.number()])), {}),
  }),
  v.forward(
    v.check(
      ({ task, head }) => taskOfHead[head.type] === task,
      'the task of the head: detection for yolox, else classification',
    ),
    ['task'],
  ),
  v.forward(
    v.check(({ variants }) => new Set(variants.map(({ id }) => id)).size === variants.length, 'ids that differ'),
    ['variants'],
  ),
);

export type Manifest = v.InferOutput<typeof manifestSchema>;
export type ModelVariant = Manifest['variants'][number];
export type HeadSpec = v.InferOutput<typeof headSchema>;
