import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PipelineDefinitionInput } from '../../src/core/definition.js';
import { openAndClose } from '../soak/open-close.js';
import { type CameraSite, openCameraSite } from './camera-site.js';
import { describeWithChromium } from './chromium.js';
import { openPage } from './test-page.js';
import { ThreadProbe } from './thread-probe.js';

const model = { type: 'bundle', path: 'models/conveyor', goldenCheck: false } as const;

describeWithChromium('a page in which pipelines come and go', () => {
  let opened: CameraSite;

  beforeAll(async () => {
    opened = await openCameraSite(320, 240);
  });
  afterAll(() => opened?.close());

  const definitions: [string, PipelineDefinitionInput][] = [
    ['the synthetic source', { source: { type: 'synthetic', width: 320, height: 180 }, model, queue: 'wait' }],
    ['a camera', { source: { type: 'camera', width: 320, height: 240 }, model, track: { type: 'sort' } }],
  ];

  // A fifth of what `npm run soak:page` does: each opening compiles the runtime anew, which takes its time.
  it.each(definitions)('holds nothing after twenty openings of %s', { timeout: 120_000 }, async (_, definition) => {
    const { left, growthPerOpening } = await openAndClose(opened.chromium, opened.site, definition, 20);
    expect(left).toEqual([]);
    // A pipeline that is kept is more than twice as large; compilers keep less, and little after some fifty openings.
    expect(growthPerOpening).toBeLessThan(30_000);
  });

  it('is found out where it holds something: the census counts', async () => {
    const page = await openPage(opened.chromium, opened.site);
    const probe = await ThreadProbe.attach(page.page);
    await page.page.evaluate(async () => {
      const frame = new VideoFrame(new Uint8Array(64), { format: 'RGBA', codedWidth: 4, codedHeight: 4, timestamp: 0 });
      const closed = frame.clone();
      const kept = { frame, copy: frame.clone(), bitmap: await createImageBitmap(frame) };
      closed.close();
      Object.assign(globalThis, { kept, memory: new WebAssembly.Memory({ initial: 3 }) });
    });
    const [holdings] = await probe.holdings();
    expect(holdings).toMatchObject({ thread: 'page', videoFrames: 2, bitmaps: 1, wasmBytes: 3 * 65536 });
    expect(holdings.heapBytes).toBeGreaterThan(100_000);
    await probe.detach();
    // Without the page's own check, which would fail this test as it is meant to.
    await page.page.close();
  });
});
