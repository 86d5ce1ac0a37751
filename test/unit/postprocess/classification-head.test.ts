import { beforeAll, describe, expect, it } from 'vitest';
import type { HeadSpec } from '../../../src/core/manifest.js';
import type { Tensor, TensorDescriptor } from '../../../src/core/tensor.js';
import type { Kernels } from '../../../src/kernels/kernels.js';
import { loadKernels } from '../../../src/kernels/load-kernels.node.js';
import { float16Bits } from '../../../src/kernels/reference/float16.js';
import { createHead } from '../../../src/postprocess/create-head.js';

type ClassificationSpec = Extract<HeadSpec, { type: 'classification' }>;

let kernels: Kernels;
beforeAll(async () => {
  kernels = await loadKernels();
});

const labels = ['cat', 'dog', 'owl', 'fish'];
const transform = { a: 1, b: 0, c: 0, d: 1, e: 0, f: 0 };
const vector: TensorDescriptor = { name: 'scores', dataType: 'float32', shape: [1, 4] };

function head(
  activation: ClassificationSpec['activation'],
  limits: { scoreThreshold?: number; topK?: number } = {},
  outputs: TensorDescriptor[] = [vector],
  names = labels,
) {
  return createHead(
    { type: 'classification', activation },
    {
      input: { name: 'x', dataType: 'float32', shape: [1, 3, 8, 8] },
      layout: 'nchw',
      outputs,
      labels: names,
      limits: { scoreThreshold: 0, iouThreshold: 1, topK: 5, ...limits },
      kernels,
    },
  );
}

const tensor = (values: number[], shape = [1, 4]): Tensor => ({ ...vector, shape, data: Float32Array.from(values) });

/** exp(x) / Σ exp(x) of 1, 3, 2, 0; from numpy. */
const softmax = [0.0871443187, 0.6439142599, 0.236882818, 0.0320586033];

describe('classification head', () => {
  it('turns logits into scores, best first', () => {
    const items = head('softmax').decode([tensor([1, 3, 2, 0])], transform);
    expect(items).toEqual(
      [1, 2, 0, 3].map((classId) => ({ score: expect.closeTo(softmax[classId], 7), classId, label: labels[classId] })),
    );
  });

  it('survives logits that overflow exp', () => {
    const [best] = head('softmax').decode([tensor([1000, 999, 0, -1000])], transform);
    expect(best.score).toBeCloseTo(1 / (1 + Math.exp(-1)), 9);
  });

  it('leaves scores alone where the graph made them', () => {
    expect(head('none').decode([tensor([0.9, 0.8, 0.1, 0])], transform)[1]).toEqual({
      score: Math.fround(0.8),
      classId: 1,
      label: 'dog',
    });
  });

  it('tells probabilities from logits', () => {
    const auto = head('auto');
    expect(auto.decode([tensor([0.1, 0.7, 0.15, 0.05])], transform)[0].score).toBeCloseTo(0.7, 6);
    expect(auto.decode([tensor([1, 3, 2, 0])], transform)[0].score).toBeCloseTo(softmax[1], 7);
    // Within 0…1, but they sum to 2; and a sum of 1 with a negative one.
    expect(auto.decode([tensor([0.5, 0.5, 0.5, 0.5])], transform)[0].score).toBeCloseTo(0.25, 9);
    expect(auto.decode([tensor([-0.5, 0.5, 0.5, 0.5])], transform)[0].score).toBeCloseTo(1 / (3 + Math.exp(-1)), 6);
  });

  it('keeps topK above the threshold, the lower class first among equals', () => {
    const scores = tensor([0.3, 0.3, 0.1, 0.3]);
    expect(
      head('none', { topK: 2 })
        .decode([scores], transform)
        .map(({ classId }) => classId),
    ).toEqual([0, 1]);
    expect(
      head('none', { scoreThreshold: 0.2 })
        .decode([scores], transform)
        .map(({ classId }) => classId),
    ).toEqual([0, 1, 3]);
    expect(head('none', { scoreThreshold: 0.9 }).decode([scores], transform)).toEqual([]);
    expect(
      head('none', { topK: 3 })
        .decode([tensor([0.1, 0.2, 0.3, 0.4])], transform)
        .map(({ classId }) => classId),
    ).toEqual([3, 2, 1]);
  });

  it('reads float16 bits, and values with axes of 1 behind them', () => {
    const descriptor: TensorDescriptor = { name: 'p', dataType: 'float16', shape: [1, 4, 1, 1] };
    const data = Uint16Array.from([0.125, 0.5, 0.25, 0.125], float16Bits);
    const items = head('auto', {}, [descriptor]).decode([{ ...descriptor, data }], transform);
    expect(items.map(({ score }) => score)).toEqual([0.5, 0.25, 0.125, 0.125]);
  });

  it.each([
    ['two long axes', [{ ...vector, shape: [1, 4, 7, 7] }]],
    ['integers', [{ ...vector, dataType: 'int64' as const }]],
    ['two outputs', [vector, vector]],
    ['no output', []],
  ])('refuses %s', (_, outputs) => {
    expect(() => head('auto', {}, outputs)).toThrow(expect.objectContaining({ code: 'ERR_SHAPE' }));
  });

  it('refuses labels that do not fit, and names the usual mistake', () => {
    expect(() => head('auto', {}, [vector], labels.slice(1))).toThrow(expect.objectContaining({ code: 'ERR_SHAPE' }));
    expect(() => head('auto', {}, [vector], ['background', ...labels])).toThrow('background');
    const free = head('auto', {}, [{ ...vector, shape: [-1, -1] }], labels.slice(1));
    expect(() => free.decode([tensor([1, 2, 3, 4])], transform)).toThrow(
      expect.objectContaining({ code: 'ERR_SHAPE' }),
    );
  });

  it('refuses scores that are not numbers', () => {
    expect(() => head('auto').decode([tensor([1, Number.NaN, 0, 0])], transform)).toThrow(
      expect.objectContaining({ code: 'ERR_RUNTIME' }),
    );
  });
});
