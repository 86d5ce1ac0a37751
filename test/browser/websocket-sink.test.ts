import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { WebSocketSinkStats } from '../../src/respond/websocket-sink.web.js';
import { type Chromium, describeWithChromium, launchChromium } from './chromium.js';
import { type Site, serveSite } from './site-server.js';
import { openPage } from './test-page.js';
import { serveWebSocket } from './web-socket-server.js';

describeWithChromium('WebSocketSink in Chromium', () => {
  let chromium: Chromium;
  let site: Site;

  beforeAll(async () => {
    [chromium, site] = await Promise.all([launchChromium(), serveSite()]);
  });

  afterAll(async () => {
    await Promise.all([chromium?.close(), site?.close()]);
  });

  it('sends whole results of any size, in order, and what is queued before it closes', async () => {
    await using server = await serveWebSocket();
    await using page = await openPage(chromium, site);
    await page.inPage('websocket-sink', 'open', server.url);
    // Longer than 125 and than 65535 bytes: each has a header of its own.
    await page.inPage('websocket-sink', 'send', 0, 3, 0);
    await page.inPage('websocket-sink', 'send', 3, 5, 1000);
    const stats = await page.inPage<WebSocketSinkStats>('websocket-sink', 'close');
    expect(stats).toEqual({ state: 'closed', sent: 5, dropped: 0, queued: 0, connections: 1 });
    await vi.waitFor(() => expect(server.messages).toHaveLength(5));
    const results = server.messages.map((text) => JSON.parse(text));
    expect(results.map(({ type, frame, items }) => [type, frame, items.length])).toEqual([
      ['result', 0, 0],
      ['result', 1, 0],
      ['result', 2, 0],
      ['result', 3, 1000],
      ['result', 4, 1000],
    ]);
    expect(results[4].items[999]).toEqual({
      box: { x: 1, y: 2, width: 3, height: 4 },
      score: 0.5,
      classId: 4,
      label: 'Mütter',
    });
  });

  it('comes back after a cut and after an outage, with the latest of what happened meanwhile', async () => {
    const first = await serveWebSocket();
    await using page = await openPage(chromium, site);
    const stats = () => page.inPage<WebSocketSinkStats>('websocket-sink', 'stats');
    await page.inPage('websocket-sink', 'open', first.url);
    await vi.waitFor(async () => expect((await stats()).state).toBe('open'));
    first.cut();
    await vi.waitFor(async () => expect(await stats()).toMatchObject({ state: 'open', connections: 2 }), {
      timeout: 5000,
    });
    expect(first.connections).toBe(2);
    await first.close();
    await vi.waitFor(async () => expect((await stats()).state).not.toBe('open'));
    expect(await page.inPage('websocket-sink', 'send', 0, 20)).toMatchObject({ sent: 0, queued: 8, dropped: 12 });
    await using second = await serveWebSocket(Number(new URL(first.url).port));
    await vi.waitFor(() => expect(second.messages).toHaveLength(8), { timeout: 5000 });
    expect(second.messages.map((text) => JSON.parse(text).frame)).toEqual([12, 13, 14, 15, 16, 17, 18, 19]);
    expect(await page.inPage('websocket-sink', 'close')).toMatchObject({
      state: 'closed',
      sent: 8,
      dropped: 12,
      connections: 3,
    });
  });

  it('asks for nothing but the address it was given', async () => {
    await using server = await serveWebSocket();
    await using page = await openPage(chromium, site);
    await page.inPage('websocket-sink', 'open', server.url);
    await page.inPage('websocket-sink', 'send', 0, 1);
    await page.inPage('websocket-sink', 'close');
    const origins = new Set(page.requests.map((url) => new URL(url).origin));
    origins.delete(new URL(server.url).origin);
    expect([...origins]).toEqual([site.origin]);
  });
});
