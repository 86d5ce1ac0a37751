import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { BundleFiles } from '../../../src/bundle/bundle-files.js';
import { checkGoldenOutputs, checkTensors } from '../../../src/bundle/golden-check.js';
import { readBundle } from '../../../src/bundle/read-bundle.js';
import type { ModelVariant } from '../../../src/core/manifest.js';

const entry = (path: string, bytes: Uint8Array) => ({
  path,
  bytes: bytes.byteLength,
  sha256: createHash('sha256').update(bytes).digest('hex'),
});

/** A bundle in memory: two variants, a golden sample each. */
function makeBundle() {
  const contents: Record<string, Uint8Array> = {
    'a.onnx': Uint8Array.of(1, 2, 3),
    'b.onnx': Uint8Array.of(4, 5),
    'in.rgb': new Uint8Array(2 * 2 * 3).fill(7),
    'out.f32': new Uint8Array(Float32Array.of(1, 2).buffer),
  };
  const variant = (id: string, file: string) => ({
    id,
    ...entry(file, contents[file]),
    format: 'onnx',
    precision: 'fp32',
    inputs: [{ name: 'x', dataType: 'float32', shape: [1, 3, 4, 4], preprocess: { width: 4, height: 4 } }],
    outputs: [{ name: 'y', dataType: 'float32', shape: [1, 2] }],
    golden: {
      input: { ...entry('in.rgb', contents['in.rgb']), format: 'RGB', width: 2, height: 2 },
      outputs: [entry('out.f32', contents['out.f32'])],
      tolerance: { absolute: 0.01, relative: 0.1 },
    },
  });
  const manifest = {
    schema: 'reflexarc.model/1',
    id: 'toy',
    version: '1.0.0',
    release: 1,
    task: 'classification',
    variants: [variant('a', 'a.onnx'), variant('b', 'b.onnx')],
    head: { type: 'classification' },
    labels: ['no', 'yes'],
    license: 'Apache-2.0',
  };
  const files: BundleFiles = {
    location: 'toy',
    read: async (path) => {
      if (path === 'model.json') return new TextEncoder().encode(JSON.stringify(manifest));
      if (!contents[path]) throw new Error(`ENOENT: ${path}`);
      return contents[path];
    },
  };
  return { contents, manifest, files };
}

const failure = (text: string) =>
  expect.objectContaining({ code: 'ERR_MODEL_LOAD', message: expect.stringContaining(text) });

describe('readBundle', () => {
  it('reads both files of an OpenVINO IR, and checks the second one like the first', async () => {
    const { contents, manifest, files } = makeBundle();
    contents['a.bin'] = Uint8Array.of(9, 8, 7);
    const [first] = manifest.variants;
    Object.assign(first, { format: 'openvino', weights: entry('a.bin', contents['a.bin']) });
    expect(await readBundle(files)).toMatchObject({
      weights: Uint8Array.of(1, 2, 3),
      binary: Uint8Array.of(9, 8, 7),
    });
    contents['a.bin'] = Uint8Array.of(9, 8, 6);
    await expect(readBundle(files)).rejects.toThrow(failure('toy/a.bin'));
    delete contents['a.bin'];
    await expect(readBundle(files)).rejects.toThrow(failure('ENOENT: a.bin'));
    Object.assign(first, { weights: undefined });
    await expect(readBundle(files)).rejects.toThrow(failure('an entry with format openvino'));
    Object.assign(first, { format: 'tflite' });
    expect((await readBundle(files)).binary).toBeUndefined();
  });

  it('reads the first variant, or the one named', async () => {
    const { files } = makeBundle();
    expect([...(await readBundle(files)).weights]).toEqual([1, 2, 3]);
    const second = await readBundle(files, 'b');
    expect([...second.weights]).toEqual([4, 5]);
    expect(second.goldenOutputs[0].byteLength).toBe(8);
    await expect(readBundle(files, 'c')).rejects.toThrow(failure('one of a, b'));
  });

  it.each(['a.onnx', 'b.onnx', 'in.rgb', 'out.f32'])('refuses a changed byte in %s', async (path) => {
    const { files, contents } = makeBundle();
    contents[path][0] ^= 1;
    await expect(readBundle(files)).rejects.toThrow(failure(`toy/${path}`));
    await expect(readBundle(files)).rejects.toMatchObject({ details: { check: 'sha256' } });
  });

  it('refuses a missing and a truncated file', async () => {
    const { files, contents } = makeBundle();
    contents['a.onnx'] = contents['a.onnx'].subarray(0, 2);
    await expect(readBundle(files)).rejects.toThrow(failure('Expected 3 bytes for toy/a.onnx, got 2 bytes'));
    delete contents['a.onnx'];
    await expect(readBundle(files)).rejects.toThrow(failure('ENOENT'));
  });

  it.each<[string, (m: ReturnType<typeof makeBundle>['manifest']) => void, string]>([
    ['an unknown key', (m) => Object.assign(m, { licence: 'x' }), 'licence'],
    ['a wrong schema', (m) => Object.assign(m, { schema: 'other/1' }), 'schema'],
    ['a path out of the bundle', (m) => Object.assign(m.variants[0], { path: '../a.onnx' }), 'variants.0.path'],
    ['an absolute path', (m) => Object.assign(m.variants[0], { path: '/a.onnx' }), 'variants.0.path'],
    ['no variants', (m) => Object.assign(m, { variants: [] }), 'variants'],
    ['a bad sha256', (m) => Object.assign(m.variants[0], { sha256: 'ABC' }), 'variants.0.sha256'],
    ['a release of 0', (m) => Object.assign(m, { release: 0 }), 'release'],
    ['a head for another task', (m) => Object.assign(m, { task: 'detection' }), 'task'],
    ['two variants of one id', (m) => Object.assign(m.variants[1], { id: 'a' }), 'variants'],
    ['an unknown head', (m) => Object.assign(m.head, { type: 'ssd' }), 'head.type'],
    ['a golden input of another size', (m) => Object.assign(m.variants[0].golden.input, { width: 3 }), 'golden.input'],
    ['a golden output too few', (m) => Object.assign(m.variants[0].golden, { outputs: [] }), 'golden.outputs'],
    [
      'a golden output of another shape',
      (m) => Object.assign(m.variants[0].outputs[0], { shape: [1, 3] }),
      'golden.outputs',
    ],
  ])('refuses a manifest with %s', async (_name, change, path) => {
    const { files, manifest } = makeBundle();
    change(manifest);
    await expect(readBundle(files)).rejects.toThrow(failure(path));
  });

  it('refuses what is no JSON and what is no text', async () => {
    const { files } = makeBundle();
    const as = (bytes: Uint8Array): BundleFiles => ({ ...files, read: async () => bytes });
    await expect(readBundle(as(new TextEncoder().encode('{')))).rejects.toThrow(failure('Expected JSON'));
    await expect(readBundle(as(Uint8Array.of(0xff, 0xfe)))).rejects.toThrow(failure('Expected JSON'));
  });
});

