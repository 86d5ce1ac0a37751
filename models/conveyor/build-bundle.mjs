// Writes model.json and the golden sample for standard.onnx and small.onnx in this folder: sizes and sha256 of the
// files, what the package computes for the golden picture, and the accuracy on seeds that training never saw.
// Needs `npm run build`.
//
//   node models/conveyor/build-bundle.mjs [--release 1]

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { conveyorLabels } from '../../dist/acquire/synthetic/labels.js';
import { manifestSchema } from '../../dist/core/manifest.js';
import { parse } from '../../dist/core/parse.js';
import { preprocessSpecSchema } from '../../dist/core/preprocess-spec.js';
import { loadKernels } from '../../dist/kernels/load-kernels.node.js';
import { createPlan } from '../../dist/preprocess/plan.js';
import { eachFrame, measureAccuracy, measuredSeeds, openVariant } from './deployed.mjs';

const { values } = parseArgs({ options: { release: { type: 'string', default: '1' } } });
const here = (path) => new URL(path, import.meta.url);
const head = { type: 'yolox', strides: [16] };
const thresholds = { score: 0.3, iou: 0.65, topK: 100 };
const labels = [...conveyorLabels];
const variants = [
  { id: 'standard', width: 384, height: 224, target: 'one CPU core, WebAssembly SIMD' },
  { id: 'small', width: 256, height: 144, target: 'slower cores: less than half the work' },
];

mkdirSync(here('golden'), { recursive: true });
const golden = await goldenPicture(416, 234);
const goldenInput = { ...write('golden/belt.rgb', golden.data), format: 'RGB', width: 416, height: 234 };
const described = [];
for (const { id, width, height, target } of variants) {
  const path = `${id}.onnx`;
  const weights = readFileSync(here(path));
  // As in network.py: (x − 90) / 64.
  const preprocess = parse(preprocessSpecSchema, { width, height, mean: 90, std: 64 }, 'preprocess');
  const variant = await openVariant({ weights, name: path, preprocess, head, labels, thresholds });
  const outputs = await variant.outputs(golden);
  const { map50, perClass } = await measureAccuracy(variant, labels, measuredSeeds, 12);
  const rounded = (value) => Number(value.toFixed(4));
  described.push({
    id,
    ...entry(path, weights),
    format: 'onnx',
    precision: 'fp32',
    target,
    inputs: variant.tensors.inputs.map(({ name, dataType, shape }) => ({ name, dataType, shape, preprocess })),
    outputs: variant.tensors.outputs.map(({ name, dataType, shape }) => ({ name, dataType, shape })),
    golden: {
      input: goldenInput,
      outputs: outputs.map((bytes, i) => write(`golden/${id}.${variant.tensors.outputs[i].name}.f32`, bytes)),
      tolerance: { absolute: 0.002, relative: 0.002 },
    },
    metrics: {
      map50: rounded(map50),
      ap50: Object.fromEntries(Object.entries(perClass).map(([label, ap]) => [label, rounded(ap)])),
    },
  });
  console.error(`${id}: mAP@0.5 ${map50.toFixed(4)}`, perClass);
  await variant.close();
}
const manifest = {
  schema: 'reflexarc.model/1',
  id: 'conveyor',
  version: '1.0.0',
  release: Number(values.release),
  task: 'detection',
  variants: described,
  head,
  labels,
  thresholds,
  license: 'Apache-2.0',
  provenance: {
    source: 'models/conveyor/train.py in the reflexarc repository',
    data: 'frames of the synthetic camera (src/acquire/synthetic), seeds from 1000000000 on',
    measured: `seeds ${measuredSeeds[0]} to ${measuredSeeds.at(-1)}, 12 frames each, default camera`,
  },
};
parse(manifestSchema, manifest, 'model.json');
writeFileSync(here('model.json'), `${JSON.stringify(manifest, null, 2)}\n`);

function entry(path, bytes) {
  return { path, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.byteLength };
}

function write(path, bytes) {
  writeFileSync(here(path), bytes);
  return entry(path, bytes);
}

// A crowded frame of the camera, scaled down so that the bundle stays small.
async function goldenPicture(width, height) {
  const kernels = await loadKernels();
  const spec = parse(preprocessSpecSchema, { width, height, resize: 'stretch', layout: 'nhwc', dataType: 'uint8' }, 'spec');
  const tensor = kernels.allocateTensor({ name: 'picture', dataType: 'uint8', shape: [1, height, width, 3] });
  await eachFrame({ seed: 2024, density: 2 }, 2, (frame) => createPlan(kernels, frame, spec).run(frame, tensor));
  return { format: 'RGB', codedWidth: width, codedHeight: height, strideBytes: width * 3, data: tensor.data.slice() };
}
