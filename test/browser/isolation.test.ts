import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Chromium, describeWithChromium, launchChromium } from './chromium.js';
import { serveSite } from './site-server.js';
import { openPage } from './test-page.js';

describeWithChromium('the probe of isolation', () => {
  let chromium: Chromium;
  beforeAll(async () => {
    chromium = await launchChromium();
  });
  afterAll(() => chromium?.close());

  it.each(['inPage', 'inWorker'] as const)('finds shared memory where the headers are sent, %s', async (where) => {
    await using site = await serveSite({ isolated: true });
    await using page = await openPage(chromium, site);
    expect(await page[where]('isolation', 'probeIsolation')).toEqual({
      crossOriginIsolated: true,
      sharedMemory: true,
      threads: true,
      problem: null,
      remedy: null,
    });
    expect(page.complaints).toEqual([]);
  });

  it.each(['inPage', 'inWorker'] as const)('says why there is one thread only without them, %s', async (where) => {
    await using site = await serveSite();
    await using page = await openPage(chromium, site);
    expect(await page[where]('isolation', 'probeIsolation')).toMatchObject({
      crossOriginIsolated: false,
      sharedMemory: false,
      threads: false,
      problem: expect.stringContaining('not cross-origin isolated'),
      remedy: expect.stringContaining('Cross-Origin-Embedder-Policy'),
    });
  });
});
