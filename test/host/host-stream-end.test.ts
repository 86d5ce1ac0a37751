import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { type BridgeMessage, decodeMessage, encodeMessage, type MessageType } from '../../src/bridge/message.js';
import { openSocket, storedConveyor } from './host-client.js';
import { startHost, type TestHost } from './test-host.js';

let host: TestHost;

beforeAll(async () => {
  host = await startHost();
});

afterAll(async () => {
  await host?.close();
});

/** A bare connection with all that came over it. */
async function connect() {
  const socket: WebSocket = openSocket(host);
  const messages: BridgeMessage[] = [];
  socket.on('message', (data: Buffer) => messages.push(decodeMessage(data)));
  await once(socket, 'open');
  const send = (type: MessageType, sequence: number, payload?: unknown) =>
    socket.send(encodeMessage({ type, stream: 1, sequence, time: 0, payload }));
  const got = async (type: MessageType) => {
    while (!messages.some((message) => message.type === type)) await once(socket, 'message');
    return messages.find((message) => message.type === type) as BridgeMessage;
  };
  return { socket, messages, send, got };
}

describe('the end of a stream', () => {
  it('is its last message, also where a picture is still being made', async () => {
    const { socket, messages, send, got } = await connect();
    const model = { type: 'bundle', path: storedConveyor };
    // Large enough that encoding takes longer than all that is left to do.
    const source = { type: 'synthetic', width: 3840, height: 2160 };
    send('OPEN', 1, { definition: { source, model, frames: 1 }, preview: { maxSide: 3840, rate: 60 } });
    await got('OPENED');
    send('CREDIT', 0, { results: 1, previews: 1 });
    await got('CLOSED');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(messages.map(({ type }) => type)).toContain('RESULT');
    expect(messages.at(-1)?.type).toBe('CLOSED');
    socket.close(1000);
  });

  it('is what a swap under way is refused with', async () => {
    const { socket, send, got } = await connect();
    const model = { type: 'bundle', path: storedConveyor };
    send('OPEN', 1, { definition: { source: { type: 'synthetic', width: 640, height: 360 }, model } });
    await got('OPENED');
    send('CREDIT', 0, { results: 100 });
    await got('RESULT');
    send('SWAP', 2, { model });
    send('CLOSE', 0);
    const { sequence, payload } = await got('ERROR');
    expect({ sequence, payload }).toMatchObject({ sequence: 2, payload: { error: { code: 'ERR_CLOSED' } } });
    await got('CLOSED');
    socket.close(1000);
  });
});

describe('a stream whose old connection is not known to be broken', () => {
  it('goes on over the new one', async () => {
    const old = await connect();
    const model = { type: 'bundle', path: storedConveyor };
    old.send('OPEN', 1, { definition: { source: { type: 'synthetic', width: 640, height: 360 }, model, frames: 20 } });
    const { key } = (await old.got('OPENED')).payload as { key: string };
    old.send('CREDIT', 0, { results: 3 });
    while (old.messages.filter(({ type }) => type === 'RESULT').length < 3) await once(old.socket, 'message');
    const fresh = await connect();
    fresh.send('OPEN', 1, { resume: key, results: 3, news: 0 });
    expect((await fresh.got('OPENED')).payload).toMatchObject({ key, resumed: true });
    // Whoever sends on the old one is not heard.
    old.send('CLOSE', 0);
    fresh.send('CREDIT', 0, { results: 100, received: 3 });
    await fresh.got('CLOSED');
    const numbers = fresh.messages.flatMap(({ type, sequence }) => (type === 'RESULT' ? [sequence] : []));
    expect(numbers).toEqual(Array.from({ length: 17 }, (_, i) => i + 4));
    expect(old.messages.some(({ type }) => type === 'CLOSED')).toBe(false);
    for (const { socket } of [old, fresh]) socket.close(1000);
  });
});
