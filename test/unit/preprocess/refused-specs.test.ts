import { expect, it } from 'vitest';
import { parse } from '../../../src/core/parse.js';
import { type FrameLayout, measureLayout } from '../../../src/core/pixel-format.js';
import { type PreprocessSpecInput, preprocessSpecSchema } from '../../../src/core/preprocess-spec.js';
import type { Tensor } from '../../../src/core/tensor.js';
import { KernelMemory } from '../../../src/kernels/kernel-memory.js';
import { Kernels } from '../../../src/kernels/kernels.js';
import { loadKernels } from '../../../src/kernels/load-kernels.node.js';
import { createPlan } from '../../../src/preprocess/plan.js';
import { createTiledPlan } from '../../../src/preprocess/tiled-plan.js';
import { createWarp } from '../../../src/preprocess/warp.js';
import { describeEachTier, describeWithLibrary } from '../../kernel-tiers.js';
import { nativeLibrary } from '../../native-library.js';

const kernels = await loadKernels();
const layout: FrameLayout = { format: 'RGBA', codedWidth: 40, codedHeight: 30, strideBytes: 160 };
const i420: FrameLayout = { ...layout, format: 'I420', strideBytes: 40 };
const gray16: FrameLayout = { ...layout, format: 'GRAY16', strideBytes: 80 };
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

