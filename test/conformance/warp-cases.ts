import { parse } from '../../src/core/parse.js';
import {
  colorMatrices,
  type FrameLayout,
  isYuvFormat,
  measureLayout,
  type PixelFormat,
  pixelFormats,
} from '../../src/core/pixel-format.js';
import { type WarpSpecInput, warpSpecSchema } from '../../src/core/warp-spec.js';
import { planWarp } from '../../src/kernels/warp-plan.js';
import { invertMapping } from '../../src/preprocess/warp-mapping.js';
import type { PictureCase } from './picture-case.js';
import { randomNumbers, seed } from './random-numbers.js';

const formats = Object.keys(pixelFormats) as PixelFormat[];
const borders = ['replicate', 'constant'] as const;

/** Frame px → tensor px, in the middle of px: a turn around the middle of both, and how much larger the picture becomes. */
export function turn(from: [number, number], to: [number, number], angle: number, zoom: number, shift = 0): number[] {
  const [cos, sin] = [Math.cos(angle) * zoom, Math.sin(angle) * zoom];
  const e = (to[0] - 1) / 2 - cos * ((from[0] - 1) / 2) + sin * ((from[1] - 1) / 2) + shift;
  const f = (to[1] - 1) / 2 - sin * ((from[0] - 1) / 2) - cos * ((from[1] - 1) / 2);
  return [cos, -sin, e, sin, cos, f, 0, 0, 1];
}

/**
 * Warped pictures: every format × border × output; every width from 1 to 17 px in and out; the whole tensor inside, partly and wholly
 * beside the picture and far from it; turns, flips, perspective to the edge of what is taken; a few hundred at random.
 */
export function warpCases(): PictureCase[] {
  const random = randomNumbers(seed + 2);
  const unit = () => random() / 2 ** 32;
  const oneOf = <T>(list: readonly T[]): T => list[random() % list.length];
  const cases: PictureCase[] = [];
  const add = (
    format: PixelFormat,
    [width, height]: [number, number],
    extra: number,
    input: WarpSpecInput,
    matrix: number[],
  ) => {
    const { bytes, across } = pixelFormats[format][0];
    const strideBytes = Math.ceil(width / across) * bytes + extra;
    const layout: FrameLayout = { format, codedWidth: width, codedHeight: height, strideBytes };
    if (isYuvFormat(format)) layout.colorSpace = { matrix: oneOf(colorMatrices), fullRange: random() % 2 === 0 };
    const source = new Uint8Array(measureLayout(layout).byteLength);
    for (let i = 0; i < source.length; i++) source[i] = random() % 4 ? random() >>> 24 : oneOf([0, 255]);
    const spec = parse(warpSpecSchema, input, 'spec');
    const plan = planWarp(layout, spec);
    invertMapping(Float64Array.from(matrix), spec, plan.warp.mapping);
    const output = `${spec.width}x${spec.height} ${spec.colorOrder} ${spec.layout} ${spec.dataType}`;
    const id = `warp ${format}+${extra} ${width}x${height} ${spec.border} ${spec.pad} → ${output} [${matrix.map((n) => Number(n.toPrecision(5)))}]`;
    cases.push({ id, plan, source });
  };

  for (const [n, format] of formats.entries()) {
    for (const border of borders) {
      for (const layout of ['nchw', 'nhwc'] as const) {
        for (const dataType of ['float32', 'float16', 'uint8'] as const) {
          for (const colorOrder of ['rgb', 'bgr'] as const) {
            const normal = dataType === 'uint8' ? {} : { mean: [1, 2, 3], std: [4, 5, 6] };
            const input = { width: 19, height: 12, border, layout, dataType, colorOrder, pad: 77, ...normal };
            add(format, [37, 29], n % 3, input, turn([37, 29], [19, 12], 0.4 + n, 0.7));
          }
        }
      }
      const perspective = [1.1, 0.2, -3, -0.1, 0.9, 2, 0.004, 0.009, 1];
      add(format, [33, 21], 3, { width: 26, height: 17, border, pad: 200 }, perspective);
    }
  }
  for (let from = 1; from <= 17; from++) {
    for (let to = 1; to <= 17; to += 1 + (from % 2)) {
      const size: [number, number] = [from, 18 - from];
      const input = { width: to, height: 4, border: borders[to % 2], dataType: 'uint8', pad: 9 } as const;
      add(formats[(from * 5 + to) % formats.length], size, from % 2, input, turn(size, [to, 4], from, 0.5 + to / 9));
    }
  }
  // Exactly on px and between them; at the edges, half a px and a hair beyond them; out of sight; as far as is taken.
  const edges = [0, 0.5, -0.5, -1, 1 - 2 ** -20, -24, 24, 1e5, -16e6, 16e6];
  for (const shift of edges) {
    for (const border of borders) {
      for (const format of ['RGBA', 'RGB', 'I420', 'GRAY16'] as const) {
        const input = { width: 24, height: 5, border, dataType: 'uint8', pad: 131 } as const;
        add(format, [24, 5], 0, input, [1, 0, shift, 0, 1, shift / 2, 0, 0, 1]);
        add(format, [24, 5], 0, input, [-1, 0, 23 + shift, 0, -1, 4, 0, 0, 1]);
      }
    }
  }
  // A tensor whose first row lies hundreds of times further away than its last.
  const horizon = new Float64Array(9);
  invertMapping(Float64Array.of(1, 0.3, -2, 0, 1, 0.5, 0, 0.0525, 0.0025), { width: 1, height: 1 }, horizon);
  for (const format of ['BGRA', 'BGR', 'NV12', 'UYVY', 'GRAY8'] as const) {
    for (const border of borders) {
      add(format, [64, 40], 1, { width: 30, height: 20, border, pad: 3 }, [...horizon]);
    }
  }
  for (let n = 0; n < 300; n++) {
    const from: [number, number] = [1 + (random() % 60), 1 + (random() % 60)];
    const to: [number, number] = [1 + (random() % 50), 1 + (random() % 30)];
    const matrix = turn(from, to, unit() * 7, 2 ** (unit() * 5 - 2), (unit() - 0.5) * 40);
    if (n % 2) {
      // A change of w that stays well on one side over tensors of this size.
      matrix[6] = ((unit() - 0.5) * matrix[0]) / 400;
      matrix[7] = ((unit() - 0.5) * matrix[0]) / 400;
    }
    const dataType = oneOf(['float32', 'float16', 'uint8'] as const);
    const input = { width: to[0], height: to[1], border: oneOf(borders), pad: random() & 255, dataType };
    add(oneOf(formats), from, random() % 5, { ...input, layout: oneOf(['nchw', 'nhwc']) }, matrix);
  }
  return cases;
}