describe('golden check', () => {
  const variant = makeBundle().manifest.variants[0] as unknown as ModelVariant;
  const expected = [makeBundle().contents['out.f32']];
  const outputs = (...values: number[]) => [
    { name: 'y', dataType: 'float32' as const, shape: [1, 2], data: Float32Array.from(values) },
  ];

  it('passes within absolute + relative tolerance, on both sides of the edge', () => {
    expect(() => checkGoldenOutputs('toy', variant, expected, outputs(1.1, 2.2))).not.toThrow();
    expect(() => checkGoldenOutputs('toy', variant, expected, outputs(1.12, 2))).toThrow(failure('y[0]'));
  });

  it('names the worst element, and takes NaN for a difference', () => {
    expect(() => checkGoldenOutputs('toy', variant, expected, outputs(1.2, 5))).toThrow(failure('y[1]'));
    expect(() => checkGoldenOutputs('toy', variant, expected, outputs(9, Number.NaN))).toThrow(failure('got NaN'));
  });

  it('reads float16 as numbers', () => {
    const half = { name: 'y', dataType: 'float16' as const, shape: [1, 2], data: Uint16Array.of(0x3c00, 0x4001) };
    const wanted = [new Uint8Array(Uint16Array.of(0x3c00, 0x4000).buffer)];
    expect(() => checkGoldenOutputs('toy', variant, wanted, [half])).not.toThrow();
    expect(() =>
      checkGoldenOutputs('toy', variant, wanted, [{ ...half, data: Uint16Array.of(0xbc00, 0x4000) }]),
    ).toThrow(failure('got -1'));
  });

  it('compares tensors by name, type and shape; a free dimension fits any size', () => {
    const declared = { name: 'x', dataType: 'float32' as const, shape: [1, 3, 4, 4] };
    expect(() => checkTensors('input', [declared], [{ ...declared, shape: [-1, 3, 4, 4] }])).not.toThrow();
    for (const other of [
      { name: 'z' },
      { dataType: 'float16' as const },
      { shape: [1, 3, 4] },
      { shape: [1, 3, 4, 5] },
    ]) {
      const check = () => checkTensors('input', [declared], [{ ...declared, ...other }]);
      expect(check).toThrow(expect.objectContaining({ code: 'ERR_SHAPE' }));
    }
    expect(() => checkTensors('output', [declared], [])).toThrow(
      expect.objectContaining({ received: 'none (the model)' }),
    );
  });
});
