import { expect, it } from 'vitest';
import type { FrameLayout } from '../../src/core/pixel-format.js';
import type { PreprocessSpecInput } from '../../src/core/preprocess-spec.js';
import { type ResampleFilter, resampleFilters } from '../../src/core/resample-filter.js';
import { loadKernels } from '../../src/kernels/load-kernels.node.js';
import { isAntialias } from '../../src/kernels/resample-table.js';
import { createPlan } from '../../src/preprocess/plan.js';
import { stepReferences } from './references.js';

const kernels = await loadKernels();

const { tolerance } = stepReferences['turned by 90° or 270°'];

function noise(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 16) % below;
  };
}

/** A picture of `channels` bytes per px turned clockwise by 90°, or by 270°. */
function turn(data: Uint8Array, width: number, height: number, rotation: 90 | 270, channels: number): Uint8Array {
  const turned = new Uint8Array(data.length);
  for (let y = 0; y < width; y++) {
    for (let x = 0; x < height; x++) {
      const from = rotation === 90 ? (height - 1 - x) * width + y : x * width + (width - 1 - y);
      for (let c = 0; c < channels; c++) turned[(y * height + x) * channels + c] = data[from * channels + c];
    }
  }
  return turned;
}

type Format = 'RGB' | 'GRAY8' | 'I444';

function run(format: Format, size: [number, number], data: Uint8Array, input: PreprocessSpecInput): Uint8Array {
  const [codedWidth, codedHeight] = size;
  const strideBytes = codedWidth * (format === 'RGB' ? 3 : 1);
  const layout: FrameLayout = { format, codedWidth, codedHeight, strideBytes };
  using plan = createPlan(kernels, layout, { ...input, resize: 'stretch', dataType: 'uint8', layout: 'nhwc' });
  const output = new Uint8Array(plan.shape.reduce((product, length) => product * length));
  plan.run({ ...layout, data }, { name: 'x', dataType: 'uint8', shape: plan.shape, data: output });
  return output;
}

/** How far a turned picture is at most from the filter on a picture that was turned before. */
function worstOf(filter: ResampleFilter, format: Format): number {
  const random = noise(5);
  let worst = 0;
  for (let round = 0; round < 60; round++) {
    const [width, height] = [4 + random(60), 4 + random(60)];
    // Noise, and noise of black and white alone.
    const data = Uint8Array.from({ length: width * height * (format === 'GRAY8' ? 1 : 3) }, () =>
      round % 2 ? random(256) : random(2) * 255,
    );
    const spec: PreprocessSpecInput = { width: 4 + random(50), height: 4 + random(50), filter };
    if (format === 'GRAY8') spec.colorOrder = 'gray';
    for (const rotation of [90, 270] as const) {
      // Planes are turned one by one.
      const length = format === 'I444' ? data.length / 3 : data.length;
      const turned = new Uint8Array(data.length);
      for (let at = 0; at < data.length; at += length) {
        turned.set(turn(data.subarray(at, at + length), width, height, rotation, format === 'RGB' ? 3 : 1), at);
      }
      const ours = run(format, [width, height], data, { ...spec, rotation });
      const expected = run(format, [height, width], turned, spec);
      for (let i = 0; i < ours.length; i++) worst = Math.max(worst, Math.abs(ours[i] - expected[i]));
    }
  }
  return worst;
}

// Every path has the same bits.
it.each(resampleFilters)(`a turned picture is within ${tolerance} of the turned one: %s`, (filter) => {
  expect(worstOf(filter, 'RGB')).toBeLessThanOrEqual(filter === 'nearest' ? 0 : tolerance);
});

it.each(resampleFilters.filter(isAntialias))('so are one plane, and planes of luma and chroma: %s', (filter) => {
  for (const format of ['GRAY8', 'I444'] as const) expect(worstOf(filter, format)).toBeLessThanOrEqual(tolerance);
});
