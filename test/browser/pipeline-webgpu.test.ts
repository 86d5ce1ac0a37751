import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Detection } from '../../src/core/result.js';
import { type Chromium, describeWithChromium, launchChromium, webGpuFlags } from './chromium.js';
import { conveyor, onWebGpu } from './conveyor-definition.js';
import { inNode } from './in-node.js';
import type { RunReport } from './site/scripts/pipeline.js';
import { serveSite } from './site-server.js';
import { openPage } from './test-page.js';

describeWithChromium('createPipeline in a page with WebGPU', () => {
  let chromium: Chromium;
  beforeAll(async () => {
    chromium = await launchChromium(webGpuFlags);
  });
  afterAll(() => chromium?.close());

  // A GPU in software takes seconds per frame, and the golden sample is one.
  it.each([
    ['webgpu alone', ['webgpu'], true],
    ['webgpu, then wasm', ['webgpu', 'wasm'], false],
  ] as const)(
    'finds what WebAssembly finds, within the tolerance, and says what runs: %s',
    {
      timeout: 180_000,
    },
    async (_, providers, goldenCheck) => {
      await using site = await serveSite({ isolated: true });
      await using page = await openPage(chromium, site);
      const model = { ...conveyor.model, goldenCheck } as typeof conveyor.model;
      const definition = { ...onWebGpu, model, executionProviders: [...providers] };
      const { results, info } = await page.inPage<RunReport>('pipeline', 'runPipeline', definition);
      expect(info.runtime).toMatchObject({ executionProvider: 'webgpu', device: 'gpu', simd: 'webgpu' });
      expect(info.runtime.limitations?.join(' ')).not.toContain('Not webgpu');
      expect(info.model.goldenCheck).toBe(goldenCheck ? 'passed' : 'skipped');
      const expected = await inNode({ ...onWebGpu, executionProviders: ['wasm'] });
      expect(results.length).toBe(2);
      results.forEach(({ items }, frame) => {
        const wanted = expected[frame].items as Detection[];
        expect(wanted.length).toBeGreaterThan(0);
        expect(items.map(({ label }) => label)).toEqual(wanted.map(({ label }) => label));
        (items as Detection[]).forEach(({ score, box }, i) => {
          // Sums of float32 in another order.
          expect(Math.abs(score - wanted[i].score)).toBeLessThanOrEqual(scoreTolerance);
          for (const side of Object.keys(box) as (keyof typeof box)[]) {
            expect(Math.abs(box[side] - wanted[i].box[side])).toBeLessThanOrEqual(boxTolerance);
          }
        });
      });
      expect(page.requests.filter((url) => !url.startsWith(`${site.origin}/`))).toEqual([]);
    },
  );
});

const scoreTolerance = 1e-4;
/** In px of a frame of 1280 × 720. */
const boxTolerance = 0.01;
