import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { sha256 } from '../../src/bundle/sha256.js';
import { ReflexarcError } from '../../src/core/error.js';
import { onnxWebRuntime } from '../../src/infer/onnx-web/onnx-web-runtime.node.js';
import type { ProbeReport } from '../../src/infer/runtime.js';
import { assetPath } from '../assets.js';
import { plainAllocator } from '../unit/infer/plain-allocator.js';
import {
  type Chromium,
  describeWithChromium,
  describeWithChromiumAndAssets,
  launchChromium,
  webGpuFlags,
} from './chromium.js';
import type { InferAnswer, InferOptions } from './site/scripts/onnx-web.js';
import { type SiteOptions, serveSite, strictPolicy } from './site-server.js';
import { fillPattern } from './tensor-pattern.js';
import { openPage } from './test-page.js';

const yolox = 'models/onnx/yolox_nano.onnx';
const mnist = 'models/onnx/mnist_winml.onnx';
const iris = 'models/onnx/iris_regression.onnx';
const noisyRelu = 'models/onnx/negative_custom_op_noisy_relu.onnx';
const gridSample = 'conformance/onnx_node/test_gridsample_bilinear/model.onnx';
const conveyor = fileURLToPath(new URL('../../models/conveyor/model.json', import.meta.url));

/** Digests of the outputs of a model in Node, on the pattern. */
async function inNode(path: string): Promise<string[]> {
  const session = await onnxWebRuntime.open(readFileSync(path), path, {
    threads: 1,
    slots: 1,
    allocator: plainAllocator,
  });
  const [slot] = session.slots;
  for (const { data } of slot.inputs) fillPattern(data as Float32Array);
  await session.run(slot);
  const digests = await Promise.all(
    slot.outputs.map(({ data }) => sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))),
  );
  await session.close();
  return digests;
}

let chromium: Chromium | undefined;
let chromiumWithGpu: Chromium | undefined;
afterAll(async () => {
  await chromium?.close();
  await chromiumWithGpu?.close();
});

interface Call {
  flags?: readonly string[];
  site?: SiteOptions;
}

/** Calls a function of the script in a module worker; nothing may be asked of another origin. */
async function call<T>(name: string, { flags, site: siteOptions = {} }: Call, ...args: unknown[]): Promise<T> {
  if (flags) chromiumWithGpu ??= await launchChromium(flags);
  else chromium ??= await launchChromium();
  await using site = await serveSite(siteOptions);
  await using page = await openPage((flags ? chromiumWithGpu : chromium) as Chromium, site);
  try {
    return await page.inWorker<T>('onnx-web', name, ...args);
  } finally {
    // What workers ask for is seen, too.
    const [first] = args as [Partial<InferOptions> | undefined];
    if (first?.model) expect(page.requests).toContain(site.origin + first.model);
    expect(page.requests.filter((url) => !url.startsWith(`${site.origin}/`))).toEqual([]);
  }
}

/** The error that a call ends with. */
async function failure(name: string, how: Call, ...args: unknown[]): Promise<ReflexarcError> {
  const error = await call(name, how, ...args).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ReflexarcError);
  return error as ReflexarcError;
}

const model = (asset: string, more: Partial<InferOptions> = {}): InferOptions => ({
  model: `/test-assets/${asset}`,
  ...more,
});

