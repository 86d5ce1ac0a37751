import { readFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import type { HostConnection } from '../../src/bridge/host-connection.js';
import type { HostStatus } from '../../src/bridge/host-status.js';
import type { ChildState } from '../../src/host/child-state.js';
import { runCli } from './cli-process.js';
import { connectTo, openOn } from './host-client.js';
import { startHost, type TestHost } from './test-host.js';

let host: TestHost | undefined;
let connection: HostConnection | undefined;

afterEach(async () => {
  connection?.close();
  await host?.close();
});

const status = async ({ tokenFile }: TestHost) =>
  runCli(['host', 'status', '--token-file', tokenFile, '--json']).then(
    ({ stdout }) => JSON.parse(stdout) as HostStatus,
  );

it('says which processes its pipelines run in, and what the sensors of its machine say', async () => {
  host = await startHost();
  expect(await status(host)).toMatchObject({ pid: host.pid, connections: 0, pipelines: [] });
  ({ connection } = await connectTo(() => host as TestHost));
  const pipeline = await openOn(connection, { runtime: ['onnx-web'] });
  const results = pipeline.run();
  // The first figures come after a second.
  while (pipeline.children.length === 0) await results.next();
  const { pipelines, sensors, connections } = await status(host);
  expect(connections).toBe(1);
  expect(pipelines).toEqual([
    expect.objectContaining({
      model: 'conveyor',
      waiting: false,
      source: expect.objectContaining({ type: 'synthetic' }),
    }),
  ]);
  const [child] = pipelines[0].children;
  expect(child).toMatchObject({ id: 'onnx-web:1', runtime: 'onnx-web', state: 'ready', restarts: 0 });
  expect(pipeline.children).toMatchObject([{ id: child.id, pid: child.pid, state: 'ready' }]);
  expect(readFileSync(`/proc/${child.pid}/status`, 'utf8')).toMatch(new RegExp(`^PPid:\\s+${host.pid}$`, 'm'));
  expect(sensors.problems.every(({ reason }) => reason === 'unreadable' || reason === 'absurd')).toBe(true);
  for (const { value, unit, path } of sensors.readings) {
    expect(Number.isFinite(value)).toBe(true);
    expect(unit).not.toBe('');
    expect(path).not.toMatch(/^\//);
  }
  expect(pipeline.transit.n).toBeGreaterThan(0);
  await pipeline.close();
  expect((await status(host)).pipelines).toEqual([]);
});

it('passes what is wished of the kernel on to its children, and tells what became of each wish', async () => {
  host = await startHost(['--affinity', '0', '--nice', '5', '--fifo', '3', '--lock-memory']);
  ({ connection } = await connectTo(() => host as TestHost));
  const pipeline = await openOn(connection, { runtime: ['onnx-web'] });
  const results = pipeline.run();
  while (pipeline.children.length === 0) await results.next();
  const [child] = (await status(host)).pipelines[0].children as unknown as ChildState[];
  const wishes = child.scheduling.map(({ wish }) => wish).sort();
  expect(wishes).toEqual(['affinity', 'lockMemory', 'niceness', 'scheduler']);
  for (const { wish, got, errno, remedy } of child.scheduling) {
    if (wish === 'affinity' || wish === 'niceness') expect([wish, got]).toEqual([wish, 'ok']);
    else if (got === 'refused') expect([errno, remedy]).toEqual([expect.any(String), expect.any(String)]);
  }
  await pipeline.close();
});
