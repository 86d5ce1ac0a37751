import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import {
  decodeMessage,
  encodeMessage,
  messageTypes,
  protocolName,
  tokenEntryPrefix,
} from '../../src/bridge/message.js';
import { seed } from '../conformance/random-numbers.js';
import { connectTo, openOn, openSocket, type SocketSettings, storedConveyor } from './host-client.js';
import { startHost, type TestHost } from './test-host.js';

let host: TestHost;

beforeAll(async () => {
  host = await startHost(['--allow-origin', 'https://panel.example:8443']);
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

  it('a client that reads nothing does not grow the host', async () => {
    const socket = openSocket(host);
    const greeted = once(socket, 'message');
    await greeted;
    // The kernel's buffers fill; pongs wait in the host until it has enough.
    (socket as unknown as { _socket: { pause(): void } })._socket.pause();
    const before = rss();
    const credit = { results: 1_000_000, previews: 0 };
    const send = (type: 'OPEN' | 'CREDIT', sequence: number, payload: unknown) =>
      socket.send(encodeMessage({ type, stream: 1, sequence, time: 0, payload }));
    const source = { type: 'synthetic', width: 64, height: 64 };
    send('OPEN', 1, { definition: { source, model: { type: 'bundle', path: storedConveyor } } });
    await new Promise((done) => setTimeout(done, 1500));
    send('CREDIT', 0, credit);
    await new Promise((done) => setTimeout(done, 3000));
    expect(rss() - before).toBeLessThan(150e6);
    socket.terminate();
    await expectUp();
  });
});

function rss(): number {
  const [, kilobytes] = /VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${host.pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

// Bytes of every kind: noise, torn and twisted messages, right headers with wrong payloads, right messages at the wrong time.
const u32 = fc.oneof(fc.constantFrom(0, 1, 2, 0xffffffff), fc.nat(0xffffffff));
const garbage = fc.oneof(
  fc.uint8Array({ maxLength: 80 }),
  fc
    .tuple(
      fc.constantFrom(...(Object.keys(messageTypes) as (keyof typeof messageTypes)[])),
      fc.integer({ min: 0, max: 9 }),
      u32,
      fc.oneof(
        fc.jsonValue({ maxDepth: 3 }),
        fc.uint8Array({ maxLength: 64 }),
        fc
          .record({ results: fc.oneof(fc.integer(), fc.double()), previews: fc.anything() })
          .map((value) => ({ ...value })),
        fc.record({ resume: fc.string(), results: u32, news: u32 }),
        fc.record({ definition: fc.record({ source: fc.jsonValue(), model: fc.jsonValue() }) }),
      ),
      fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 3 }),
      fc.option(fc.nat(60)),
    )
    .map(([type, stream, sequence, payload, twists, cut]) => {
      let bytes: Uint8Array;
      try {
        bytes = encodeMessage({ type, stream, sequence, time: sequence, payload });
      } catch {
        bytes = new Uint8Array();
      }
      for (const [at, value] of twists) if (at < bytes.length) bytes[at] = value;
      return cut === null ? bytes : bytes.subarray(0, cut);
    }),
);

describe('garbage', () => {
  it('of 100,000 messages is refused, and the host stays up', async () => {
    const messages = fc.sample(garbage, { numRuns: 20_000, seed });
    const answers = new Map<string, number>();
    let sent = 0;
    // Fewer than a connection is closed for, and an answer to wait for: each of them has been read.
    const ping = encodeMessage({ type: 'PING', stream: 0, sequence: 4711, time: 0, payload: undefined });
    const worker = async (from: number) => {
      for (let at = from; sent < 100_000; ) {
        const socket = openSocket(host);
        const answered = new Promise<void>((resolve, reject) => {
          socket.on('close', (code) => reject(new Error(`closed with ${code}`)));
          socket.on('message', (data: Buffer) => {
            const { type, sequence } = decodeMessage(data);
            answers.set(type, (answers.get(type) ?? 0) + 1);
            if (type === 'PONG' && sequence === 4711) resolve();
          });
        });
        // Seen below; a host that dies before that must not be told by an unhandled rejection.
        answered.catch(() => {});
        await once(socket, 'open');
        for (let n = 0; n < 31; n++, sent++) socket.send(messages[at++ % messages.length]);
        socket.send(ping);
        await answered;
        socket.removeAllListeners('close');
        socket.close(1000);
        await once(socket, 'close');
      }
    };
    await Promise.all(Array.from({ length: 4 }, (_, index) => worker(index * 5000)));
    expect(sent).toBeGreaterThanOrEqual(100_000);
    expect(answers.get('ERROR')).toBeGreaterThan(80_000);
    expect(answers.get('OPENED')).toBeUndefined();
    await expectUp();
  }, 180_000);

  it('instead of HTTP is refused, too', async () => {
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