it.each<[string, unknown, unknown, string]>([
  ['no spec', layout, null, 'ERR_ARGUMENT'],
  ['no layout', undefined, { width: 8, height: 8 }, 'ERR_ARGUMENT'],
  ...[{}, 'x', [null, null, null], [{ offset: 0, stride: 40 }, {}, {}], 5].flatMap((planes) =>
    [i420, layout].map((frame): [string, unknown, unknown, string] => [
      `${frame.format} with planes ${JSON.stringify(planes)}`,
      { ...frame, planes },
      {},
      'ERR_ARGUMENT',
    ]),
  ),
  ...[5, 'bt709', { matrix: 'bt601' }, { matrix: 5 }, { fullRange: 'no' }, { fullRange: 1 }].map(
    (colorSpace): [string, unknown, unknown, string] => [
      `colour space ${JSON.stringify(colorSpace)}`,
      { ...i420, colorSpace },
      {},
      'ERR_ARGUMENT',
    ],
  ),
  ['a flip that is no boolean', { ...layout, flip: 'no' }, {}, 'ERR_ARGUMENT'],
  ['levels without a finite gain', gray16, { levels: [0, 1e-300] }, 'ERR_ARGUMENT'],
  ['levels whose gain is finite for the first samples only', gray16, { levels: [0, 1e-35] }, 'ERR_ARGUMENT'],
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

// Of these sides, RGBA alone has as many bytes as the memory.
const largest: FrameLayout = { format: 'RGBA', codedWidth: 16384, codedHeight: 16384, strideBytes: 65536 };

it.each(['wasm-scalar', 'wasm-simd'] as const)(
  'a plan refuses frames that kernel memory cannot hold: %s',
  async (tier) => {
    const compiled = await loadKernels({ tier });
    const pages = compiled.memoryPages;
    const spec = parse(preprocessSpecSchema, { width: 640, height: 640 }, 'spec');
    const refusal = expect.objectContaining({
      code: 'ERR_SHAPE',
      expected: 'a frame, a tensor and tables of at most 1023 MiB together',
      received: expect.stringContaining('16384 × 16384 RGBA'),
      remedy: expect.stringContaining('Scale the picture down'),
      details: expect.objectContaining({ reason: 'too-large' }),
    });
    expect(() => createPlan(compiled, largest, spec)).toThrow(refusal);
    expect(() => createWarp(compiled, largest, { width: 640, height: 640 })).toThrow(refusal);
    const tiles = { tileWidth: 640, tileHeight: 640, overlap: 0 };
    expect(() => createTiledPlan(compiled, largest, { ...spec, tiles })).toThrow(refusal);
    // Bytes per px decide, and with a background what is kept of the picture; nothing was taken.
    const gray16: FrameLayout = { ...largest, format: 'GRAY16', strideBytes: 32768 };
    const before = { background: {} };
    expect(() => createPlan(compiled, gray16, { ...spec, before })).toThrow(codeOf('ERR_SHAPE'));
    expect(compiled.memoryPages).toBe(pages);
  },
);

it('a plan that would fit alone fits, and what others have taken is another error', async () => {
  const { code } = await loadKernels({ tier: 'wasm-simd' });
  const spec = { width: 16, height: 16 };
  const roomOf = (limit: number) =>
    new Kernels(
      { tier: 'wasm-simd', file: null, nativeProblem: null },
      new KernelMemory(new WebAssembly.Memory({ initial: 1, maximum: limit / 65536 }), 0, limit),
      code,
    );
  const limit = 2 ** 17;
  const fitting = [...Array(100)].map((_, rows) => ({ ...layout, strideBytes: 1600, codedHeight: rows + 1 }));
  const codes = fitting.map((frame) => {
    try {
      createPlan(roomOf(limit), frame, spec).close();
      return 'fits';
    } catch (error) {
      return (error as { code: string }).code;
    }
  });
  const most = codes.indexOf('ERR_SHAPE');
  expect(codes).toEqual(codes.map((_, i) => (i < most ? 'fits' : 'ERR_SHAPE')));
  // A tensor of 16 × 16 px and tables take the rest.
  const { byteLength } = measureLayout(fitting[most - 1]);
  expect(byteLength).toBeGreaterThan(limit - 3072 - 3 * 1600);
  expect(byteLength).toBeLessThan(limit - 3072);
  const kernels = roomOf(limit);
  // The frame still has its place beside this, the tables have not: what was taken for the frame is given back.
  const others = kernels.allocate(limit - byteLength - 64);
  expect(() => createPlan(kernels, fitting[most - 1], spec)).toThrow(codeOf('ERR_KERNEL'));
  kernels.allocate(byteLength).close();
  others.close();
  createPlan(kernels, fitting[most - 1], spec).close();
});

describeWithLibrary('native kernels', () => {
  it('read the largest frame where it lies', async () => {
    const native = await loadKernels({ tier: 'native-simd', kernelLibrary: nativeLibrary });
    const pages = native.memoryPages;
    createPlan(native, largest, { width: 16, height: 16 }).close();
    expect(native.memoryPages).toBeLessThan(pages + 64);
  });
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
  ['whole numbers for float32', {}, { data: new Int32Array(768) }, 'ERR_ARGUMENT'],
  ['whole numbers without a sign for float32', {}, { data: new Uint32Array(768) }, 'ERR_ARGUMENT'],
  ['bytes in a view of any', {}, { data: new DataView(new ArrayBuffer(3072)) }, 'ERR_ARGUMENT'],
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

it.each([
  [{ planes: {} }],
  [{ planes: 'x' }],
  [{ planes: [null, null, null] }],
  [{ colorSpace: 5 }],
  [{ colorSpace: 'bt709' }],
  [{ colorSpace: { fullRange: 'no' } }],
  [{ flip: 'no' }],
])('a run refuses a frame of I420 with %j', (wrong) => {
  using plan = createPlan(kernels, i420, { width: 16, height: 16 });
  const tensor: Tensor = { name: 'x', dataType: 'float32', shape: plan.shape, data: new Float32Array(768) };
  const data = new Uint8Array(1800);
  expect(() => plan.run(anything({ ...i420, data, ...wrong }), tensor)).toThrow(codeOf('ERR_SHAPE'));
  plan.run({ ...i420, data }, tensor);
});

it.each([undefined, null, 5, 'matrix'])('a warp refuses %s for a matrix', (where) => {
  using warp = createWarp(kernels, layout, { width: 16, height: 16 });
  const tensor: Tensor = { name: 'x', dataType: 'float32', shape: warp.shape, data: new Float32Array(768) };
  const frame = { ...layout, data: new Uint8Array(4800) };
  expect(() => warp.run(frame, tensor, anything(where))).toThrow(codeOf('ERR_ARGUMENT'));
});

describeEachTier(
  (tier) => `on ${tier}`,
  (tier) => {
    const load = () => loadKernels({ tier, kernelLibrary: nativeLibrary });
    const spec = { width: 16, height: 16 };

    it('a plan refuses a source that is too short, closed, of other kernels or none', async () => {
      const [own, others] = [await load(), await load()];
      const exact = own.allocate(4800);
      createPlan(own, layout, spec, exact).close();
      expect(() => createPlan(own, layout, spec, own.allocate(4799))).toThrow(codeOf('ERR_SHAPE'));
      const { pointer, byteLength, bytes } = exact;
      const wrong = [others.allocate(4800), new Uint8Array(4800), { pointer, byteLength, bytes, close() {} }, null, 5];
      for (const source of wrong) {
        expect(() => createPlan(own, layout, spec, anything(source))).toThrow(codeOf('ERR_ARGUMENT'));
      }
      exact.close();
      expect(() => createPlan(own, layout, spec, exact)).toThrow(codeOf('ERR_ARGUMENT'));
    });

    it('a plan refuses what is no frame for a background', async () => {
      using plan = createPlan(await load(), layout, { ...spec, before: { background: {} } });
      const refuses = (frame: unknown, code: string) =>
        expect(() => plan.resetBackground(anything(frame))).toThrow(codeOf(code));
      for (const data of [
        undefined,
        null,
        'x',
        [1],
        new ArrayBuffer(4800),
        new Uint16Array(4800),
        { byteLength: 4800 },
      ]) {
        refuses({ ...layout, data }, 'ERR_ARGUMENT');
      }
      for (const frame of [null, 5, 'frame', {}]) refuses(frame, 'ERR_ARGUMENT');
      refuses({ ...layout, format: 'RGBQ', data: new Uint8Array(4800) }, 'ERR_ARGUMENT');
      refuses({ ...layout, data: new Uint8Array(4799) }, 'ERR_SHAPE');
      refuses({ ...layout, codedHeight: 29, data: new Uint8Array(4800) }, 'ERR_SHAPE');
      plan.resetBackground({ ...layout, data: new Uint8Array(4800) });
    });
  },
);
