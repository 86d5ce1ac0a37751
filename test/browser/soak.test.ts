import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FakeCamera, fakeCamera } from '../bench/page/fake-camera.js';
import { pageDefinition } from '../bench/page/page-runs.js';
import { soakPage } from '../soak/page-soak.js';
import { type Chromium, describeWithChromium, launchChromium } from './chromium.js';
import { type Site, serveSite } from './site-server.js';

// What compilers learn makes a heap grow in the first minutes. An object of 333 bytes that is kept per frame takes as much.
const heapGrowth = 600_000;

describeWithChromium('a pipeline in a page for a minute', () => {
  let camera: FakeCamera;
  let chromium: Chromium;
  let site: Site;

  beforeAll(async () => {
    camera = fakeCamera(1280, 720);
    chromium = await launchChromium(camera.flags);
    site = await serveSite({ isolated: true });
  });
  afterAll(async () => {
    await site?.close();
    await chromium?.close();
    camera?.remove();
  });

  it('holds no more at its end than when it was warm', { timeout: 120_000 }, async () => {
    const report = await soakPage(chromium, site, {
      definition: pageDefinition('camera'),
      // With a picture of each frame, so that bitmaps cross, too.
      preview: true,
      minutes: 1,
      everySeconds: 2,
      warmUpMinutes: 0.4,
      heapGrowth,
    });
    expect(Object.entries(report.flatness).filter(([, { grows }]) => grows)).toEqual([]);
    expect(report.stats.frames).toBeGreaterThan(60);
    expect(report.stats.faults).toBe(0);
    for (const { videoFrames, bitmaps, openFrames, workers, wasmBytes } of report.samples) {
      expect(workers).toBe(1);
      expect(wasmBytes).toBeGreaterThan(1_000_000);
      // What is on its way: one frame is read while another is worked on, and a picture waits to be shown.
      expect(videoFrames).toBeLessThanOrEqual(3);
      expect(bitmaps).toBeLessThanOrEqual(3);
      expect(openFrames).toBeLessThanOrEqual(3);
    }
    expect(report.after).toEqual({ workers: 0, videoFrames: 0, bitmaps: 0, openFrames: 0, wasmBytes: 0 });
  });
});
