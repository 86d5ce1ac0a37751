import { expect, it } from 'vitest';
import type { FrameLayout } from '../../../src/core/pixel-format.js';
import type { PreprocessSpecInput } from '../../../src/core/preprocess-spec.js';
import type { Tensor } from '../../../src/core/tensor.js';
import { loadKernels } from '../../../src/kernels/load-kernels.node.js';
import { createPlan } from '../../../src/preprocess/plan.js';

const kernels = await loadKernels();
const layout: FrameLayout = { format: 'RGBA', codedWidth: 40, codedHeight: 30, strideBytes: 160 };
const anything = (value: unknown) => value as never;
const codeOf = (code: string) => expect.objectContaining({ code });

it('a plan fills in the defaults of a spec', () => {
  using plan = createPlan(kernels, layout, { width: 16, height: 8 });
  expect(plan.shape).toEqual([1, 3, 8, 16]);
});

it.each([
  [{ width: 1.5 }],
  [{ width: -3 }],
  [{ width: '32' }],
  [{ width: 1e6 }],
  [{ pad: 300 }],
  [{ pad: Number.NaN }],
  [{ resize: 'shrink' }],
  [{ align: 'left' }],
  [{ rounding: 'up' }],
  [{ layout: 'chw' }],
  [{ colorOrder: 'gbr' }],
  [{ dataType: 'float64' }],
  [{ filter: 'sinc' }],
  [{ rotation: 45 }],
  [{ levels: [5, 5] }],
  [{ region: { x: -64, y: 0, width: 8, height: 8 } }],
  [{ region: { x: 0, y: 0, width: 0, height: 8 } }],
  [{ region: { x: 30, y: 0, width: 11, height: 8 } }],
  [{ quantization: { scale: 1, zeroPoint: 1.5 }, dataType: 'int8' }],
  [{ before: { median: 5 } }],
  [{ before: { tones: { table: [1, 2] } } }],
  [{ before: { tones: { gamma: Number.NaN } } }],
  [{ before: { blur: { kind: 'nope', size: 3 } } }],
  [{ before: { blur: { kind: 'box', size: 4 } } }],
  [{ before: { blur: { kind: 'box', size: 301 } } }],
  [{ before: { background: { learningRate: 9999 } } }],
  [{ before: { background: { threshold: -5 } } }],
  [{ nothing: 'known' }],
])('a plan refuses a spec with %j', (wrong) => {
  const spec = { width: 16, height: 16, ...wrong } as unknown as PreprocessSpecInput;
  expect(() => createPlan(kernels, layout, spec)).toThrow(codeOf('ERR_ARGUMENT'));
});

it.each([
  ['no spec', layout, null, 'ERR_ARGUMENT'],
  ['no layout', undefined, { width: 8, height: 8 }, 'ERR_ARGUMENT'],
  [
    'planes that are none',
    { ...layout, format: 'I420', strideBytes: 40, planes: [null, null, null] },
    {},
    'ERR_ARGUMENT',
  ],
  ['rows 2^24 bytes apart', { ...layout, codedHeight: 250, strideBytes: 2 ** 24 }, {}, 'ERR_SHAPE'],
  [
    'a strip that would grow to millions of px',
    { ...layout, codedHeight: 1 },
    { resize: 'crop', height: 4096 },
    'ERR_SHAPE',
  ],
])('a plan refuses %s', (_, where, wrong, code) => {
  const spec = wrong && { width: 16, height: 16, ...wrong };
  expect(() => createPlan(kernels, anything(where), anything(spec))).toThrow(codeOf(code));
});

it('a plan takes no colour space for none', () => {
  const yuv: FrameLayout = {
    format: 'I420',
    codedWidth: 40,
    codedHeight: 30,
    strideBytes: 40,
    colorSpace: anything(null),
  };
  createPlan(kernels, yuv, { width: 16, height: 16 }).close();
});

it.each([
  ['no frame', anything(null), {}, 'ERR_ARGUMENT'],
  ['a frame without data', { data: undefined }, {}, 'ERR_ARGUMENT'],
  ['a frame of whole numbers that are no bytes', { data: new Uint16Array(4800) }, {}, 'ERR_ARGUMENT'],
  ['no tensor', {}, null, 'ERR_SHAPE'],
  ['elements of another size than it says', {}, { data: new Uint8Array(768) }, 'ERR_ARGUMENT'],
  ['elements of 8 bytes', {}, { data: new Float64Array(768) }, 'ERR_ARGUMENT'],
  ['two and a half pictures', {}, { shape: [2.5, 3, 16, 16], data: new Float32Array(1920) }, 'ERR_SHAPE'],
])('a run refuses %s', (_, frame, tensor, code) => {
  using plan = createPlan(kernels, layout, { width: 16, height: 16 });
  const good = { name: 'x', dataType: 'float32', shape: plan.shape, data: new Float32Array(768) } satisfies Tensor;
  const given = frame && { ...layout, data: new Uint8Array(4800), ...(frame as object) };
  const into = tensor && { ...good, ...tensor };
  expect(() => plan.run(anything(given), anything(into))).toThrow(codeOf(code));
  plan.run({ ...layout, data: new Uint8Array(4800) }, good);
});
