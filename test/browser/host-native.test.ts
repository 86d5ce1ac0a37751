import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { PipelineDefinitionInput } from '../../src/core/definition.js';
import { root } from '../host/cli-process.js';
import { startHost, type TestHost } from '../host/test-host.js';
import { describeWithNative, nativeEnvironment } from '../native-runtimes.js';
import { type Chromium, describeWithChromium, launchChromium } from './chromium.js';
import { inNode } from './in-node.js';
import type { HostReport } from './site/scripts/host.js';
import type { Found } from './site/scripts/pipeline.js';
import { openPage, type TestPage } from './test-page.js';

const belt: PipelineDefinitionInput = {
  source: { type: 'synthetic', seed: 7 },
  model: { type: 'bundle', path: 'models/conveyor' },
  frames: 40,
};

describeWithChromium('a page whose definition lists native runtimes', () => {
  let folder: string;
  let host: TestHost;
  let chromium: Chromium;
  let page: TestPage;
  let expected: Found[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'reflexarc-host-page-'));
    cpSync(inject('siteFolder'), folder, { recursive: true });
    cpSync(join(root, 'models', 'conveyor'), join(folder, 'models', 'conveyor'), { recursive: true });
    chromium = await launchChromium();
    host = await startHost(['--app', folder], { env: nativeEnvironment() });
    page = await openPage(chromium, { origin: host.url.replace(/\/$/, '') } as never, `/#token=${host.token}`);
    expected = await inNode({ ...belt, model: { type: 'bundle', path: join(root, 'models', 'conveyor') } });
  });

  afterAll(async () => {
    await page?.close();
    await chromium?.close();
    await host?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  // Only what is not installed is passed over: what is there and does not work is a failure.
  for (const runtime of ['onnx-native', 'openvino'] as const) {
    describeWithNative(runtime, runtime, () => {
      it('gets the boxes that it would find itself, within a pixel, from another program', async () => {
        const report = await page.inPage<HostReport>('host', 'runOnHost', { ...belt, runtime: [runtime] });
        expect(report.place).toBe('host');
        expect(report.info.runtime.runtime).toBe(runtime);
        expect(report.results.map(({ frame }) => frame)).toEqual(expected.map(({ frame }) => frame));
        for (const [index, { items }] of report.results.entries()) {
          const wanted = expected[index].items;
          expect(items.map(({ label }) => label)).toEqual(wanted.map(({ label }) => label));
          for (const [at, item] of items.entries()) {
            const [found, other] = [item, wanted[at]] as { box: { x: number; y: number }; score: number }[];
            expect(Math.abs(found.box.x - other.box.x)).toBeLessThan(1);
            expect(Math.abs(found.box.y - other.box.y)).toBeLessThan(1);
            expect(Math.abs(found.score - other.score)).toBeLessThan(0.01);
          }
        }
      });
    });
  }

  describeWithNative('openvino', 'several devices', () => {
    it('are gone through on the host, and the page is told which runs', async () => {
      const runtime = ['openvino:NPU', 'openvino:CPU', 'onnx-web:wasm'];
      const report = await page.inPage<HostReport>('host', 'runOnHost', { ...belt, runtime });
      expect(report.place).toBe('host');
      expect(report.info.runtime).toMatchObject({ runtime: 'openvino', executionProvider: 'CPU' });
      expect(report.health).toEqual(['openvino:NPU → openvino:CPU']);
      expect(report.results.length).toBe(belt.frames);
    });
  });

  it('runs in the page where it lists a runtime of the page and the host has none of the native ones', async () => {
    const runtimeOptions = { openvino: { device: 'NPU' } };
    const runtime = ['openvino', 'openvino:GPU', 'onnx-native:rocm', 'onnx-web:wasm'];
    const definition = { ...belt, frames: 3, runtime, runtimeOptions };
    const report = await page.inPage<HostReport>('host', 'runOnHost', definition);
    expect(report.place).toBe('page');
    expect(report.info.runtime.runtime).toBe('onnx-web');
    // Why, in the words of each runtime of the host.
    const [why] = report.info.runtime.limitations ?? [];
    expect(why).toMatch(/^Not on the host: .*openvino: .+ · openvino:GPU: .+ · onnx-native:rocm: /);
    expect(report.results.length).toBe(3);
  });
});
