import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type BridgeSocket, HostConnection } from '../../../src/bridge/host-connection.js';
import { HostedPipeline } from '../../../src/bridge/hosted-pipeline.js';
import { pipelineDefinitionSchema } from '../../../src/core/definition.js';
import { parse } from '../../../src/core/parse.js';
import type { PipelineHealth } from '../../../src/pipeline/health.js';
import { FakeSocket } from './fake-socket.js';

const hello = { version: '0', boot: 'one', pid: 1, cameras: [], runtimes: [], limits: {} };
const gone = { name: 'x', code: 'ERR_ARGUMENT', message: 'gone', subject: 's', expected: 'e', received: 'r' };
const opened = (key: string) => ({ key, info: { model: { path: '' } }, lossless: false, resumed: false });

let sockets: FakeSocket[];

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
});

afterEach(() => vi.useRealTimers());

const settle = () => vi.advanceTimersByTimeAsync(0);
const last = () => sockets.at(-1) as FakeSocket;
const asked = (type: string) => last().sent.findLast((message) => message.type === type);

/** The connection breaks, and another is there. */
async function again(): Promise<void> {
  const before = sockets.length;
  last().breaks();
  while (sockets.length === before) await vi.advanceTimersByTimeAsync(50);
  last().says('HELLO', 0, 0, hello);
  await settle();
}

function answer(type: 'OPENED' | 'ERROR', payload: unknown): Promise<unknown> {
  const open = asked('OPEN');
  last().says(type, 1, open?.sequence as number, payload);
  return settle();
}

async function begin() {
  const connecting = HostConnection.open({
    url: 'http://127.0.0.1:1',
    connect: () => {
      sockets.push(new FakeSocket());
      return last() as unknown as BridgeSocket;
    },
    checkToken: async () => 'taken',
  });
  last().says('HELLO', 0, 0, hello);
  const connection = await connecting;
  const input = { source: { type: 'camera' }, model: { type: 'bundle', path: 'models/a' } };
  const definition = parse(pipelineDefinitionSchema, input, 'definition');
  const health: PipelineHealth['type'][] = [];
  const opening = HostedPipeline.open(connection, definition, definition, {
    sinks: [],
    onHealth: ({ type }) => health.push(type),
  });
  await settle();
  await answer('OPENED', opened('first'));
  const run = (await opening).run();
  const next = run.next();
  await settle();
  expect(asked('CREDIT')).toBeDefined();
  return { connection, health, next };
}

describe('the pipeline of a page whose stream is gone', () => {
  it('is opened anew, also where the connection breaks once more meanwhile', async () => {
    const { connection, health, next } = await begin();
    await again();
    expect(asked('OPEN')?.payload).toMatchObject({ resume: 'first' });
    await answer('ERROR', { error: { ...gone, details: { reason: 'gone' } } });
    expect(asked('OPEN')?.payload).toHaveProperty('definition');
    // Before that is answered.
    await again();
    expect(asked('OPEN')?.payload).toMatchObject({ resume: 'first' });
    await answer('ERROR', { error: { ...gone, details: { reason: 'gone' } } });
    await answer('OPENED', opened('second'));
    expect(asked('CREDIT')?.payload).toMatchObject({ results: 2, received: 0 });
    last().says('RESULT', 1, 1, { result: { frame: 0, items: [], events: [] }, missed: 0 });
    await expect(next).resolves.toMatchObject({ done: false, value: { frame: 0 } });
    expect(health.at(-1)).toBe('restored');
    connection.close();
  });

  it('ends with what the host refuses with, a device that it has lost included', async () => {
    const { connection, next } = await begin();
    const refused = expect(next).rejects.toMatchObject({ code: 'ERR_DEVICE_LOST', details: { reason: 'crashed' } });
    await again();
    await answer('ERROR', { error: gone });
    await answer('ERROR', { error: { ...gone, code: 'ERR_DEVICE_LOST', details: { reason: 'crashed' } } });
    await vi.advanceTimersByTimeAsync(3000);
    await refused;
    connection.close();
  });
});
