import { describe, expect, it } from 'vitest';
import { parse } from '../../../src/core/parse.js';
import { preprocessSpecSchema } from '../../../src/core/preprocess-spec.js';
import { resampleFilters } from '../../../src/core/resample-filter.js';
import { loadKernels } from '../../../src/kernels/load-kernels.node.js';
import { createPlan } from '../../../src/preprocess/plan.js';

const [width, height] = [37, 23];
const layout = { format: 'GRAY8', codedWidth: width, codedHeight: height, strideBytes: width } as const;
const picture = Uint8Array.from({ length: width * height }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24);
const turned = (map: (x: number, y: number) => [number, number]) =>
  picture.map((_, i) => {
    const [x, y] = map(i % width, Math.floor(i / width));
    return picture[y * width + x];
  });

describe.each(resampleFilters)('%s', (filter) => {
  it.each([
    ['mirrored', { mirror: true }, turned((x, y) => [width - 1 - x, y])],
    ['upside down', { rotation: 180 }, turned((x, y) => [width - 1 - x, height - 1 - y])],
  ] as const)('gives of a picture %s what it gives of one that was so before', async (_, geometry, before) => {
    const kernels = await loadKernels();
    const make = (data: Uint8Array, change: object) => {
      const size = { width: 16, height: 31, resize: 'stretch' };
      using plan = createPlan(kernels, layout, parse(preprocessSpecSchema, { ...size, filter, ...change }, 'spec'));
      const tensor = {
        name: 'x',
        dataType: 'float32',
        shape: plan.shape,
        data: new Float32Array(3 * 16 * 31),
      } as const;
      plan.run({ ...layout, data }, tensor);
      return tensor.data;
    };
    const [actual, expected] = [make(picture, geometry), make(before, {})];
    // Weights of the two directions are rounded apart, and a byte may be so, too.
    const whole = expected.every(Number.isInteger);
    const slack = filter === 'nearest' ? 0 : whole ? 1 : 1e-3;
    const most = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i])), 0);
    expect(most).toBeLessThanOrEqual(slack);
    expect(new Set(expected).size).toBeGreaterThan(50);
  });
});
