import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import {
  type BridgeMessage,
  decodeMessage,
  encodeMessage,
  protocolName,
  tokenEntryPrefix,
} from '../../src/bridge/message.js';
import { connectTo, openOn, openSocket, type SocketSettings, storedConveyor } from './host-client.js';
import { startHost, type TestHost } from './test-host.js';

let host: TestHost;

beforeAll(async () => {
  host = await startHost([
    ...['--allow-origin', 'https://panel.example:8443'],
    ...['--camera', 'belt=synthetic,seed=7,frameRate=50,width=64,height=64'],
  ]);
});

afterAll(async () => {
  const { code, stderr } = await host.close();
  expect({ code, stderr: stderr.replace(/\nreflexarc: SIGTERM.*\n/, '') }).toEqual({ code: 0, stderr: '' });
});

/** Status of the answer to an opening request: 101 where it became a WebSocket. */
async function upgrade(settings: SocketSettings): Promise<number> {
  const socket = openSocket(host, settings);
  return new Promise((resolve) => {
    socket.on('unexpected-response', (_, response) => {
      resolve(response.statusCode ?? 0);
      socket.terminate();
    });
    socket.on('open', () => {
      socket.close(1000);
      resolve(101);
    });
  });
}

const get = (path: string, headers: Record<string, string>, method = 'GET') =>
  new Promise<{ status: number; headers: Record<string, unknown> }>((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: host.port, path, headers, method }, (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, headers: response.headers });
    });
    asked.once('error', reject);
    asked.end();
  });

// What the test before has closed takes a moment to end.
beforeEach(() => expect.poll(connections, { timeout: 30_000 }).toBe(0));

async function connections(): Promise<number> {
  const headers = { Authorization: `Bearer ${host.token}` };
  const response = await fetch(new URL('.reflexarc/status', host.url), { headers });
  return ((await response.json()) as { connections: number }).connections;
}

async function expectUp(): Promise<void> {
  const { connection } = await connectTo(() => host);
  const pipeline = await openOn(connection, { frames: 2 });
  let results = 0;
  for await (const _ of pipeline.run()) results++;
  expect(results).toBe(2);
  connection.close();
}

describe('who is let in', () => {
  const token = () => `${tokenEntryPrefix}${host.token}`;

  it.each<[string, number, () => SocketSettings]>([
    ['its own page', 101, () => ({})],
    [
      'a page by the other name',
      101,
      () => ({ host: `localhost:${host.port}`, origin: `http://localhost:${host.port}` }),
    ],
    ['a page of an allowed origin', 101, () => ({ origin: 'https://panel.example:8443' })],
    ['a foreign origin', 403, () => ({ origin: 'https://evil.example' })],
    ['the allowed origin with another port', 403, () => ({ origin: 'https://panel.example' })],
    ['the opaque origin', 403, () => ({ origin: 'null' })],
    ['its own origin with another port', 403, () => ({ origin: `http://127.0.0.1:${host.port + 1}` })],
    ['no origin', 403, () => ({ origin: null })],
    ['a foreign name for this machine', 403, () => ({ host: `evil.example:${host.port}` })],
    ['its name with another port', 403, () => ({ host: '127.0.0.1:1' })],
    ['no token', 401, () => ({ protocols: [protocolName] })],
    ['a wrong token', 401, () => ({ protocols: [protocolName, `${tokenEntryPrefix}${'A'.repeat(43)}`] })],
    ['half a token', 401, () => ({ protocols: [protocolName, token().slice(0, -1)] })],
    ['another protocol', 400, () => ({ protocols: ['reflexarc.v2', token()] })],
    ['another path', 404, () => ({ path: '/' })],
  ])('%s: %i', async (_, status, settings) => {
    expect(await upgrade(settings())).toBe(status);
  });

  it('over both loopback addresses, and over no other', async () => {
    const hasIpv6 = Object.values(networkInterfaces())
      .flat()
      .some((found) => found?.address === '::1');
    if (hasIpv6) {
      expect(await upgrade({ address: '[::1]', host: `[::1]:${host.port}`, origin: `http://[::1]:${host.port}` })).toBe(
        101,
      );
    }
    const others = Object.values(networkInterfaces())
      .flat()
      .filter((found) => found && !found.internal && found.family === 'IPv4');
    for (const other of others) {
      const socket = openSocket(host, { address: other?.address });
      const [error] = await once(socket, 'error');
      expect(error.code).toBe('ECONNREFUSED');
    }
  });

  it('asks for the token over HTTP, too, and serves the page without one', async () => {
    const own = { Host: `127.0.0.1:${host.port}` };
    expect((await get('/', own)).status).toBe(200);
    expect((await get('/', { Host: 'evil.example' })).status).toBe(403);
    expect((await get('/.reflexarc/status', own)).status).toBe(401);
    expect((await get('/.reflexarc/status', { ...own, Authorization: 'Bearer nothing' })).status).toBe(401);
    const bearer = { ...own, Authorization: `Bearer ${host.token}` };
    expect((await get('/.reflexarc/status', bearer)).status).toBe(200);
    expect((await get('/.reflexarc/status', { ...bearer, Origin: 'https://evil.example' })).status).toBe(403);
    expect((await get('/.reflexarc/stop', { ...own }, 'POST')).status).toBe(401);
    expect((await get('/.reflexarc/stop', bearer)).status).toBe(404);
    // Its own page, too: to stop a host is for programs.
    const fromPage = { ...bearer, Origin: `http://127.0.0.1:${host.port}` };
    expect((await get('/.reflexarc/stop', fromPage, 'POST')).status).toBe(403);
    const { headers } = await get('/', own);
    expect(headers).toMatchObject({
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'content-security-policy': expect.stringContaining("default-src 'self'"),
    });
  });

  it('keeps the token from other users', () => {
    expect(statSync(host.tokenFile).mode & 0o777).toBe(0o600);
  });
});

