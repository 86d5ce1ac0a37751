import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { HostHealth } from '../../src/bridge/host-connection.js';
import type { HostedPipeline } from '../../src/bridge/hosted-pipeline.js';
import type { FrameFault, Result, RuleEvent } from '../../src/core/result.js';
import type { PipelineHealth } from '../../src/pipeline/health.js';
import { standInForVideoDevice, type VideoDeviceStandIn } from '../v4l2-stand-in.js';
import { root } from './cli-process.js';
import { connectTo, openOn } from './host-client.js';
import { startHost, type TestHost } from './test-host.js';

const belt = {
  source: { type: 'synthetic', seed: 7 },
  track: { type: 'sort' },
  rules: [{ type: 'line', id: 'gate', from: { x: 0.5, y: 1 }, to: { x: 0.5, y: 0 }, reject: ['*-defective'] }],
} as const;
const rules = [{ ...belt.rules[0], reject: ['*-defective'] }];

// Hosts and children start in each of them.
vi.setConfig({ testTimeout: 180_000 });

let host: TestHost;
let device: VideoDeviceStandIn;

beforeAll(async () => {
  device = standInForVideoDevice();
  const cameras = ['belt=synthetic,seed=7,frameRate=20', 'line=/dev/video9,size=320x240,rate=20'];
  host = await startHost(
    cameras.flatMap((camera) => ['--camera', camera]),
    { env: { PATH: device.path } },
  );
});

afterAll(async () => {
  await host?.close();
  device[Symbol.dispose]();
});

/** What a run without disturbance gives. */
async function undisturbed(frames: number): Promise<{ frames: number[]; events: RuleEvent[] }> {
  const { connection } = await connectTo(() => host);
  const events: RuleEvent[] = [];
  const pipeline = await openOn(connection, { ...belt, rules, frames }, { onEvent: (event) => events.push(event) });
  const ids: number[] = [];
  for await (const { frame } of pipeline.run()) ids.push(frame);
  connection.close();
  return { frames: ids, events };
}

it('go on after a connection that broke: nothing lost of a source that waits, events neither lost nor doubled', async () => {
  const expected = await undisturbed(60);
  expect(expected.frames).toEqual(Array.from({ length: 60 }, (_, frame) => frame));
  expect(expected.events.map(({ type }) => type)).toContain('crossing');
  const news: HostHealth['type'][] = [];
  const health: PipelineHealth[] = [];
  const events: RuleEvent[] = [];
  const { connection, sockets } = await connectTo(
    () => host,
    ({ type }) => news.push(type),
  );
  const pipeline = await openOn(
    connection,
    { ...belt, rules, frames: 60 },
    { onEvent: (event) => events.push(event), onHealth: (told) => health.push(told) },
  );
  const ids: number[] = [];
  for await (const { frame } of pipeline.run()) {
    ids.push(frame);
    if (ids.length % 15 === 0) sockets.at(-1)?.terminate();
  }
  expect(ids).toEqual(expected.frames);
  expect(events).toEqual(expected.events);
  expect(sockets.length).toBeGreaterThanOrEqual(4);
  expect(news.slice(0, 2)).toEqual(['lost', 'restored']);
  expect(health.slice(0, 2)).toMatchObject([
    { type: 'restarting', reason: 'connection', attempt: 1 },
    { type: 'restored', restarts: 1, missed: 0 },
  ]);
  expect(pipeline.stats).toMatchObject({ frames: 60, drops: { queue: 0 } });
  connection.close();
});

it('say what a page has missed of a camera while it was away', async () => {
  const { connection, sockets } = await connectTo(() => host);
  const restored: PipelineHealth[] = [];
  const pipeline = await openOn(
    connection,
    { source: { type: 'camera', deviceId: 'belt' } },
    { onHealth: (told) => told.type === 'restored' && restored.push(told) },
  );
  const results: Result[] = [];
  let before = 0;
  for await (const result of pipeline.run()) {
    results.push(result);
    if (results.length === 5) {
      before = pipeline.stats.drops.queue;
      const socket = sockets[0];
      // The page sleeps: nothing of it is read for a second, and then the connection is gone.
      (socket as unknown as { _socket: { pause(): void } })._socket.pause();
      await new Promise((done) => setTimeout(done, 1000));
      socket.terminate();
    }
    if (results.length === 10) break;
  }
  const gap = results[5].frame - results[4].frame;
  expect(Math.max(gap, results[6].frame - results[5].frame, results[7].frame - results[6].frame)).toBeGreaterThan(5);
  expect(restored).toMatchObject([{ type: 'restored', restarts: 1 }]);
  expect(pipeline.stats.drops.queue - before).toBeGreaterThan(5);
  connection.close();
});

