import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sha256 } from '../../src/bundle/sha256.js';
import { portableKernelTiers } from '../../src/core/kernel-tier.js';
import { loadKernels } from '../../src/kernels/load-kernels.node.js';
import { Nms } from '../../src/kernels/nms.js';
import { nmsCases } from '../conformance/nms-cases.js';
import { oracle } from '../conformance/picture-case.js';
import { pictureCases } from '../conformance/picture-cases.js';
import { seed } from '../conformance/random-numbers.js';
import { type Chromium, describeWithChromium, launchChromium } from './chromium.js';
import type { ConformanceAnswer } from './site/scripts/kernels.js';
import { type SiteOptions, serveSite, strictPolicy } from './site-server.js';
import { openPage } from './test-page.js';

describeWithChromium(`kernels in Chromium (seed ${seed})`, () => {
  let chromium: Chromium;
  const expected: Pick<ConformanceAnswer, 'pictures' | 'suppressions'> = { pictures: {}, suppressions: {} };

  beforeAll(async () => {
    chromium = await launchChromium();
    for (const { id, plan, source } of pictureCases()) expected.pictures[id] = await sha256(oracle(plan, source));
    const reference = await loadKernels({ tier: 'reference' });
    for (const each of nmsCases()) {
      using nms = new Nms(reference, Math.max(1, each.scores.length));
      nms.boxes.set(each.boxes);
      nms.scores.set(each.scores);
      nms.classes.set(each.classes);
      expected.suppressions[each.id] = Array.from(nms.kept.subarray(0, nms.run(each.scores.length, each)));
    }
  });
  afterAll(() => chromium?.close());

  it.each(portableKernelTiers)('%s gives the bits that the oracle gives in Node', async (tier) => {
    await using site = await serveSite();
    await using page = await openPage(chromium, site);
    const answer = await page.inWorker<ConformanceAnswer>('kernels', 'conformance', tier);
    expect(Object.keys(answer.pictures).length).toBeGreaterThan(700);
    expect(answer).toEqual({ tier, ...expected });
    expect(page.complaints).toEqual([]);
  });

  async function load(options: SiteOptions, ...args: unknown[]): Promise<{ tier: string; requests: string[] }> {
    await using site = await serveSite(options);
    await using page = await openPage(chromium, site);
    const resolved = JSON.parse(JSON.stringify(args).replaceAll('ORIGIN', site.origin));
    const tier = await page.inWorker<string>('kernels', 'load', ...resolved);
    expect(page.requests.every((url) => url.startsWith(`${site.origin}/`))).toBe(true);
    return { tier, requests: site.requests };
  }

  it('loads where the file has a wrong type, under a strict policy, from a folder or from bytes', async () => {
    expect((await load({ faults: [{ match: /kernels.*\.wasm$/, type: 'text/plain' }] })).tier).toBe('wasm-simd');
    expect((await load({ csp: strictPolicy })).tier).toBe('wasm-simd');
    const fromFolder = await load({}, { assetBaseUrl: 'ORIGIN/kernels' });
    expect(fromFolder.tier).toBe('wasm-simd');
    expect(fromFolder.requests).toContain('/kernels/kernels.wasm');
    const relative = await load({}, { assetBaseUrl: '../kernels/' });
    expect(relative.requests).toContain('/kernels/kernels.wasm');
    for (const as of ['bytes', 'module']) {
      const given = await load({}, { tier: 'wasm-scalar' }, { url: '/kernels/kernels.wasm', as });
      expect(given.tier).toBe('wasm-scalar');
      expect(given.requests.filter((path) => path.endsWith('.wasm'))).toEqual(['/kernels/kernels.wasm']);
    }
  });

  it('needs nothing of the network for the reference tier', async () => {
    const { tier, requests } = await load({}, { tier: 'reference' });
    expect(tier).toBe('reference');
    expect(requests.some((path) => path.endsWith('.wasm'))).toBe(false);
  });

  it.each([
    [{ status: 404, type: 'text/html', body: '<!doctype html>' }, /404 Not Found from http.*\.wasm/],
    [{ type: 'text/html', body: '<!doctype html><p>Index' }, /text\/html \(beginning with "<!doctype html><p>Index"\)/],
    [{ type: 'application/wasm', body: '' }, /application\/wasm \(an empty file\)/],
    [{ type: 'application/wasm', body: '\0asm\x01\0\0\0\xff\xff' }, /WebAssembly/],
  ])('is one ERR_KERNEL where the server sends %j', async (fault, received) => {
    const error = await load({ faults: [{ match: /kernels.*\.wasm$/, ...fault }] }).catch((reason) => reason);
    expect(error).toMatchObject({ name: 'KernelError', code: 'ERR_KERNEL', details: { status: 'LOAD' } });
    expect(error.received).toMatch(received);
    expect(error.remedy).toBeTruthy();
  });

  it('is one ERR_KERNEL where a policy forbids WebAssembly, and says what to allow', async () => {
    const csp = "default-src 'self'; img-src data:";
    const error = await load({ csp }).catch((reason) => reason);
    expect(error).toMatchObject({ code: 'ERR_KERNEL', remedy: expect.stringContaining("'wasm-unsafe-eval'") });
    expect((await load({ csp }, { tier: 'reference' })).tier).toBe('reference');
  });

  it('is one ERR_ARGUMENT where assetBaseUrl is no URL', async () => {
    const error = await load({}, { assetBaseUrl: 'http://:x' }).catch((reason) => reason);
    expect(error).toMatchObject({ code: 'ERR_ARGUMENT', subject: 'assetBaseUrl' });
  });
});

const hashes: { options: Record<string, unknown>; frame: number; sha256: string }[] = JSON.parse(
  readFileSync(new URL('../fixtures/synthetic/frame-hashes.json', import.meta.url), 'utf8'),
);

describeWithChromium('the synthetic camera in Chromium', () => {
  it('makes the pixels that it makes in Node', async () => {
    await using chromium = await launchChromium();
    await using site = await serveSite();
    await using page = await openPage(chromium, site);
    expect(hashes.length).toBeGreaterThan(5);
    for (const { options, frame, sha256: expected } of hashes) {
      expect(await page.inWorker('synthetic', 'frameHash', options, frame), JSON.stringify({ options, frame })).toBe(
        expected,
      );
    }
  });
});
