import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import type { PipelineDefinitionInput } from '../../src/core/definition.js';
import type { SerializedError } from '../../src/core/error.js';
import { root } from '../host/cli-process.js';
import { startHost, type TestHost } from '../host/test-host.js';
import { type Chromium, describeWithChromium, launchChromium } from './chromium.js';
import { inNode } from './in-node.js';
import type { HostReport, HostRun } from './site/scripts/host.js';
import type { Found, RunReport } from './site/scripts/pipeline.js';
import { openPage, type TestPage } from './test-page.js';

const belt: PipelineDefinitionInput = {
  source: { type: 'synthetic', seed: 7 },
  model: { type: 'bundle', path: 'models/conveyor' },
  track: { type: 'sort' },
  rules: [{ type: 'line', id: 'gate', from: { x: 0.5, y: 1 }, to: { x: 0.5, y: 0 }, reject: ['*-defective'] }],
  frames: 60,
};

describeWithChromium('a page that is served by a host', () => {
  let folder: string;
  let host: TestHost;
  let chromium: Chromium;
  let page: TestPage;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'reflexarc-host-page-'));
    cpSync(inject('siteFolder'), folder, { recursive: true });
    cpSync(join(root, 'models', 'conveyor'), join(folder, 'models', 'conveyor'), { recursive: true });
    chromium = await launchChromium();
    host = await startHost(['--app', folder, '--camera', 'belt=synthetic,seed=7,frameRate=10']);
  });

  afterAll(async () => {
    await page?.close();
    await chromium?.close();
    await host?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    await page?.close();
    page = await openPage(chromium, { origin: host.url.replace(/\/$/, '') } as never, `/#token=${host.token}`);
  });

  const onHost = (definition: PipelineDefinitionInput, run: HostRun = {}) =>
    page.inPage<HostReport>('host', 'runOnHost', definition, run);
  const refused = (definition: PipelineDefinitionInput, options = {}) =>
    page.inPage<SerializedError | undefined>('host', 'refusedByHost', definition, options);

  it('gets the results that the page itself would give, bit by bit', async () => {
    const report = await onHost(belt, { place: 'host' });
    expect(report).toMatchObject({ place: 'host', cameras: ['belt'], hash: '', health: [], missed: 0 });
    const expected = await inNode({ ...belt, model: { type: 'bundle', path: join(root, 'models', 'conveyor') } });
    expect(expected.flatMap(({ items }) => items).length).toBeGreaterThan(100);
    expect(report.results).toEqual(expected);
    const inPage = await page.inPage<RunReport>('pipeline', 'runPipeline', belt);
    expect(report.results).toEqual(inPage.results);
    expect(report.events).toEqual(expected.flatMap(({ events }) => events));
    expect(report.events.map(({ type }) => type)).toContain('crossing');
    expect(report.stats).toMatchObject({ frames: 60, faults: 0, drops: { queue: 0, stale: 0 }, openFrames: 0 });
    expect(report.stats.lines).toEqual(inPage.stats.lines);
    expect(report.info.model).toMatchObject({ id: 'conveyor', path: 'models/conveyor', goldenCheck: 'passed' });
    // Those that came before the clocks had been compared are not counted.
    expect(report.transit?.n).toBeGreaterThan(0);
    expect(page.complaints).toEqual([]);
  });

  it('keeps its token when it is loaded again, and shows it nowhere', async () => {
    expect(await refused(belt, { place: 'host' })).toBeUndefined();
    expect(page.page.url()).not.toContain('token');
    await page.page.reload();
    await page.page.waitForFunction(() => typeof globalThis.callTestScript === 'function');
    expect(await refused(belt, { place: 'host' })).toBeUndefined();
  });

  it('sees a camera of the host, with pictures, and ids that say what a slow page has missed', async () => {
    const definition = { ...belt, source: { type: 'camera', deviceId: 'belt' }, frames: undefined } as typeof belt;
    const report = await onHost(definition, { results: 6, slowMs: 500, preview: 'bytes' });
    expect(report.info).toMatchObject({ queue: 'latest', source: { type: 'camera', width: 1280, height: 720 } });
    const ids = report.results.map(({ frame }) => frame);
    expect(ids.toSorted((a, b) => a - b)).toEqual(ids);
    expect(ids[5] - ids[0]).toBeGreaterThan(10);
    expect(report.stats.drops.queue).toBeGreaterThan(0);
    expect(report.pictures.length).toBeGreaterThan(0);
    for (const picture of report.pictures) {
      expect(picture).toMatchObject({ width: 1280, height: 720 });
      expect(picture.bytes).toBeLessThanOrEqual(128 * 1024);
    }
    const expected: Found[] = await inNode({
      ...belt,
      model: { type: 'bundle', path: join(root, 'models', 'conveyor') },
      source: { type: 'synthetic', seed: 7, frameRate: 10 },
      track: undefined,
      rules: [],
      frames: ids[0] + 1,
    });
    // Tracks depend on what was seen before; boxes do not.
    const boxes = ({ items }: Found) => items.map((item) => ('box' in item ? [item.label, item.box] : []));
    expect(boxes(report.results[0])).toEqual(boxes(expected[ids[0]]));
  });

  it('shows pictures on a canvas', async () => {
    const definition = { ...belt, source: { type: 'camera', deviceId: 'belt' }, frames: undefined } as typeof belt;
    const { canvas } = await onHost(definition, { results: 8, preview: 'canvas', previewQuality: { maxSide: 640 } });
    const [width, height, ...mean] = canvas as number[];
    expect([width, height]).toEqual([640, 360]);
    // The belt is gray, neither black nor white.
    for (const channel of mean) expect(Math.abs(channel - 128)).toBeLessThan(100);
  });

  it('runs a definition itself whose runtimes are of the page', async () => {
    const report = await onHost({ ...belt, frames: 3 });
    expect(report.place).toBe('page');
    expect(report.results.length).toBe(3);
  });

  it.each([
    ['source', { source: { type: 'video', path: '/etc/passwd' } }],
    ['source', { source: { type: 'module', url: 'file:///tmp/x.mjs' } }],
    ['source.deviceId', { source: { type: 'camera', deviceId: 'other' } }],
    ['runtimeOptions.openvino.library', { runtimeOptions: { openvino: { library: '/tmp/x.so' } } }],
    ['runtimeOptions.openvino.cacheDir', { runtimeOptions: { openvino: { cacheDir: '/tmp' } } }],
    [
      'runtimeOptions.onnx-native.pluginLibraries',
      { runtimeOptions: { 'onnx-native': { pluginLibraries: { a: 'b' } } } },
    ],
  ] as const)('is refused %s', async (field, part) => {
    const error = await refused({ ...belt, ...part } as PipelineDefinitionInput, { place: 'host' });
    expect(error).toMatchObject({ code: 'ERR_ARGUMENT', subject: `pipeline definition for a host: ${field}` });
  });

  it('says what to do where the store lacks a model, and where the token is wrong', async () => {
    const absent = { type: 'bundle', path: `store:${'0'.repeat(64)}` } as const;
    const error = await refused({ ...belt, model: absent }, { place: 'host' });
    expect(error).toMatchObject({ code: 'ERR_MODEL_LOAD', remedy: expect.stringContaining('store add') });
    const stale = await refused(belt, { token: 'x'.repeat(43) });
    expect(stale).toMatchObject({ code: 'ERR_ARGUMENT', details: { reason: 'token' } });
  });
});
