import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from '../../../src/core/parse.js';
import type { FrameLayout, PixelFormat } from '../../../src/core/pixel-format.js';
import { measureLayout } from '../../../src/core/pixel-format.js';
import { type PreprocessSpecInput, preprocessSpecSchema } from '../../../src/core/preprocess-spec.js';
import { boxToFrame, pointToFrame } from '../../../src/core/transform.js';
import type { Kernels } from '../../../src/kernels/kernels.js';
import { loadKernels } from '../../../src/kernels/load-kernels.node.js';
import { createPlan } from '../../../src/preprocess/plan.js';

/** RGB px, row by row. */
interface Picture {
  width: number;
  height: number;
  data: Uint8Array;
}

const rotations = [0, 90, 180, 270] as const;

function noise(width: number, height: number): Picture {
  const data = new Uint8Array(width * height * 3);
  let state = 1;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    data[i] = state >>> 16;
  }
  return { width, height, data };
}

/** A picture whose px (x, y) is the px `from(x, y)` of another. */
function rearranged(picture: Picture, width: number, height: number, from: (x: number, y: number) => [number, number]) {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [sourceX, sourceY] = from(x, y);
      const at = (sourceY * picture.width + sourceX) * 3;
      data.set(picture.data.subarray(at, at + 3), (y * width + x) * 3);
    }
  }
  return { width, height, data };
}

const cut = (picture: Picture, left: number, top: number, width: number, height: number) =>
  rearranged(picture, width, height, (x, y) => [left + x, top + y]);
const mirrored = (picture: Picture) =>
  rearranged(picture, picture.width, picture.height, (x, y) => [picture.width - 1 - x, y]);
// A quarter clockwise: the upper left px goes to the upper right.
const quarter = (picture: Picture) =>
  rearranged(picture, picture.height, picture.width, (x, y) => [y, picture.height - 1 - x]);

function turned(picture: Picture, rotation: number): Picture {
  let result = picture;
  for (let i = 0; i < rotation; i += 90) result = quarter(result);
  return result;
}

const specOf = (input: PreprocessSpecInput) =>
  parse(preprocessSpecSchema, { dataType: 'uint8', layout: 'nhwc', ...input }, 'spec');
const layoutOf = ({ width, height }: Picture, format: PixelFormat = 'RGB'): FrameLayout => {
  const layout = { format, codedWidth: width, codedHeight: height };
  return { ...layout, strideBytes: measureLayout(layout).strideBytes };
};