describeWithChromiumAndAssets('onnx-web on WebAssembly in a module worker', () => {
  const placement = {
    runtime: 'onnx-web',
    version: '1.30.0',
    device: 'cpu',
    executionProvider: 'wasm',
    simd: 'wasm-simd',
    fullyAccelerated: true,
  };

  it('gives the bits that it gives in Node, with one thread and with two', async () => {
    const digests = await inNode(assetPath(yolox));
    for (const threads of [1, 2]) {
      const answer = await call<InferAnswer>('infer', { site: { isolated: true } }, model(yolox, { threads }));
      expect(answer).toEqual({ digests, placement: { ...placement, threads } });
    }
  });

  it('has one thread without isolation, says so, and gives the same bits', async () => {
    const answer = await call<InferAnswer>('infer', {}, model(yolox, { threads: 2 }));
    expect(answer.digests).toEqual(await inNode(assetPath(yolox)));
    expect(answer.placement).toEqual({ ...placement, threads: 1, limitations: [expect.any(String)] });
    expect(answer.placement.limitations?.[0]).toContain(
      'One thread instead of 2: the page is not cross-origin isolated',
    );
  });

  it('runs under a strict content security policy, threads too', async () => {
    for (const threads of [1, 2]) {
      const site = { isolated: true, csp: strictPolicy };
      const answer = await call<InferAnswer>('infer', { site }, model(mnist, { threads }));
      expect(answer.placement.threads).toBe(threads);
    }
  });

  it('takes its files from assetBaseUrl', async () => {
    await using site = await serveSite({ isolated: true });
    chromium ??= await launchChromium();
    await using page = await openPage(chromium, site);
    const options = model(mnist, { threads: 2, assetBaseUrl: `${site.origin}/onnxruntime-web` });
    await page.inWorker('onnx-web', 'infer', options);
    const runtimeFiles = site.requests.filter((path) => path.includes('ort-wasm'));
    expect(new Set(runtimeFiles)).toEqual(
      new Set(['/onnxruntime-web/ort-wasm-simd-threaded.mjs', '/onnxruntime-web/ort-wasm-simd-threaded.wasm']),
    );
  });

  it('passes over WebGPU where it is listed and there is no adapter, and says so', async () => {
    const options = model(mnist, { executionProviders: ['webgpu', 'wasm'] });
    const answer = await call<InferAnswer>('infer', {}, options);
    expect(answer.placement).toMatchObject({ executionProvider: 'wasm', device: 'cpu' });
    expect(answer.placement.limitations?.[0]).toMatch(/^Not webgpu: .*adapter/);
  });

  it('is one ERR_UNSUPPORTED where WebGPU alone is listed and there is no adapter', async () => {
    const error = await failure('infer', {}, model(mnist, { executionProviders: ['webgpu'] }));
    expect(error).toMatchObject({ code: 'ERR_UNSUPPORTED', subject: 'execution provider webgpu' });
  });

  it.each([
    ['mjs', { status: 404, type: 'text/html', body: 'no' }, /404 Not Found from .*\.mjs/],
    ['mjs', { type: 'application/octet-stream' }, /application\/octet-stream .*\.mjs where a JavaScript module/],
    ['wasm', { status: 404, type: 'text/html', body: 'no' }, /404 Not Found from .*\.wasm/],
    ['wasm', { type: 'text/html', body: '<!doctype html>' }, /text\/html \(beginning with "<!doctype html>"\) from/],
  ])('is one ERR_UNSUPPORTED where the server sends for its %s %j', async (kind, fault, received) => {
    const site = { faults: [{ match: new RegExp(`ort-wasm.*\\.${kind}$`), ...fault }] };
    const error = await failure('infer', { site }, model(mnist));
    expect(error).toMatchObject({ code: 'ERR_UNSUPPORTED', subject: 'onnx-web' });
    expect(error.received).toMatch(received);
    expect(error.remedy).toContain('new worker');
  });

  it('runs where the server gives the wasm a wrong type', async () => {
    const site = { faults: [{ match: /ort-wasm.*\.wasm$/, type: 'text/plain' }] };
    expect((await call<InferAnswer>('infer', { site }, model(mnist))).placement.executionProvider).toBe('wasm');
  });

  it('is one ERR_UNSUPPORTED where a policy forbids WebAssembly', async () => {
    const site = { csp: "default-src 'self'; img-src data:" };
    const error = await failure('infer', { site }, model(mnist));
    expect(error).toMatchObject({ code: 'ERR_UNSUPPORTED', remedy: expect.stringContaining("'wasm-unsafe-eval'") });
  });

  it('gives up on a start that takes too long, and says which file never came', async () => {
    const site = { faults: [{ match: /ort-wasm.*\.wasm$/, hang: true }] };
    const hanging = await failure('infer', { site }, model(mnist, { startTimeoutMs: 300 }));
    expect(hanging.received).toMatch(/^no answer from .*\.wasm/);
    const error = await failure('infer', {}, model(mnist, { startTimeoutMs: 1 }));
    expect(error).toMatchObject({ code: 'ERR_UNSUPPORTED', received: 'no answer within 1 ms' });
  });

  it('probes without starting the runtime, and names what keeps it from starting', async () => {
    const works = { id: 'onnx-web', status: 'works', version: '1.30.0', devices: ['cpu'], problem: null, remedy: null };
    expect(await call<ProbeReport>('probe', {})).toEqual(works);
    const absent = await call<ProbeReport>('probe', {}, '/nowhere/');
    expect(absent).toMatchObject({ status: 'unavailable', version: null, devices: [] });
    expect(absent.problem).toContain('404 Not Found');
    const forbidden = await call<ProbeReport>('probe', { site: { csp: "default-src 'self'; img-src data:" } });
    expect(forbidden).toMatchObject({ status: 'unavailable', remedy: expect.stringContaining("'wasm-unsafe-eval'") });
  });
});

