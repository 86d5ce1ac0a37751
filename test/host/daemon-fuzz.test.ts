import { once } from 'node:events';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { HostStatus } from '../../src/bridge/host-status.js';
import { type BridgeMessage, decodeMessage, encodeMessage, type MessageType } from '../../src/bridge/message.js';
import { type FuzzedRequest, fuzzedRequests, garbageMessages } from './fuzzed-requests.js';
import { connectTo, openOn, openSocket, storedConveyor } from './host-client.js';
import { familyOf } from './process-list.js';
import { startHost, type TestHost } from './test-host.js';

vi.setConfig({ testTimeout: 120_000 });

const garbageCount = 84_000;
const requestCount = 18_000;
const connections = 4;
const atOnce = 8;
const streamsPerConnection = 8;
const batch = 200;

let host: TestHost;

beforeAll(async () => {
  const camera = 'belt=synthetic,seed=7,frameRate=10,width=64,height=64';
  host = await startHost(['--camera', camera, '--camera', 'other=synthetic']);
});

afterAll(async () => {
  const { code, stderr } = await host.close();
  expect({ code, stderr: stderr.replace(/\nreflexarc: SIGTERM.*\n/, '') }).toEqual({ code: 0, stderr: '' });
});

async function expectNothingLeft(): Promise<void> {
  const headers = { Authorization: `Bearer ${host.token}` };
  const status = async () => {
    const response = await fetch(new URL('.reflexarc/status', host.url), { headers });
    const { connections, waiting, pipelines } = (await response.json()) as HostStatus;
    return { connections, waiting, pipelines: pipelines.length, processes: familyOf(host.pid).length };
  };
  const nothing = { connections: 0, waiting: 0, pipelines: 0, processes: 1 };
  await expect.poll(status, { timeout: 60_000 }).toEqual(nothing);
}

async function expectUp(): Promise<void> {
  const { connection } = await connectTo(() => host);
  const pipeline = await openOn(connection, { frames: 2 });
  let results = 0;
  for await (const _ of pipeline.run()) results++;
  expect(results).toBe(2);
  connection.close();
}

/** A bare connection that counts what it gets. @param onMessage sees each. */
async function connect(onMessage: (message: BridgeMessage) => void) {
  const socket = openSocket(host);
  let end: number | undefined;
  let wake = () => {};
  socket.on('message', (data: Buffer) => {
    onMessage(decodeMessage(data));
    wake();
  });
  await once(socket, 'open');
  const send = (type: MessageType, stream: number, sequence: number, payload?: unknown) =>
    socket.send(encodeMessage({ type, stream, sequence, time: 0, payload }));
  const close = async () => {
    if (end !== undefined) return;
    socket.close(1000);
    await once(socket, 'close');
  };
  /** Waits until something has come; fails where the host ends the connection. */
  const until = async (seen: () => boolean) => {
    while (!seen()) {
      expect(end).toBeUndefined();
      await new Promise<void>((resolve) => (wake = resolve));
    }
    expect(end).toBeUndefined();
  };
  socket.on('close', (code) => {
    end = code;
    wake();
  });
  return { socket, send, close, until };
}

it(`is up after ${garbageCount} different messages of garbage`, async () => {
  const messages = garbageMessages(garbageCount);
  const answers = new Map<MessageType, number>();
  let sent = 0;
  const worker = async () => {
    while (sent < messages.length) {
      let read = false;
      const { socket, send, close, until } = await connect(({ type, sequence }) => {
        answers.set(type, (answers.get(type) ?? 0) + 1);
        read ||= type === 'PONG' && sequence === 4711;
      });
      // Fewer than a connection is closed for, and an answer to wait for: each of them has been read.
      for (const bytes of messages.slice(sent, sent + 31)) socket.send(bytes);
      sent += 31;
      send('PING', 0, 4711);
      await until(() => read);
      await close();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  expect(answers.get('ERROR')).toBeGreaterThan(0.8 * garbageCount);
  expect(answers.get('OPENED')).toBeUndefined();
  await expectNothingLeft();
  await expectUp();
});

it(`keeps its limits through ${requestCount} different requests with wrong values, beside pipelines that run`, async () => {
  const requests = fuzzedRequests(requestCount);
  const share = Math.ceil(requests.length / connections);
  const totals = await Promise.all(
    Array.from({ length: connections }, (_, index) => trouble(requests.slice(index * share, (index + 1) * share))),
  );
  expect(totals.reduce((sum, { opened }) => sum + opened, 0)).toBeGreaterThanOrEqual(2 * connections);
  for (const { most, refused, results } of totals) {
    // Every kind has come behind the parser.
    expect(refused.OPEN).toBeGreaterThan(100);
    expect(refused.SWAP).toBeGreaterThan(100);
    expect(most).toBeLessThanOrEqual(streamsPerConnection);
    // The first pipeline has run all the time.
    expect(results).toBeGreaterThan(5);
  }
  await expectNothingLeft();
  await expectUp();
});

/** Sends requests on a connection with a pipeline that runs, at less than its rate, and leaves. */
async function trouble(requests: FuzzedRequest[]) {
  const live = new Set<number>();
  const refused = { OPEN: 0, SWAP: 0 };
  let [opened, most, results, heard] = [0, 0, 0, 0];
  const { send, close, until } = await connect(({ type, stream, sequence }) => {
    if (type === 'OPENED') {
      opened++;
      live.add(stream);
      most = Math.max(most, live.size);
    } else if (type === 'PONG') heard = sequence;
    else if (type === 'CLOSED') live.delete(stream);
    else if (type === 'ERROR') refused[stream === 1 && sequence > 1 ? 'SWAP' : 'OPEN']++;
    else if (type === 'RESULT' && stream === 1) results++;
  });
  const definition = { source: { type: 'camera', deviceId: 'belt' }, model: { type: 'bundle', path: storedConveyor } };
  send('OPEN', 1, 1, { definition });
  await until(() => opened === 1);
  send('CREDIT', 1, 0, { results: 1_000_000 });
  const began = performance.now();
  let next = 2;
  let nonsense = 0;
  for (const [index, { type, payload }] of requests.entries()) {
    const sequence = index + 2;
    // Of numbers that make no sense so many as a connection may send; else the one that runs, or one of the last.
    const foolish = type !== 'CREDIT' && index % 97 === 0 && nonsense++ < 20;
    if (type === 'CREDIT') send(type, [1, next - (index % 9), 0xffffffff - index][index % 3], sequence, payload);
    else if (type === 'SWAP') send(type, foolish ? 0xffffffff : 1, sequence, payload);
    else send(type, foolish ? index % 2 : next++, sequence, payload);
    // One among them that is as it should be, with a number that none of the others names.
    if (index === 0) send('OPEN', 1_000_000, sequence, { definition });
    if (index % 5 === 0) send('CLOSE', Math.max(2, next - (index % 40)), 0);
    if (index % batch !== batch - 1) continue;
    // What a host that is busy has not read yet would come all at once.
    send('PING', 0, sequence);
    await until(() => heard === sequence);
    // 1,000 in a second are let through, and 2,000 at once.
    const ahead = index * 1.3 - 1200 - (performance.now() - began) * 0.9;
    if (ahead > 0) await new Promise((done) => setTimeout(done, ahead));
  }
  await until(() => live.has(1_000_000));
  const before = results;
  await until(() => results > before);
  await close();
  return { opened, most, refused, results };
}
