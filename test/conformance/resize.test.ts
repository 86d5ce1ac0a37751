import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { parse } from '../../src/core/parse.js';
import { preprocessSpecSchema } from '../../src/core/preprocess-spec.js';
import type { ResampleFilter } from '../../src/core/resample-filter.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import { loadKernels } from '../../src/kernels/load-kernels.node.js';
import { openPictureKernel } from '../../src/kernels/picture-kernel.js';
import { planPicture, wholePicture } from '../../src/kernels/picture-plan.js';
import { assetPath, assetRoot, describeWithAssets, haveAssets } from '../assets.js';
import { describeEachTier } from '../kernel-tiers.js';
import { type OnnxNode, type OnnxTensor, readOnnxNode, readOnnxTensor } from '../onnx-proto.js';

const folder = 'conformance/onnx_node';
const prefix = 'test_resize_';

interface OnnxCase {
  node: OnnxNode;
  x: OnnxTensor;
  roi?: OnnxTensor;
  scales?: OnnxTensor;
  sizes?: OnnxTensor;
  expected: OnnxTensor;
}

function readCase(name: string): OnnxCase {
  const read = (file: string) => readFileSync(assetPath(`${folder}/${prefix}${name}/${file}`));
  const node = readOnnxNode(read('model.onnx'));
  const tensors = node.inputs.map((_, i) => {
    if (node.inputs[i] === '') return undefined;
    const index = node.inputs.slice(0, i).filter((input) => input !== '').length;
    return readOnnxTensor(read(`test_data_set_0/input_${index}.pb`));
  });
  const [x, roi, scales, sizes] = tensors;
  return { node, x: x!, roi, scales, sizes, expected: readOnnxTensor(read('test_data_set_0/output_0.pb')) };
}

function filterOf({ texts, numbers }: OnnxNode): { filter: ResampleFilter; tolerance: number } {
  if (texts.mode === 'nearest') return { filter: 'nearest', tolerance: 0 };
  // Rounded to 8 bits twice, where ONNX has real numbers.
  if (texts.mode === 'linear' && numbers.antialias) return { filter: 'bilinear-antialias', tolerance: 1 };
  if (texts.mode === 'linear') return { filter: 'bilinear-float', tolerance: 1e-5 };
  if (numbers.antialias) return { filter: 'bicubic-float-antialias', tolerance: 1e-5 };
  if (numbers.exclude_outside) return { filter: 'bicubic-float-catmull-rom', tolerance: 1e-5 };
  return { filter: 'bicubic-float', tolerance: 1e-5 };
}

/** Of an axis (2 rows, 3 columns): the interval of the source that becomes the output, and which px of that are made of it. */
interface Axis {
  start: number;
  extent: number;
  cut: number;
  shown: number;
}

function axisOf({ node, x, roi, scales, sizes, expected }: OnnxCase, axis: 2 | 3): Axis {
  const { texts, lists } = node;
  const [from, to] = [x.shape[axis], expected.shape[axis]];
  const axes = lists.axes ?? [0, 1, 2, 3];
  const at = axes.indexOf(axis);
  let scale = scales ? scales.values[at] : to / from;
  const policy = texts.keep_aspect_ratio_policy ?? 'stretch';
  if (sizes && policy !== 'stretch') {
    const ratios = sizes.values.map((size, i) => size / x.shape[axes[i]]);
    scale = policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios);
  }
  // Where output px 0 samples the source, px centres at whole numbers, and how far px 1 is from that.
  const mode = texts.coordinate_transformation_mode ?? 'half_pixel';
  const [first, step] = coordinates(mode, from, to, scale, roi?.values, at);
  const extent = step * to;
  // A region that sticks out of the picture: px of it that are sampled outside have no source, but a value of their own.
  const sampled = Array.from({ length: to }, (_, i) => first + step * i);
  const inside = (place: number) => mode !== 'tf_crop_and_resize' || (place >= 0 && place <= from - 1);
  const part = { extent, cut: sampled.findIndex(inside), shown: sampled.filter(inside).length };
  if (texts.mode !== 'nearest') return { start: first + 0.5 - step / 2, ...part };
  // `nearest` takes what is to the left of a point; a little less or more settles the points that fall on a sample.
  const little = 1e-9;
  const aside = { round_prefer_floor: 0.5 - little, ceil: 1 - little, floor: little }[
    texts.nearest_mode ?? 'round_prefer_floor'
  ];
  return { start: first + aside!, ...part };
}

function coordinates(
  mode: string,
  from: number,
  to: number,
  scale: number,
  roi: number[] = [],
  at = 0,
): [number, number] {
  const [begin, end] = [roi[at], roi[roi.length / 2 + at]];
  switch (mode) {
    case 'half_pixel':
      return [0.5 / scale - 0.5, 1 / scale];
    case 'half_pixel_symmetric':
      return [(from / 2) * (1 - to / (scale * from)) + 0.5 / scale - 0.5, 1 / scale];
    case 'asymmetric':
      return [0, 1 / scale];
    case 'align_corners':
      return [0, (from - 1) / (scale * from - 1)];
    case 'tf_crop_and_resize':
      return [begin * (from - 1), ((end - begin) * (from - 1)) / (to - 1)];
    default:
      throw new Error(`coordinates ${mode} are not read here`);
  }
}

const names = haveAssets
  ? readdirSync(`${assetRoot}/${folder}`)
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length))
  : [];

describeWithAssets("ONNX's Resize tests", () => {
  it('are all there', () => {
    expect(names).toHaveLength(26);
  });

  describeEachTier(
    (tier) => tier,
    (tier) => {
      let kernels: Kernels;
      beforeAll(async () => {
        kernels = await loadKernels({ tier });
      });

      it.each(names)('%s', (name) => {
        const test = readCase(name);
        const { filter, tolerance } = filterOf(test.node);
        const [, , codedHeight, codedWidth] = test.x.shape;
        const [, , height, width] = test.expected.shape;
        const source = Uint8Array.from(test.x.values);
        // The pictures of these tests hold whole numbers.
        expect(Array.from(source)).toEqual(test.x.values);
        const layout = { format: 'GRAY8', codedWidth, codedHeight, strideBytes: codedWidth } as const;
        const pad = test.node.numbers.extrapolation_value ?? 0;
        const spec = parse(preprocessSpecSchema, { width, height, filter, resize: 'stretch', pad }, 'spec');
        const [columns, rows] = [axisOf(test, 3), axisOf(test, 2)];
        const region = { left: columns.start, top: rows.start, width: columns.extent, height: rows.extent };
        const plan = planPicture(
          layout,
          spec,
          {
            ...wholePicture(codedWidth, codedHeight),
            ...{ left: columns.cut, cutLeft: columns.cut, width: columns.shown, resizedWidth: width },
            ...{ top: rows.cut, cutTop: rows.cut, height: rows.shown, resizedHeight: height },
          },
          region,
        );
        const kernel = openPictureKernel(kernels, plan);
        const output = new Float32Array(3 * width * height);
        kernel.run(source, output);
        kernel.close();
        expect(test.expected.values.length).toBe(width * height);
        test.expected.values.forEach((value, i) => {
          expect(Math.abs(output[i] - value)).toBeLessThanOrEqual(tolerance);
        });
      });
    },
  );
});
