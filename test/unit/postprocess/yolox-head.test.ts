import { beforeAll, describe, expect, it } from 'vitest';
import type { HeadSpec } from '../../../src/core/manifest.js';
import type { Detection } from '../../../src/core/result.js';
import type { Tensor } from '../../../src/core/tensor.js';
import type { Kernels } from '../../../src/kernels/kernels.js';
import { loadKernels } from '../../../src/kernels/load-kernels.node.js';
import { createHead, type HeadContext } from '../../../src/postprocess/create-head.js';

const labels = ['nut', 'bolt'];
const columns = 5 + labels.length;
/** A 32 × 16 input with strides 8 and 16: cells 4·2 + 2·1. */
const rows = 10;
const spec: HeadSpec = { type: 'yolox', strides: [8, 16] };
const identity = { a: 1, b: 0, c: 0, d: 1, e: 0, f: 0 };

let kernels: Kernels;
beforeAll(async () => {
  kernels = await loadKernels();
});

function context(change: Partial<HeadContext> = {}): HeadContext {
  return {
    input: { name: 'images', dataType: 'float32', shape: [1, 3, 16, 32] },
    layout: 'nchw',
    outputs: [{ name: 'output', dataType: 'float32', shape: [1, rows, columns] }],
    labels,
    limits: { scoreThreshold: 0.3, iouThreshold: 0.5, topK: 10 },
    kernels,
    ...change,
  };
}

/** Raw values by row: x, y, width, height, objectness, classes. */
function output(cells: Record<number, number[]>): Tensor[] {
  const data = new Float32Array(rows * columns);
  for (const [row, values] of Object.entries(cells)) data.set(values, Number(row) * columns);
  return [{ name: 'output', dataType: 'float32', shape: [1, rows, columns], data }];
}

const decode = (cells: Record<number, number[]>, change?: Partial<HeadContext>) =>
  createHead(spec, context(change)).decode(output(cells), identity) as Detection[];

describe('yolox head', () => {
  it('decodes a cell of each stride', () => {
    const items = decode({
      // Row 6: stride 8, column 2, row 1.
      6: [0.5, 0.25, Math.log(2), Math.log(1.5), 0.9, 0.2, 0.8],
      // Row 9: stride 16, column 1.
      9: [0.5, 0.5, 0, 0, 0.8, 0.75, 0.1],
    });
    expect(items).toEqual([
      { box: { x: 12, y: 4, width: 16, height: 12 }, score: expect.closeTo(0.72, 6), classId: 1, label: 'bolt' },
      { box: { x: 16, y: 0, width: 16, height: 16 }, score: expect.closeTo(0.6, 6), classId: 0, label: 'nut' },
    ]);
  });

  it('brings boxes back to the frame', () => {
    const head = createHead(spec, context());
    const [item] = head.decode(output({ 9: [0.5, 0.5, 0, 0, 1, 1, 0] }), {
      ...{ a: 0.5, b: 0, c: 0 },
      ...{ d: 0.25, e: 4, f: 2 },
    });
    expect((item as Detection).box).toEqual({ x: 24, y: -8, width: 32, height: 64 });
  });

  it('takes the height before the width also in nhwc', () => {
    const items = decode(
      { 9: [0.5, 0.5, 0, 0, 1, 1, 0] },
      { input: { name: 'images', dataType: 'float32', shape: [1, 16, 32, 3] }, layout: 'nhwc' },
    );
    expect(items[0].box).toEqual({ x: 16, y: 0, width: 16, height: 16 });
  });

  it('keeps what reaches the threshold and leaves out what does not', () => {
    const limits = { scoreThreshold: 0.5, iouThreshold: 0.5, topK: 10 };
    expect(decode({ 0: [0, 0, 0, 0, 1, 0.5, 0] }, { limits })).toHaveLength(1);
    expect(decode({ 0: [0, 0, 0, 0, 1, 0.49, 0], 4: [0, 0, 0, 0, 0.49, 1, 0] }, { limits })).toEqual([]);
    expect(decode({})).toEqual([]);
  });

  it('suppresses within a class only, and stops at topK', () => {
    const same = [0.5, 0.5, 0, 0];
    // Rows 0 and 1, the second moved back onto the first.
    const cells = { 0: [...same, 1, 0.9, 0.1], 1: [-0.5, 0.5, 0, 0, 1, 0.8, 0.1], 7: [...same, 1, 0.1, 0.7] };
    expect(decode(cells).map(({ score }) => score)).toEqual([0.9, 0.7].map((s) => expect.closeTo(s, 6)));
    const other = { ...cells, 1: [-0.5, 0.5, 0, 0, 1, 0.1, 0.8] };
    expect(decode(other).map(({ classId }) => classId)).toEqual([0, 1, 1]);
    expect(decode(other, { limits: { scoreThreshold: 0.3, iouThreshold: 0.5, topK: 2 } })).toHaveLength(2);
  });

  it('takes scores a rounding step past 1, and reports none above it', () => {
    expect(decode({ 0: [0, 0, 0, 0, 1.004, 1.004, -0.004] })[0].score).toBe(1);
  });

  it('gives values, not views: the next decode leaves items alone', () => {
    const head = createHead(spec, context());
    const [first] = head.decode(output({ 0: [0.5, 0.5, 0, 0, 1, 1, 0] }), identity) as Detection[];
    const copy = structuredClone(first);
    head.decode(output({ 3: [0, 0, 1, 1, 1, 0, 1] }), identity);
    expect(first).toEqual(copy);
  });

  it.each([
    ['another number of rows', [{ name: 'o', dataType: 'float32' as const, shape: [1, 11, columns] }]],
    ['another number of classes', [{ name: 'o', dataType: 'float32' as const, shape: [1, rows, 85] }]],
    ['another type', [{ name: 'o', dataType: 'float16' as const, shape: [1, rows, columns] }]],
    ['several outputs', Array(2).fill({ name: 'o', dataType: 'float32' as const, shape: [1, rows, columns] })],
    ['no output', []],
  ])('refuses %s', (_, outputs) => {
    const refused = () => createHead(spec, context({ outputs }));
    expect(refused).toThrow(expect.objectContaining({ code: 'ERR_SHAPE' }));
    expect(refused).toThrow('[1, 10, 7] (4·2 + 2·1 cells');
  });

  it('takes free dimensions in the description and checks them in the output', () => {
    const head = createHead(
      spec,
      context({ outputs: [{ name: 'output', dataType: 'float32', shape: [-1, -1, columns] }] }),
    );
    expect(head.decode(output({}), identity)).toEqual([]);
    const short: Tensor = {
      name: 'output',
      dataType: 'float32',
      shape: [1, 9, columns],
      data: new Float32Array(9 * columns),
    };
    expect(() => head.decode([short], identity)).toThrow(expect.objectContaining({ code: 'ERR_SHAPE' }));
  });

  it.each([
    ['objectness that is no probability', [0, 0, 0, 0, 3.2, 1, 0]],
    ['classes that are no probabilities', [0, 0, 0, 0, 1, 7, 0]],
    ['scores that are not numbers', [0, 0, 0, 0, Number.NaN, 1, 0]],
    ['boxes that are not finite', [0, 0, 200, 0, 1, 1, 0]],
    ['boxes whose edges are not numbers', [Number.NaN, 0, 0, 0, 1, 1, 0]],
  ])('refuses %s instead of finding nothing', (_, cell) => {
    expect(() => decode({ 2: cell })).toThrow(expect.objectContaining({ code: 'ERR_RUNTIME' }));
  });
});