describe('geometry of a plan', () => {
  let kernels: Kernels;
  beforeAll(async () => {
    kernels = await loadKernels();
  });

  function run(picture: Picture, input: PreprocessSpecInput): Picture {
    const layout = layoutOf(picture);
    using plan = createPlan(kernels, layout, specOf(input));
    using tensor = kernels.allocateTensor({ name: 'x', dataType: 'uint8', shape: plan.shape });
    plan.run({ ...layout, data: picture.data }, tensor);
    return { width: input.width, height: input.height, data: Uint8Array.from(tensor.data as Uint8Array) };
  }

  it.each(rotations)('turns by %s° as moving the px does', (rotation) => {
    const picture = noise(31, 18);
    for (const mirror of [false, true]) {
      const upright = turned(picture, rotation);
      const expected = mirror ? mirrored(upright) : upright;
      const { width, height } = expected;
      expect(run(picture, { width, height, rotation, mirror, resize: 'stretch' })).toEqual(expected);
    }
  });

  it.each(['bilinear', 'bilinear-antialias'] as const)('%s of a region is that of a picture cut out', (filter) => {
    const picture = noise(60, 44);
    const region = { x: 7, y: 5, width: 41, height: 30 };
    for (const resize of ['letterbox', 'stretch', 'crop'] as const) {
      const spec = { width: 24, height: 20, resize, filter };
      expect(run(picture, { ...spec, region })).toEqual(run(cut(picture, 7, 5, 41, 30), spec));
    }
  });

  it.each(['bilinear', 'bilinear-antialias'] as const)(
    '%s of a turned picture is within 1 of turning first',
    (filter) => {
      const picture = noise(60, 44);
      for (const rotation of rotations) {
        for (const mirror of [false, true]) {
          const spec = { width: 25, height: 20, filter };
          const upright = turned(picture, rotation);
          const expected = run(mirror ? mirrored(upright) : upright, spec).data;
          const { data } = run(picture, { ...spec, rotation, mirror });
          expect(
            data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected[i])), 0),
          ).toBeLessThanOrEqual(1);
        }
      }
    },
  );

  it('crops what it resized: filling the tensor, or with a shorter side that is given', () => {
    const picture = noise(64, 40);
    const filled = run(picture, { width: 51, height: 32, resize: 'stretch' });
    expect(run(picture, { width: 28, height: 32, resize: 'crop' })).toEqual(cut(filled, 12, 0, 28, 32));
    const spec = { width: 28, height: 28, resize: 'crop', shorterSide: 32, rounding: 'floor' } as const;
    expect(run(picture, spec)).toEqual(cut(filled, 12, 2, 28, 28));
  });

  it('cuts half a px more where that is even, as torchvision does', () => {
    const picture = noise(35, 32);
    expect(run(picture, { width: 32, height: 32, resize: 'crop' })).toEqual(cut(picture, 2, 0, 32, 32));
    const other = noise(37, 32);
    expect(run(other, { width: 32, height: 32, resize: 'crop' })).toEqual(cut(other, 2, 0, 32, 32));
  });

  it.each(rotations)('brings points and boxes back from a picture turned by %s°', (rotation) => {
    for (const mirror of [false, true]) {
      for (const resize of ['letterbox', 'crop'] as const) {
        const region = { x: 4, y: 2, width: 12, height: 8 };
        // White where a frame px is, black elsewhere; every px becomes 4 × 4.
        const picture = { width: 20, height: 12, data: new Uint8Array(20 * 12 * 3) };
        const [x, y] = [9, 5];
        picture.data.fill(255, (y * 20 + x) * 3, (y * 20 + x) * 3 + 3);
        const side = resize === 'letterbox' ? 48 : 32;
        const input = { width: side, height: side, region, rotation, mirror, resize, pad: 0 };
        const { data } = run(picture, input);
        const px = Array.from({ length: side * side }, (_, i) => i).filter((i) => data[i * 3] > 60);
        const columns = px.map((i) => i % side);
        const rows = px.map((i) => Math.floor(i / side));
        using plan = createPlan(kernels, layoutOf(picture), specOf(input));
        const [left, top] = [Math.min(...columns), Math.min(...rows)];
        const size = [Math.max(...columns) + 1 - left, Math.max(...rows) + 1 - top];
        const box = boxToFrame(left, top, size[0], size[1], plan.transform);
        expect(box.x + box.width / 2).toBeCloseTo(x + 0.5, 9);
        expect(box.y + box.height / 2).toBeCloseTo(y + 0.5, 9);
        const centre = pointToFrame(left + size[0] / 2, top + size[1] / 2, plan.transform);
        expect(centre).toEqual({ x: expect.closeTo(x + 0.5, 9), y: expect.closeTo(y + 0.5, 9) });
      }
    }
  });

  it('refuses regions outside the frame and sides that leave a gap', () => {
    const picture = noise(20, 10);
    const plan = (input: Partial<PreprocessSpecInput>) => () =>
      createPlan(kernels, layoutOf(picture), specOf({ width: 8, height: 8, ...input }));
    expect(plan({ region: { x: 15, y: 0, width: 6, height: 2 } })).toThrow('inside the frame of 20 × 10 px');
    expect(plan({ resize: 'crop', shorterSide: 7 })).toThrow('shorterSide');
  });
});

