import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PipelineDefinitionInput } from '../../src/core/definition.js';
import { ReflexarcError } from '../../src/core/error.js';
import { assetPath, describeWithAssets } from '../assets.js';
import { hungryModel, tooManyForWebAssembly } from '../hungry-model.js';
import { type Chromium, describeWithChromium, launchChromium } from './chromium.js';
import { conveyor, onWebGpu } from './conveyor-definition.js';
import { inNode } from './in-node.js';
import { pngHeader } from './png.js';
import type { AbortReport, Found, RunOptions, RunReport, Traffic } from './site/scripts/pipeline.js';
import { type SiteOptions, serveSite, strictPolicy } from './site-server.js';
import { openPage } from './test-page.js';

describeWithChromium('createPipeline in a page', () => {
  let chromium: Chromium;
  beforeAll(async () => {
    chromium = await launchChromium();
  });
  afterAll(() => chromium?.close());

  /** Calls a function of the script in the page; nothing may be asked of another origin. */
  async function call<T>(options: SiteOptions, name: string, ...args: unknown[]): Promise<T> {
    await using site = await serveSite(options);
    await using page = await openPage(chromium, site);
    try {
      return await page.inPage<T>('pipeline', name, ...args);
    } finally {
      expect(page.requests.length).toBeGreaterThan(0);
      expect(page.requests.filter((url) => !url.startsWith(`${site.origin}/`))).toEqual([]);
    }
  }

  const run = (definition: PipelineDefinitionInput, options: SiteOptions = { isolated: true }, more?: RunOptions) =>
    call<RunReport>(options, 'runPipeline', definition, more);

  /** The error that a run ends with. */
  async function failure(
    definition: PipelineDefinitionInput,
    options: SiteOptions = { isolated: true },
    more?: RunOptions,
  ): Promise<ReflexarcError> {
    const error = await run(definition, options, more).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ReflexarcError);
    return error as ReflexarcError;
  }

  describe('gives what it gives in Node, bit by bit', () => {
    let expected: Found[];
    beforeAll(async () => {
      expected = await inNode(conveyor);
      // A belt with nothing on it would be equal, too.
      expect(expected.length).toBe(60);
      expect(expected.flatMap(({ items }) => items).length).toBeGreaterThan(100);
      expect(expected.flatMap(({ events }) => events.map(({ type }) => type))).toContain('crossing');
    });

    it.each([
      ['one thread, isolated', true, 1, 1],
      ['two threads, isolated', true, 2, 2],
      ['one thread, not isolated', false, 1, 1],
      ['two threads asked for, not isolated', false, 2, 1],
    ])('%s', async (_, isolated, threads, expectedThreads) => {
      const { results, info, stats } = await run({ ...conveyor, threads }, { isolated });
      // The sums of two threads are others than those of one, in Node as here.
      expect(results).toEqual(expectedThreads === 1 ? expected : await inNode({ ...conveyor, threads }));
      expect(info).toMatchObject({
        execution: 'worker',
        queue: 'wait',
        kernels: { tier: 'wasm-simd' },
        model: { id: 'conveyor', variant: 'standard', goldenCheck: 'passed' },
        runtime: { runtime: 'onnx-web', executionProvider: 'wasm', device: 'cpu', threads: expectedThreads },
      });
      const limitation = expect.stringContaining('not cross-origin isolated');
      expect(info.runtime.limitations).toEqual(expectedThreads < threads ? [limitation] : undefined);
      expect(stats).toMatchObject({ frames: 60, faults: 0, drops: { queue: 0, stale: 0 }, openFrames: 0 });
      const lines = expected.flatMap(({ events }) => events);
      expect(stats.lines.gate.rejected).toBe(lines.filter(({ type }) => type === 'reject').length);
    });

    it('with one slot, on the page itself, and under a strict policy', async () => {
      const first = expected.slice(0, 20);
      const few = { ...conveyor, frames: 20 };
      const policy = { isolated: true, csp: strictPolicy };
      expect((await run({ ...few, slots: 1 }, policy)).results).toEqual(first);
      const inline = await run({ ...few, execution: 'inline' }, policy);
      expect(inline.results).toEqual(first);
      expect(inline.info.execution).toBe('inline');
    });

    it('on every kernel tier', async () => {
      const first = expected.slice(0, 6);
      for (const kernels of ['wasm-scalar', 'reference'] as const) {
        const { results, info } = await run({ ...conveyor, kernels, frames: 6 });
        expect(info.kernels.tier).toBe(kernels);
        expect(results).toEqual(first);
      }
    });

    it('with the small variant', async () => {
      const small = { ...conveyor, model: { ...conveyor.model, variant: 'small' }, frames: 20 } as typeof conveyor;
      const { results, info } = await run(small);
      expect(info.model.variant).toBe('small');
      expect(results.flatMap(({ items }) => items).length).toBeGreaterThan(20);
      expect(results).toEqual(await inNode(small));
    });

    describeWithAssets('on photographs', () => {
      it.each([
        ['yolox', 'yolox_nano', 'cat_720p.jpg', 'cat'],
        ['classification', 'squeezenet_fp16', 'owl.jpg', undefined],
        ['classification', 'mobilenet_v2_quant', 'parrot.jpg', undefined],
      ] as const)('%s, %s, %s', async (preset, model, picture, label) => {
        const definition = (assets: (path: string) => string): PipelineDefinitionInput => ({
          source: { type: 'pictures', path: assets(`images/coral/${picture}`) },
          model: { type: 'file', path: assets(`models/onnx/${model}.onnx`), preset },
        });
        const { results } = await run(definition((path) => `test-assets/${path}`));
        const inPage = results.map(({ items, width, height }) => ({ items, width, height }));
        const node = await inNode(definition(assetPath));
        expect(inPage).toEqual(node.map(({ items, width, height }) => ({ items, width, height })));
        expect(inPage[0].items.length).toBeGreaterThan(0);
        if (label) expect(inPage[0].items[0].label).toBe(label);
      });

      it('before a background that is fetched', async () => {
        const size = { width: 384, height: 224, mean: 90, std: 64 };
        const against = (path: string): PipelineDefinitionInput => ({
          ...conveyor,
          source: { ...conveyor.source, type: 'synthetic', width: 1280, height: 720 },
          preprocess: { ...size, before: { background: { output: 'foreground', threshold: 30, picture: path } } },
          frames: 8,
        });
        const picture = 'images/coral/cat_720p.jpg';
        const node = await inNode(against(assetPath(picture)));
        expect(node.flatMap(({ items }) => items).length).toBeGreaterThan(0);
        expect((await run(against(`test-assets/${picture}`))).results).toEqual(node);
        expect((await failure(against('test-assets/none.jpg'))).code).toBe('ERR_SOURCE');
      });
    });
  });

  it('tells how far it is, in order, while the page stays free', async () => {
    const { phases } = await run({ ...conveyor, frames: 1 });
    expect(phases).toEqual(['source', 'model', 'compile', 'golden', 'warm-up', 'ready']);
  });

  describe('abort', () => {
    const endless = { ...conveyor, frames: undefined };

    it.each(['before', 'source', 'model', 'compile', 'golden', 'warm-up', 'ready', 1, 5] as const)(
      'ends it with the reason given, and its worker with it: %s',
      async (when) => {
        const report = await call<AbortReport>({ isolated: true }, 'abortPipeline', endless, when);
        expect(report).toMatchObject({ same: true, reason: 'changed my mind' });
        expect(report.results).toBe(typeof when === 'number' ? when : 0);
        expect(report.workers).toBe(when === 'before' ? 0 : 1);
        expect(report.ended).toBe(report.workers);
      },
    );

    it('has the usual reason where none is given', async () => {
      expect(await call({ isolated: true }, 'abortWithout', endless)).toBe('AbortError');
    });
  });

  describe('traffic with the worker', () => {
    it('has no pixels and no tensors', async () => {
      const { traffic, report } = await call<{ traffic: Traffic; report: RunReport }>(
        { isolated: true },
        'watchTraffic',
        conveyor,
      );
      expect(traffic.messages).toBeGreaterThan(2 * 60);
      expect(traffic.copied).toEqual([]);
      // The channel that progress comes by; no frame.
      expect(new Set(traffic.transferred)).toEqual(new Set(['MessagePort']));
      expect(report.stats.frames).toBe(60);
    });

    it('has pictures only where the page shows them, and each is transferred', async () => {
      const { traffic } = await call<{ traffic: Traffic; report: RunReport }>(
        { isolated: true },
        'watchTraffic',
        conveyor,
        { preview: true },
      );
      expect(traffic.copied).toEqual([]);
      expect(traffic.transferred.filter((kind) => kind === 'ImageBitmap').length).toBe(60);
    });
  });

  describe('errors cross the worker with class, code and fields', () => {
    const missing = { ...conveyor, model: { type: 'bundle', path: 'models/nowhere' } } as typeof conveyor;
    const file = (path: string, preset: 'yolox' | 'classification' = 'yolox') =>
      ({ ...conveyor, model: { type: 'file', path, preset } }) as typeof conveyor;

    it('a bundle that is not there', async () => {
      const error = await failure(missing);
      expect(error).toMatchObject({
        name: 'ModelLoadError',
        code: 'ERR_MODEL_LOAD',
        subject: 'models/nowhere/model.json',
        expected: expect.stringContaining('a readable file'),
        received: expect.stringMatching(/^404 Not Found from /),
        remedy: 'Check the path of the model.',
        cause: { name: 'Error', message: expect.stringMatching(/^404/) },
      });
    });

    it.each([
      ['a web page in place of the manifest', /model\.json$/, { type: 'text/html', body: '<!doctype html>' }, 'JSON'],
      ['a damaged model', /standard\.onnx$/, { body: 'not what it was' }, '852091 bytes'],
      ['a manifest of another kind', /model\.json$/, { body: '{"schema":"other/1"}' }, 'reflexarc.model/1'],
    ])('%s', async (_, match, fault, expected) => {
      const error = await failure(conveyor, { isolated: true, faults: [{ match, ...fault }] });
      expect(error).toMatchObject({ name: 'ModelLoadError', code: 'ERR_MODEL_LOAD' });
      expect(error.message).toContain(expected);
    });

    it.each([
      ['an empty file', '', 'an empty file'],
      ['a web page', '<!doctype html><title>x</title>', 'a web page'],
      ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\n', 'a Git LFS pointer'],
      ['anything else', 'this is no model at all', 'no complete ONNX file'],
    ])('%s where a model should be', async (_, content, received) => {
      const error = await failure(file('mine.onnx'), { isolated: true }, { models: { 'mine.onnx': content } });
      expect(error).toMatchObject({ code: 'ERR_MODEL_LOAD', subject: 'mine.onnx' });
      expect(error.received).toContain(received);
      expect(error.remedy).toEqual(expect.any(String));
    });

    it('a model of another kind than its preset', async () => {
      const error = await failure(file('models/conveyor/standard.onnx', 'classification'));
      expect(error).toMatchObject({ name: 'ShapeError', code: 'ERR_SHAPE' });
    });

    it.each([
      ['a worker that is not there', /intake-worker/, { status: 404, type: 'text/html', body: 'no' }],
      ['a worker of a wrong MIME type', /intake-worker/, { type: 'text/plain' }],
    ])('%s', async (_, match, fault) => {
      expect(await failure(conveyor, { isolated: true, faults: [{ match, ...fault }] })).toMatchObject({
        name: 'DeviceLostError',
        code: 'ERR_DEVICE_LOST',
        subject: 'worker of the pipeline',
        remedy: expect.stringContaining('worker-src'),
      });
    });

    it('a policy that allows no worker', async () => {
      const csp = strictPolicy.replace("worker-src 'self'", "worker-src 'none'");
      expect(await failure(conveyor, { isolated: true, csp })).toMatchObject({ code: 'ERR_DEVICE_LOST' });
    });

    it('a policy that allows no WebAssembly', async () => {
      const csp = strictPolicy.replace(" 'wasm-unsafe-eval'", '');
      const error = await failure(conveyor, { isolated: true, csp });
      expect(error).toMatchObject({ code: expect.stringMatching(/ERR_(KERNEL|UNSUPPORTED)/) });
      expect(error.message).toMatch(/wasm-unsafe-eval/);
    });

    it.each([
      ['kernels', /kernels.*\.wasm$/, { status: 404, body: 'no' }, /^404 Not Found from .*kernels/],
      ['kernels', /kernels.*\.wasm$/, { type: 'text/html', body: '<!doctype html>' }, /where WebAssembly should be/],
      ['runtime', /ort-wasm.*\.wasm$/, { status: 404, body: 'no' }, /^404 Not Found from .*ort-wasm/],
      ['runtime', /ort-wasm.*\.mjs$/, { type: 'text/plain' }, /where a JavaScript module should be/],
    ])('%s that are not what they should be: %s %j', async (_, match, fault, received) => {
      const error = await failure(conveyor, { isolated: true, faults: [{ match, ...fault }] });
      expect(error.code).toMatch(/ERR_(KERNEL|UNSUPPORTED)/);
      expect(error.received).toMatch(received);
      expect(error.remedy).toEqual(expect.any(String));
    });

    it('a model that wants more memory than there is', async () => {
      const hungry = [...hungryModel(tooManyForWebAssembly)];
      const error = await failure(
        file('mine.onnx', 'classification'),
        { isolated: true },
        {
          models: { 'mine.onnx': hungry },
        },
      );
      expect(error).toMatchObject({ name: 'InferenceError', code: 'ERR_RUNTIME', details: { reason: 'memory' } });
      expect(error.remedy).toContain('smaller');
    });

    it('a model larger than ONNX files can be, before it is read', async () => {
      const length = 3 * 2 ** 30;
      const faults = [{ match: /endless\.onnx$/, length }];
      expect(await failure(file('endless.onnx'), { isolated: true, faults })).toMatchObject({
        name: 'ModelLoadError',
        code: 'ERR_MODEL_LOAD',
        subject: 'endless.onnx',
        received: '3.0 GiB',
        details: { reason: 'memory', bytes: length },
      });
    });

    it.each([
      ['of 20000 × 20000 px', 20_000, { received: '20000 × 20000', details: { reason: 'too-large', limit: 16_384 } }],
      [
        'that says it has 16000 × 16000 px and has none',
        16_000,
        { received: expect.stringContaining('cannot decode') },
      ],
    ])('a picture %s', async (_, side, expected) => {
      const faults = [{ match: /huge\.png$/, type: 'image/png', body: pngHeader(side, side) }];
      const huge = { ...conveyor, source: { type: 'pictures', path: 'huge.png' } } as typeof conveyor;
      const error = await failure(huge, { isolated: true, faults });
      expect(error).toMatchObject({ name: 'SourceError', code: 'ERR_SOURCE', ...expected });
      expect(error.remedy).toEqual(expect.any(String));
    });

    it('a definition that is none', async () => {
      const error = await failure({ ...conveyor, rules: [], frames: 0.5 } as typeof conveyor);
      expect(error).toMatchObject({ name: 'InvalidArgumentError', code: 'ERR_ARGUMENT' });
      expect(error.subject).toContain('frames');
    });
  });

  it('passes over WebGPU where it is listed and there is no adapter, and says so', async () => {
    const { info, results } = await run({ ...onWebGpu, executionProviders: ['webgpu', 'wasm'] });
    expect(results.length).toBe(2);
    expect(info.runtime).toMatchObject({ executionProvider: 'wasm', device: 'cpu', simd: 'wasm-simd' });
    expect(info.runtime.limitations?.[0]).toMatch(/^Not webgpu: .*adapter/);
  });

  it('goes through a list of devices of the runtime, whatever the execution providers are, and says so', async () => {
    const { info, results } = await run({ ...onWebGpu, runtime: ['onnx-web:webgpu', 'openvino:NPU', 'onnx-web:wasm'] });
    expect(results.length).toBe(2);
    expect(info.runtime).toMatchObject({ runtime: 'onnx-web', executionProvider: 'wasm' });
    expect(info.runtime.limitations).toEqual([
      expect.stringMatching(/^Not onnx-web:webgpu: .*adapter/),
      expect.stringMatching(/^Not openvino:NPU: .*one of onnx-web/),
    ]);
    expect(await failure({ ...onWebGpu, runtime: ['onnx-web:wasm', 'onnx-web:cuda'] })).toMatchObject({
      code: 'ERR_ARGUMENT',
      subject: 'pipeline definition: runtime.1',
      expected: 'onnx-web, onnx-web:wasm, onnx-web:webgpu',
    });
  });

  it('is one ERR_UNSUPPORTED where WebGPU alone is listed and there is no adapter', async () => {
    expect(await failure(onWebGpu)).toMatchObject({
      name: 'UnsupportedError',
      code: 'ERR_UNSUPPORTED',
      subject: 'execution provider webgpu',
      details: { reason: 'gpu', supported: ['wasm'] },
    });
  });
});