it('end at once when a page leaves, and after the grace time when it is cut off', async () => {
  const short = await startHost(['--grace', '1s']);
  try {
    const status = () => statusOf(short);
    const begin = async () => {
      const { connection, sockets } = await connectTo(() => short);
      const pipeline = await openOn(connection, belt as never);
      const run = pipeline.run();
      await run.next();
      return { connection, sockets, run, pipeline };
    };
    const leaving = await begin();
    leaving.sockets[0].close(1001);
    await once(leaving.sockets[0], 'close');
    await expect.poll(async () => (await status()).waiting).toBe(0);
    leaving.connection.close();
    const cut = await begin();
    cut.sockets[0].terminate();
    // The client comes back by itself: it must not, here.
    cut.connection.close();
    await expect.poll(async () => (await status()).waiting, { interval: 20 }).toBe(1);
    await expect.poll(async () => (await status()).waiting, { timeout: 5000 }).toBe(0);
  } finally {
    await short.close();
  }
});

it('tell frames that were lost with a child also where the page listens with a sink alone', async () => {
  const { connection } = await connectTo(() => host);
  const faults: number[] = [];
  const sink = { fault: ({ frame }: FrameFault) => void faults.push(frame) };
  const pipeline = await openOn(connection, { ...belt, rules, frames: 400 }, { sinks: [{ name: 'books', sink }] });
  const ids: number[] = [];
  const killed = new Set<number>();
  for await (const { frame } of pipeline.run()) {
    ids.push(frame);
    // Its children are known a second later.
    if (pipeline.stats.restarts < 2 && pipeline.children.at(-1)?.state === 'ready') {
      const { pid } = pipeline.children.at(-1) ?? {};
      if (pid && !killed.has(pid)) process.kill(pid, 'SIGKILL');
      if (pid) killed.add(pid);
    }
  }
  expect(killed.size).toBeGreaterThan(0);
  expect(faults.length).toBe(pipeline.stats.faults);
  expect([...ids, ...faults].sort((a, b) => a - b)).toEqual(Array.from({ length: 400 }, (_, frame) => frame));
  connection.close();
});

it('are opened anew on a host that was killed and started again', async () => {
  let now = await startHost(['--camera', 'belt=synthetic,seed=7,frameRate=20']);
  const { folder, port } = now;
  const boots: string[] = [];
  const { connection } = await connectTo(
    () => now,
    (news) => news.type === 'restored' && boots.push(news.info.boot),
  );
  boots.push(connection.info.boot);
  const health: PipelineHealth['type'][] = [];
  const pipeline = await openOn(
    connection,
    { source: { type: 'camera', deviceId: 'belt' } },
    { onHealth: ({ type }) => health.push(type) },
  );
  let results = 0;
  let after = 0;
  let killed = false;
  for await (const _ of pipeline.run()) {
    results++;
    if (results === 5) {
      process.kill(now.pid, 'SIGKILL');
      await now.ended;
      killed = true;
      // The token file of the one before is there still: it is no obstacle.
      now = await startHost(['--port', String(port), '--camera', 'belt=synthetic,seed=7,frameRate=20'], { folder });
    } else if (killed && ++after === 8) break;
  }
  expect(health[0]).toBe('restarting');
  expect(health.at(-1)).toBe('restored');
  expect(new Set(boots).size).toBe(2);
  connection.close();
  await now.close();
});

it('end with a clear error when the host no longer takes the token', async () => {
  let now = await startHost();
  const first = { ...now };
  const { folder, port } = now;
  const news: HostHealth['type'][] = [];
  const { connection } = await connectTo(
    () => first,
    ({ type }) => news.push(type),
  );
  const pipeline = await openOn(connection, belt as never);
  const run = pipeline.run();
  await run.next();
  process.kill(now.pid, 'SIGKILL');
  await now.ended;
  now = await startHost(['--port', String(port)], { folder });
  await expect(drain(run)).rejects.toMatchObject({ code: 'ERR_ARGUMENT', details: { reason: 'token' } });
  expect(connection.state).toBe('refused');
  expect(news.at(-1)).toBe('refused');
  await now.close();
});

it('notice a host that hangs, and go on when it does', async () => {
  const { connection, sockets } = await connectTo(() => host);
  const health: PipelineHealth['type'][] = [];
  const pipeline = await openOn(
    connection,
    { source: { type: 'camera', deviceId: 'belt' } },
    { onHealth: ({ type }) => health.push(type) },
  );
  const run = pipeline.run();
  await run.next();
  process.kill(host.pid, 'SIGSTOP');
  try {
    await expect.poll(() => health[0], { timeout: 20_000 }).toBe('restarting');
  } finally {
    process.kill(host.pid, 'SIGCONT');
  }
  await expect.poll(() => health.at(-1), { timeout: 20_000 }).toBe('restored');
  expect((await run.next()).done).toBe(false);
  expect(sockets.length).toBeGreaterThan(1);
  connection.close();
});

