import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { type BridgeMessage, decodeMessage, encodeMessage } from '../../src/bridge/message.js';
import { ModelStore } from '../../src/deploy/model-store.node.js';
import type { Daemon } from '../../src/host/daemon.node.js';
import { root } from './cli-process.js';
import { openSocket, storedConveyor } from './host-client.js';
import { familyOf, processesThatShow } from './process-list.js';

vi.setConfig({ testTimeout: 120_000 });

const definition = {
  source: { type: 'synthetic', width: 320, height: 180 },
  model: { type: 'bundle', path: storedConveyor },
};

let folder: string;
let daemon: Daemon;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reflexarc-caps-'));
  const store = await ModelStore.open(join(folder, 'store'));
  await store.add(join(root, 'models', 'conveyor'));
  // The built one: its children are programs.
  const built = join(root, 'dist', 'host', 'daemon.node.js');
  const { Daemon } = (await import(built)) as typeof import('../../src/host/daemon.node.js');
  daemon = await Daemon.start({
    port: 0,
    app: join(root, 'models'),
    tokenFile: join(folder, 'token.json'),
    store: store.folder,
    cameras: [],
    origins: [],
    runtimes: [],
    limits: { streams: 4, streamsPerConnection: 3, graceMs: 120_000 },
  });
});

afterAll(async () => {
  await daemon?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A bare connection, and the answers that it has got. */
async function connect(): Promise<{ socket: WebSocket; messages: BridgeMessage[]; open(...ids: number[]): void }> {
  const socket = openSocket(daemon);
  const messages: BridgeMessage[] = [];
  socket.on('message', (data: Buffer) => {
    const message = decodeMessage(data);
    if (message.type === 'OPENED' || message.type === 'ERROR') messages.push(message);
  });
  await once(socket, 'open');
  let sequence = 0;
  const open = (...ids: number[]) => {
    for (const stream of ids) {
      socket.send(encodeMessage({ type: 'OPEN', stream, sequence: ++sequence, time: 0, payload: { definition } }));
    }
  };
  return { socket, messages, open };
}

// Runtimes' processes, of this daemon alone.
function children(): string[] {
  const family = familyOf(process.pid).map((one) => one.split(' ')[0]);
  return processesThatShow('child-main.node.js', ['cmdline']).filter((one) => family.includes(one.split(' ')[0]));
}

const typesOf = (messages: BridgeMessage[]) => messages.map(({ type }) => type).sort();
const answers = async (messages: BridgeMessage[], count: number) => {
  await expect.poll(() => messages.length, { timeout: 60_000 }).toBe(count);
  return typesOf(messages);
};
const noneLeft = () => expect.poll(children, { timeout: 30_000 }).toEqual([]);

it('one stream is opened for one number, however often that is asked at once', async () => {
  const { socket, messages, open } = await connect();
  open(...Array(24).fill(1));
  expect(await answers(messages, 24)).toEqual([...Array(23).fill('ERROR'), 'OPENED']);
  expect(children().length).toBe(1);
  socket.close(1000);
  await noneLeft();
});

it('what is being opened ends with its connection, however that ends', async () => {
  for (const code of [1000, undefined]) {
    const { socket, open } = await connect();
    open(1, 1, 2, 2, 1, 2);
    await expect.poll(() => children().length, { interval: 5, timeout: 30_000 }).toBe(2);
    if (code === undefined) socket.terminate();
    else socket.close(code);
    await noneLeft();
  }
});

it('numbers that make no sense end a connection', async () => {
  const { socket, open } = await connect();
  open(...Array(32).fill(0));
  const [code] = await once(socket, 'close');
  expect(code).toBe(1002);
});

it('streams that wait for their pages count, so that pages that are cut off do not fill the machine', async () => {
  const cut = await connect();
  cut.open(1, 2, 3);
  expect(await answers(cut.messages, 3)).toEqual(['OPENED', 'OPENED', 'OPENED']);
  const keys = cut.messages.map(({ payload }) => (payload as { key: string }).key);
  cut.socket.terminate();
  await expect.poll(() => daemon.connections).toBe(0);
  const next = await connect();
  next.open(1, 2, 3);
  expect(await answers(next.messages, 3)).toEqual(['ERROR', 'ERROR', 'OPENED']);
  expect(next.messages.find(({ type }) => type === 'ERROR')?.payload).toMatchObject({
    error: {
      code: 'ERR_ARGUMENT',
      expected: 'at most 4 streams of this host',
      remedy: expect.stringContaining('3 of them end within 120 s'),
    },
  });
  expect(children().length).toBe(4);
  // Who comes back needs no more room than it has.
  const resume = { resume: keys[0], results: 0, news: 0 };
  next.socket.send(encodeMessage({ type: 'OPEN', stream: 7, sequence: 9, time: 0, payload: resume }));
  expect(await answers(next.messages, 4)).toContain('OPENED');
  expect(next.messages.at(-1)).toMatchObject({ type: 'OPENED', sequence: 9 });
  next.socket.close(1000);
  await daemon.close();
  await noneLeft();
});
