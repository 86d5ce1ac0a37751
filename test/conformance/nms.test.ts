import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import type { Kernels } from '../../src/kernels/kernels.js';
import { loadKernels } from '../../src/kernels/load-kernels.node.js';
import { Nms } from '../../src/kernels/nms.js';
import { assetPath, describeWithAssets } from '../assets.js';
import { describeEachTier } from '../kernel-tiers.js';
import { type OnnxTensor, readOnnxNodeAttributes, readOnnxTensor } from '../onnx-proto.js';

const names = [
  'center_point_box_format',
  'flipped_coordinates',
  'identical_boxes',
  'suppress_by_IOU',
  'suppress_by_IOU_and_scores',
  'two_batches',
  'two_classes',
];

interface OnnxCase {
  boxes: OnnxTensor;
  scores: OnnxTensor;
  mostPerClass: number;
  iouThreshold: number;
  scoreThreshold: number;
  centred: boolean;
  expected: OnnxTensor;
}

function readCase(name: string): OnnxCase {
  const read = (file: string) =>
    readFileSync(assetPath(`conformance/onnx_node/test_nonmaxsuppression_${name}/${file}`));
  const tensor = (file: string) => readOnnxTensor(read(`test_data_set_0/${file}.pb`));
  return {
    boxes: tensor('input_0'),
    scores: tensor('input_1'),
    mostPerClass: tensor('input_2').values[0],
    iouThreshold: tensor('input_3').values[0],
    scoreThreshold: tensor('input_4').values[0],
    centred: readOnnxNodeAttributes(read('model.onnx')).center_point_box === 1,
    expected: tensor('output_0'),
  };
}

/** All classes of a batch compete at once, each box once per class; then the best of each class, as ONNX lists them. */
function suppress(kernels: Kernels, test: OnnxCase): number[] {
  const [batches, boxCount] = test.boxes.shape;
  const classCount = test.scores.shape[1];
  using nms = new Nms(kernels, classCount * boxCount);
  const selected: number[] = [];
  for (let batch = 0; batch < batches; batch++) {
    for (let i = 0; i < classCount * boxCount; i++) {
      const from = (batch * boxCount + (i % boxCount)) * 4;
      const [a, b, c, d] = test.boxes.values.slice(from, from + 4);
      nms.boxes.set(test.centred ? [a - c / 2, b - d / 2, a + c / 2, b + d / 2] : [a, b, c, d], i * 4);
      nms.classes[i] = Math.floor(i / boxCount);
      nms.scores[i] = test.scores.values[batch * classCount * boxCount + i];
    }
    const { iouThreshold, scoreThreshold } = test;
    const found = nms.run(classCount * boxCount, { iouThreshold, scoreThreshold, topK: classCount * boxCount });
    const kept = Array.from(nms.kept.subarray(0, found));
    for (let classId = 0; classId < classCount; classId++) {
      const own = kept.filter((i) => Math.floor(i / boxCount) === classId).slice(0, test.mostPerClass);
      for (const i of own) selected.push(batch, classId, i % boxCount);
    }
  }
  return selected;
}

describeWithAssets("ONNX's NonMaxSuppression tests", () => {
  describeEachTier(
    (tier) => tier,
    (tier) => {
      let kernels: Kernels;
      beforeAll(async () => {
        kernels = await loadKernels({ tier });
      });

      it.each(names)('%s', (name) => {
        const test = readCase(name);
        expect(test.expected.values.length).toBeGreaterThan(0);
        expect(suppress(kernels, test)).toEqual(test.expected.values);
      });
    },
  );
});
