import { describe, expect, it } from 'vitest';
import {
  type FrameLayout,
  isYuvFormat,
  measureLayout,
  type PixelFormat,
  pixelFormats,
  planesInTurn,
} from '../../src/core/pixel-format.js';
import type { PreprocessSpecInput } from '../../src/core/preprocess-spec.js';
import { type ResampleFilter, resampleFilters } from '../../src/core/resample-filter.js';
import { loadKernels } from '../../src/kernels/load-kernels.node.js';
import { isAntialias } from '../../src/kernels/resample-table.js';
import { createPlan } from '../../src/preprocess/plan.js';
import { stepReferences } from './references.js';

const kernels = await loadKernels();

const packed = stepReferences['turned by 90° or 270°: RGB, gray'].tolerance;
const yuv = stepReferences['turned by 90° or 270°: YUV'].tolerance;

function noise(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 16) % below;
  };
}

const formats = ['RGB', 'GRAY8', 'I444', 'I420', 'NV12'] as const satisfies PixelFormat[];
type Format = (typeof formats)[number];

/** A tight picture turned clockwise by 90°, or by 270°: its planes are turned one by one. */
function turn(format: Format, [width, height]: [number, number], data: Uint8Array, rotation: 90 | 270): Uint8Array {
  const turned = new Uint8Array(data.length);
  const shapes = pixelFormats[format];
  const stored = planesInTurn(shapes, rowBytes(format, width), height);
  const seen = planesInTurn(shapes, rowBytes(format, height), width);
  shapes.forEach(({ bytes, across, down }, i) => {
    const [columns, rows] = [Math.ceil(width / across), Math.ceil(height / down)];
    for (let y = 0; y < columns; y++) {
      for (let x = 0; x < rows; x++) {
        const [column, row] = rotation === 90 ? [y, rows - 1 - x] : [columns - 1 - y, x];
        const from = stored[i].offset + row * stored[i].stride + column * bytes;
        const to = seen[i].offset + y * seen[i].stride + x * bytes;
        for (let b = 0; b < bytes; b++) turned[to + b] = data[from + b];
      }
    }
  });
  return turned;
}

const rowBytes = (format: Format, width: number) => width * pixelFormats[format][0].bytes;

function run(format: Format, size: [number, number], data: Uint8Array, input: PreprocessSpecInput): Uint8Array {
  const [codedWidth, codedHeight] = size;
  const layout: FrameLayout = { format, codedWidth, codedHeight, strideBytes: rowBytes(format, codedWidth) };
  using plan = createPlan(kernels, layout, { ...input, resize: 'stretch', dataType: 'uint8', layout: 'nhwc' });
  const output = new Uint8Array(plan.shape.reduce((product, length) => product * length));
  plan.run({ ...layout, data }, { name: 'x', dataType: 'uint8', shape: plan.shape, data: output });
  return output;
}

/** How far a turned picture is at most from the filter on a picture that was turned before. */
function worstOf(filter: ResampleFilter, format: Format): number {
  const random = noise(5);
  let worst = 0;
  for (let round = 0; round < 100; round++) {
    // Of odd sides, the chroma of the turned picture would lie elsewhere.
    const even = pixelFormats[format].some(({ across }) => across === 2) ? ~1 : ~0;
    const size: [number, number] = [(4 + random(60)) & even, (4 + random(60)) & even];
    const { byteLength } = measureLayout({ format, codedWidth: size[0], codedHeight: size[1] });
    // Noise, and noise of black and white alone.
    const data = Uint8Array.from({ length: byteLength }, () => (round % 2 ? random(256) : random(2) * 255));
    const spec: PreprocessSpecInput = { width: 4 + random(50), height: 4 + random(50), filter };
    if (format === 'GRAY8') spec.colorOrder = 'gray';
    for (const rotation of [90, 270] as const) {
      const ours = run(format, size, data, { ...spec, rotation });
      const expected = run(format, [size[1], size[0]], turn(format, size, data, rotation), spec);
      for (let i = 0; i < ours.length; i++) worst = Math.max(worst, Math.abs(ours[i] - expected[i]));
    }
  }
  return worst;
}

/** As the table in docs and the names of the filters say it. */
function toleranceOf(filter: ResampleFilter, format: Format): number {
  if (isAntialias(filter)) return 0;
  if (!isYuvFormat(format)) return filter === 'nearest' ? 0 : packed;
  return filter === 'nearest' || filter.startsWith('bilinear') ? 1 : yuv;
}

// Every path has the same bits.
describe.each(formats)('a turned picture of %s is as near as stated to the picture that was turned', (format) => {
  it.each(resampleFilters)('%s', (filter) => {
    expect(worstOf(filter, format)).toBeLessThanOrEqual(toleranceOf(filter, format));
  });
});