describe('what is too much', () => {
  const ended = async (socket: WebSocket): Promise<number> => (await once(socket, 'close'))[0];

  it('a message that is too long ends the connection', async () => {
    const socket = openSocket(host);
    await once(socket, 'open');
    socket.send(new Uint8Array(256 * 1024 + 1));
    expect(await ended(socket)).toBe(1009);
    await expectUp();
  });

  it('more connections than the limit are refused, and let in when others have gone', async () => {
    const sockets = Array.from({ length: 16 }, () => openSocket(host));
    await Promise.all(sockets.map((socket) => once(socket, 'open')));
    expect(await upgrade({})).toBe(503);
    for (const socket of sockets) socket.close(1000);
    await Promise.all(sockets.map((socket) => ended(socket)));
    await expectUp();
  });

  it('more streams than the limit are refused', async () => {
    const { connection } = await connectTo(() => host);
    for (let opened = 0; opened < 8; opened++) await openOn(connection, { frames: 1 });
    await expect(openOn(connection, { frames: 1 })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT',
      expected: 'at most 8 streams of a connection',
    });
    connection.close();
    await expectUp();
  }, 180_000);

  it('a flood ends the connection', async () => {
    const socket = openSocket(host);
    await once(socket, 'open');
    const ping = encodeMessage({ type: 'PING', stream: 0, sequence: 1, time: 0, payload: undefined });
    for (let sent = 0; sent < 5000; sent++) socket.send(ping);
    expect(await ended(socket)).toBe(1008);
    await expectUp();
  });

  // Asks for what is refused in as many words: each answer has some 380 kB.
  const long = (stream: number) => {
    const source = { type: 'camera', deviceId: 'y'.repeat(190_000) };
    const definition = { source, model: { type: 'bundle', path: storedConveyor } };
    return encodeMessage({ type: 'OPEN', stream, sequence: stream, time: 0, payload: { definition } });
  };
  const tcp = (socket: WebSocket) => (socket as unknown as { _socket: { pause(): void; resume(): void } })._socket;

  it('a client that reads slowly misses results, whatever its credit', async () => {
    const socket = openSocket(host);
    const messages: BridgeMessage[] = [];
    socket.on('message', (data: Buffer) => messages.push(decodeMessage(data)));
    const of = (type: BridgeMessage['type']) => messages.filter((message) => message.type === type);
    const results = () => of('RESULT') as (BridgeMessage & { payload: { missed: number } })[];
    await once(socket, 'open');
    const definition = {
      source: { type: 'camera', deviceId: 'belt' },
      model: { type: 'bundle', path: storedConveyor },
    };
    socket.send(encodeMessage({ type: 'OPEN', stream: 1, sequence: 1, time: 0, payload: { definition } }));
    await expect.poll(() => of('OPENED').length, { timeout: 30_000 }).toBe(1);
    socket.send(encodeMessage({ type: 'CREDIT', stream: 1, sequence: 0, time: 0, payload: { results: 1_000_000 } }));
    await expect.poll(() => results().length, { timeout: 30_000 }).toBeGreaterThan(5);
    expect(results().every(({ payload }) => payload.missed === 0)).toBe(true);
    tcp(socket).pause();
    // More than 1 MiB beyond what the kernel keeps, and less than 16.
    for (let stream = 2; stream < 32; stream++) socket.send(long(stream));
    await new Promise((done) => setTimeout(done, 2000));
    const before = results().length;
    tcp(socket).resume();
    await expect.poll(() => of('ERROR').length, { timeout: 20_000 }).toBe(30);
    await expect.poll(() => results().some(({ payload }) => payload.missed > 0), { timeout: 20_000 }).toBe(true);
    const { length } = results();
    // Some were under way when it became slow; the others of these two seconds were replaced by newer ones, and counted.
    const missed = results().reduce((sum, { payload }) => sum + payload.missed, 0);
    expect(missed).toBeGreaterThan(20);
    expect(results().at(-1)?.sequence).toBe(length + missed);
    expect(length).toBeGreaterThan(before);
    expect(socket.readyState).toBe(socket.OPEN);
    socket.close(1000);
    await expectUp();
  }, 120_000);

  it('a client that reads nothing is given up before it has grown the host', async () => {
    const socket = openSocket(host);
    await once(socket, 'message');
    tcp(socket).pause();
    const before = rss();
    let sent = 0;
    let highest = 0;
    // Faster than the host gives up one that does not answer its pings, and within the rate.
    while (sent < 900 && (await connections()) > 0) {
      for (let n = 0; n < 10; n++) socket.send(long(++sent));
      await expect
        .poll(() => socket.bufferedAmount, { interval: 5, timeout: 5000 })
        .toBe(0)
        .catch(() => {});
      highest = Math.max(highest, rss());
    }
    // 340 MB of answers were asked for in all.
    expect(sent).toBeLessThan(400);
    expect(highest - before).toBeLessThan(150e6);
    socket.terminate();
    await expectUp();
  }, 120_000);
});

function rss(): number {
  const [, kilobytes] = /VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${host.pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

describe('garbage', () => {
  it('instead of HTTP is refused', async () => {
    const lines = [
      'GET',
      'GET / HTTP/9',
      `GET ${'a'.repeat(70_000)} HTTP/1.1`,
      '\0\0\0\0',
      'POST / HTTP/1.1\r\nHost: x\r\n\r\n',
    ];
    for (const line of lines) {
      const socket = connect(host.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.end(`${line}\r\n\r\n`);
      socket.resume();
      await new Promise((closed) => socket.once('close', closed));
    }
    await expectUp();
  });
});