it('tell of a camera that is unplugged and comes back', async () => {
  const { connection } = await connectTo(() => host);
  const health: PipelineHealth[] = [];
  const pipeline = await openOn(
    connection,
    { source: { type: 'camera', deviceId: 'line' } },
    { onHealth: (told) => health.push(told) },
  );
  const run = pipeline.run();
  const first = (await run.next()).value as Result;
  expect([first.width, first.height]).toEqual([320, 240]);
  device.unplug();
  await expect
    .poll(() => health, { timeout: 10_000 })
    .toContainEqual({
      type: 'stalled',
      cause: 'lost',
      error: expect.objectContaining({ code: 'ERR_SOURCE', received: 'no such device' }),
    });
  device.plug();
  await expect.poll(() => health.at(-1)?.type, { timeout: 20_000 }).toBe('resumed');
  const last = (await readUntil(run, 5)).at(-1) as Result;
  expect(last.frame).toBeGreaterThan(first.frame);
  connection.close();
});

it('say that a camera made from a file has come to its end, and what to do', async () => {
  const film = join(root, 'test', 'fixtures', 'pictures', 'gray.jpg');
  const own = await startHost(['--camera', `film=${film},rate=5`, '--camera', `endless=${film},rate=50,loop`]);
  try {
    const { connection } = await connectTo(() => own);
    const run = async (deviceId: string, frames?: number) => {
      const health: PipelineHealth[] = [];
      const source = { type: 'camera', deviceId } as const;
      const pipeline = await openOn(connection, { source, frames }, { onHealth: (told) => health.push(told) });
      const results = await readUntil(pipeline.run(), 5);
      return { health, results: results.length };
    };
    const ended = await run('film');
    expect(ended).toMatchObject({ results: 1, health: [{ type: 'ended' }] });
    const [{ message }] = ended.health as { message: string }[];
    expect(message).toContain('--camera "film=…,loop"');
    expect(message).not.toContain(film);
    expect(await run('endless', 3)).toEqual({ results: 3, health: [] });
    connection.close();
  } finally {
    await own.close();
  }
});

it('share a device, and are refused what it does not have', async () => {
  const { connection } = await connectTo(() => host);
  const source = { type: 'camera', deviceId: 'line' } as const;
  // What the test before has closed takes a moment to end.
  await expect.poll(async () => (await statusOf(host)).cameras[1].state, { timeout: 20_000 }).toBe('unknown');
  const before = device.openings;
  const pipelines = [await openOn(connection, { source }), await openOn(connection, { source })];
  const results = await Promise.all(pipelines.map(async (pipeline) => readUntil(pipeline.run(), 3)));
  expect(results.map(({ length }) => length)).toEqual([3, 3]);
  expect(device.openings).toBe(before + 1);
  await Promise.all(pipelines.map((pipeline: HostedPipeline) => pipeline.close()));
  await expect(openOn(connection, { source: { ...source, width: 640 } })).rejects.toMatchObject({
    code: 'ERR_ARGUMENT',
    details: { field: 'source.width' },
  });
  device.unplug('Device or resource busy');
  await expect(openOn(connection, { source })).rejects.toMatchObject({
    code: 'ERR_SOURCE',
    received: 'one that is in use',
  });
  device.plug();
  connection.close();
});

it('end without a trace when opening is given up', async () => {
  const { connection } = await connectTo(() => host);
  const stop = new AbortController();
  const opening = openOn(connection, belt as never, {
    signal: stop.signal,
    onProgress: () => stop.abort(new Error('no longer wanted')),
  });
  await expect(opening).rejects.toThrow('no longer wanted');
  const pipeline = await openOn(connection, { frames: 1 });
  expect((await readUntil(pipeline.run(), 9)).length).toBe(1);
  connection.close();
});

async function readUntil(run: AsyncIterableIterator<Result>, count: number): Promise<Result[]> {
  const results: Result[] = [];
  for (let next = await run.next(); !next.done; next = await run.next()) {
    results.push(next.value);
    if (results.length === count) break;
  }
  return results;
}

async function drain(run: AsyncIterableIterator<Result>): Promise<void> {
  for await (const _ of run);
}

async function statusOf({ url, token }: TestHost) {
  const response = await fetch(new URL('.reflexarc/status', url), { headers: { Authorization: `Bearer ${token}` } });
  return (await response.json()) as { connections: number; waiting: number; cameras: { state: string }[] };
}