describe('formats of one picture', () => {
  // Chroma of which all samples in a block are equal, so that each way of leaving samples out keeps it.
  const [width, height] = [16, 8];
  const luma = (x: number, y: number) => (x * 37 + y * 91) % 256;
  const chroma = (x: number, y: number) => 40 + (((x >> 1) * 53 + (y >> 1) * 29) % 180);
  const list = (across: number, down: number, value: (x: number, y: number) => number[]) => {
    const bytes: number[] = [];
    for (let y = 0; y < height; y += down) for (let x = 0; x < width; x += across) bytes.push(...value(x, y));
    return bytes;
  };
  const u = (x: number, y: number) => chroma(x, y);
  const v = (x: number, y: number) => 255 - chroma(x + 2, y);
  const y1 = list(1, 1, (x, y) => [luma(x, y)]);
  const encodings: Partial<Record<PixelFormat, number[]>> = {
    I420: [...y1, ...list(2, 2, (x, y) => [u(x, y)]), ...list(2, 2, (x, y) => [v(x, y)])],
    I422: [...y1, ...list(2, 1, (x, y) => [u(x, y)]), ...list(2, 1, (x, y) => [v(x, y)])],
    I444: [...y1, ...list(1, 1, (x, y) => [u(x, y)]), ...list(1, 1, (x, y) => [v(x, y)])],
    NV12: [...y1, ...list(2, 2, (x, y) => [u(x, y), v(x, y)])],
    NV21: [...y1, ...list(2, 2, (x, y) => [v(x, y), u(x, y)])],
    YUY2: list(2, 1, (x, y) => [luma(x, y), u(x, y), luma(x + 1, y), v(x, y)]),
    UYVY: list(2, 1, (x, y) => [u(x, y), luma(x, y), v(x, y), luma(x + 1, y)]),
  };

  it('I444 has the colours of its samples, in a region too', async () => {
    const kernels = await loadKernels();
    const layout = layoutOf({ width, height, data: new Uint8Array() }, 'I444');
    const data = Uint8Array.from(encodings.I444 ?? []);
    for (const region of [
      { x: 0, y: 0, width, height },
      { x: 3, y: 1, width: 9, height: 5 },
    ]) {
      using plan = createPlan(kernels, layout, specOf({ width: region.width, height: region.height, region }));
      using tensor = kernels.allocateTensor({ name: 'x', dataType: 'uint8', shape: plan.shape });
      plan.run({ ...layout, data }, tensor);
      const expected = Array.from({ length: region.height }, (_, y) =>
        Array.from({ length: region.width }, (_, x) => {
          const at = [region.x + x, region.y + y] as const;
          return rgb(luma(...at), u(...at), v(...at));
        }),
      ).flat(2);
      const worst = expected.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - (tensor.data as Uint8Array)[i])),
        0,
      );
      expect(worst).toBeLessThanOrEqual(1);
    }
  });

  it('interleaved and planar samples give the same tensors, and take the bytes that they say', async () => {
    const kernels = await loadKernels();
    const run = (format: PixelFormat) => {
      const layout = layoutOf({ width, height, data: new Uint8Array() }, format);
      using plan = createPlan(
        kernels,
        layout,
        specOf({ width: 11, height: 6, region: { x: 1, y: 1, width: 13, height: 7 } }),
      );
      using tensor = kernels.allocateTensor({ name: 'x', dataType: 'uint8', shape: plan.shape });
      plan.run({ ...layout, data: Uint8Array.from(encodings[format] ?? []) }, tensor);
      return [...(tensor.data as Uint8Array)];
    };
    expect(run('NV12')).toEqual(run('I420'));
    expect(run('NV21')).toEqual(run('I420'));
    expect(run('YUY2')).toEqual(run('I422'));
    expect(run('UYVY')).toEqual(run('I422'));
    expect(run('I444')).not.toEqual(run('I420'));
  });
});

// BT.601, limited range.
function rgb(y: number, u: number, v: number): number[] {
  const light = (255 / 219) * (y - 16);
  const [cb, cr] = [(255 / 224) * (u - 128), (255 / 224) * (v - 128)];
  const red = light + 1.402 * cr;
  const blue = light + 1.772 * cb;
  const green = (light - 0.299 * red - 0.114 * blue) / 0.587;
  return [red, green, blue].map((value) => Math.max(0, Math.min(255, Math.round(value))));
}