if (existsSync(conveyor)) {
  describeWithChromium('the conveyor model in a module worker', () => {
    const { variants } = JSON.parse(readFileSync(conveyor, 'utf8')) as { variants: { id: string; path: string }[] };

    it.each(variants)('gives the bits that it gives in Node: $id', async ({ path }) => {
      const file = fileURLToPath(new URL(`../../models/conveyor/${path}`, import.meta.url));
      const answer = await call<InferAnswer>('infer', {}, { model: `/models/conveyor/${path}` });
      expect(answer.digests).toEqual(await inNode(file));
    });
  });
}

describeWithChromiumAndAssets('onnx-web on WebGPU in a module worker', () => {
  const gpu = { flags: webGpuFlags };
  const webgpu = { executionProviders: ['webgpu'] } satisfies Partial<InferOptions>;

  it.each([
    ['with stack switching', false],
    ['without it', true],
  ])('gives what WebAssembly gives, within the tolerance, %s', async (_, withoutStackSwitching) => {
    for (const asset of [mnist, iris]) {
      const { outputs } = await call<InferAnswer>('infer', gpu, model(asset), true);
      const answer = await call<InferAnswer>('infer', gpu, model(asset, { ...webgpu, withoutStackSwitching }), true);
      expect(answer.placement).toMatchObject({
        executionProvider: 'webgpu',
        device: 'gpu',
        simd: 'webgpu',
        fullyAccelerated: true,
        limitations: [expect.stringContaining('program on the CPU')],
      });
      const [data, expected] = [answer.outputs, outputs].map((each) => (each as number[][]).flat());
      expect(data.length).toBe(expected.length);
      // Sums of float32 in another order: 1e-5 of the largest value. Seen: 5.6e-7 (mnist), 2.4e-7 (iris).
      const off = Math.max(...data.map((value, i) => Math.abs(value - expected[i])));
      expect(off / Math.max(...expected.map(Math.abs))).toBeLessThanOrEqual(1e-5);
    }
  });

  it('says where nodes of the model stay on the CPU', async () => {
    const { placement } = await call<InferAnswer>('infer', gpu, model(gridSample, webgpu));
    expect(placement).toMatchObject({ executionProvider: 'webgpu', fullyAccelerated: false });
    expect(placement.limitations).toContain('Some nodes of the model run on the CPU.');
  });

  it('is the ERR_MODEL_LOAD of a model that no execution provider takes', async () => {
    const error = await failure('infer', gpu, model(noisyRelu, { executionProviders: ['webgpu', 'wasm'] }));
    expect(error).toMatchObject({ code: 'ERR_MODEL_LOAD', received: expect.stringContaining('custom operator') });
  });

  it('strings overlapping runs of two sessions together', async () => {
    const answers = await call<InferAnswer[]>('overlap', gpu, model(mnist, webgpu), model(iris, webgpu));
    expect(answers[0].digests).toEqual(answers[2].digests);
    expect(answers[1].digests).toEqual(answers[3].digests);
    expect(answers[0].digests).not.toEqual(answers[1].digests);
  });

  it.each([
    ['between runs, with stack switching', false, false],
    ['during a run, with stack switching', true, false],
    ['between runs, without it', false, true],
    ['during a run, without it', true, true],
  ])('is ERR_DEVICE_LOST at once when the device goes %s, and a new session works', async (_, during, without) => {
    const options = model(mnist, { ...webgpu, withoutStackSwitching: without });
    const answer = await call('loseDevice', gpu, options, during);
    expect(answer).toEqual({ first: 'ERR_DEVICE_LOST', second: 'ERR_DEVICE_LOST', devices: 2, same: true });
  });

  it('says that there is a gpu when probed', async () => {
    expect((await call<ProbeReport>('probe', gpu)).devices).toEqual(['cpu', 'gpu']);
  });
});
