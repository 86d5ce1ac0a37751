import { afterAll, beforeAll, expect, it } from 'vitest';
import { pageDefinition } from '../bench/page/page-runs.js';
import { soakPage } from '../soak/page-soak.js';
import { type CameraSite, openCameraSite } from './camera-site.js';
import { describeWithChromium } from './chromium.js';

// What compilers learn makes a heap grow in the first minutes. An object of 333 bytes that is kept per frame takes as much.
const heapGrowth = 600_000;

describeWithChromium('a pipeline in a page for a minute', () => {
  let opened: CameraSite;

  beforeAll(async () => {
    opened = await openCameraSite(1280, 720);
  });
  afterAll(() => opened?.close());

  it('holds no more at its end than when it was warm', { timeout: 120_000 }, async () => {
    const report = await soakPage(opened.chromium, opened.site, {
      definition: pageDefinition('camera'),
      // With a picture of each frame, so that bitmaps cross, too.
      preview: true,
      minutes: 1,
      everySeconds: 2,
      warmUpMinutes: 0.4,
      heapGrowth,
    });
    expect(Object.entries(report.flatness).filter(([, { grows }]) => grows)).toEqual([]);
    // A third of what the camera gives, for machines that are busy.
    expect(report.stats.frames).toBeGreaterThan(600);
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
