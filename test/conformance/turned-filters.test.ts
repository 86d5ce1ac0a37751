import { expect, it } from 'vitest';
import type { FrameLayout } from '../../src/core/pixel-format.js';
import type { PreprocessSpecInput } from '../../src/core/preprocess-spec.js';
import { type ResampleFilter, resampleFilters } from '../../src/core/resample-filter.js';
import { loadKernels } from '../../src/kernels/load-kernels.node.js';
import { createPlan } from '../../src/preprocess/plan.js';
import { stepReferences } from './references.js';

const kernels = await loadKernels();

/** How far a turned picture may be from the filter on a picture that was turned before; every path has the same bits. */
const tolerances: Partial<Record<ResampleFilter, number>> = {
  nearest: 0,
  'bicubic-antialias': stepReferences['turned by 90° or 270°, `bicubic-antialias`'].tolerance,
  'lanczos-antialias': stepReferences['turned by 90° or 270°, `lanczos-antialias`'].tolerance,
};

function noise(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 16) % below;
  };
}

/** RGB turned clockwise by 90°, or by 270°. */
function turn(data: Uint8Array, width: number, height: number, rotation: 90 | 270): Uint8Array {
  const turned = new Uint8Array(data.length);
  for (let y = 0; y < width; y++) {
    for (let x = 0; x < height; x++) {
      const from = rotation === 90 ? (height - 1 - x) * width + y : x * width + (width - 1 - y);
      for (let c = 0; c < 3; c++) turned[(y * height + x) * 3 + c] = data[from * 3 + c];
    }
  }
  return turned;
}

function run(width: number, height: number, data: Uint8Array, input: PreprocessSpecInput): Uint8Array {
  const layout: FrameLayout = { format: 'RGB', codedWidth: width, codedHeight: height, strideBytes: width * 3 };
  using plan = createPlan(kernels, layout, { ...input, resize: 'stretch', dataType: 'uint8', layout: 'nhwc' });
  const output = new Uint8Array(input.width * input.height * 3);
  plan.run({ ...layout, data }, { name: 'x', dataType: 'uint8', shape: plan.shape, data: output });
  return output;
}

it.each(resampleFilters)('a turned picture is as close as stated to the turned one: %s', (filter) => {
  const tolerance = tolerances[filter] ?? stepReferences['turned by 90° or 270°'].tolerance;
  const random = noise(5);
  let worst = 0;
  for (let round = 0; round < 60; round++) {
    const [width, height] = [4 + random(60), 4 + random(60)];
    // Noise, and noise of black and white alone.
    const data = Uint8Array.from({ length: width * height * 3 }, () => (round % 2 ? random(256) : random(2) * 255));
    const size = { width: 4 + random(50), height: 4 + random(50), filter };
    for (const rotation of [90, 270] as const) {
      const ours = run(width, height, data, { ...size, rotation });
      const expected = run(height, width, turn(data, width, height, rotation), size);
      for (let i = 0; i < ours.length; i++) worst = Math.max(worst, Math.abs(ours[i] - expected[i]));
    }
  }
  expect(worst).toBeLessThanOrEqual(tolerance);
  // What is stated is not far from what is found.
  expect(worst).toBeGreaterThanOrEqual(tolerance / 2 - 0.5);
});
