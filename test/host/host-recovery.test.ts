import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createHostPipeline, type PipelineDefinitionInput } from 'reflexarc';
import { describe, expect, it } from 'vitest';
import { openVinoOptions } from '../openvino.js';
import { describeWithPython } from '../python.js';
import { collect, conveyor, isAlive, openHost, pidOf, runLocally, type Seen, until } from './host-runs.js';

const faults = fileURLToPath(new URL('child-faults.mjs', import.meta.url));
const failing = (how: string, file = '') => ({
  NODE_OPTIONS: `--import ${faults}`,
  CHILD_FAULT: how,
  CHILD_FAULT_FILE: file,
});

/** Every frame was answered or told of, in order; the answers are those of an undisturbed run. */
function expectComplete(results: readonly Seen[], lost: readonly number[], undisturbed: readonly Seen[]): void {
  const ids = [...results.map(({ frame }) => frame), ...lost].sort((a, b) => a - b);
  expect(ids).toEqual(undisturbed.map(({ frame }) => frame));
  const frames = results.map(({ frame, timestamp }) => ({ frame, timestamp }));
  expect(frames).toEqual([...frames].sort((a, b) => a.frame - b.frame));
}

describe('a child that is lost', () => {
  it('is replaced when it was killed; tracks, counters and ids go on', async () => {
    const undisturbed = await runLocally();
    const { pipeline, faults, health } = await openHost();
    const pids: number[] = [];
    const { results, error } = await collect(pipeline, (count) => {
      if (count !== 10 && count !== 20) return;
      pids.push(pidOf(pipeline));
      process.kill(pidOf(pipeline), 'SIGKILL');
    });
    expect(error).toBeUndefined();
    expect(health).toMatchObject([
      { type: 'restarting', reason: 'crashed', attempt: 1, error: { message: expect.stringContaining('SIGKILL') } },
      { type: 'restored', restarts: 1 },
      { type: 'restarting', reason: 'crashed', attempt: 2 },
      { type: 'restored', restarts: 2 },
    ]);
    const lost = faults.map(({ frame }) => frame);
    expect(lost.length).toBeGreaterThan(0);
    for (const { error } of faults) expect(error.code).toBe('ERR_DEVICE_LOST');
    expect(results).toEqual(undisturbed.filter(({ frame }) => !lost.includes(frame)));
    expect(pipeline.stats).toMatchObject({ restarts: 2, faults: lost.length, openFrames: 0 });
    expect(pipeline.children).toMatchObject([{ id: 'onnx-web:1', state: 'ready', restarts: 2 }]);
    expect(new Set([...pids, pidOf(pipeline)]).size).toBe(3);
    await pipeline.close();
    expect(pids.some(isAlive)).toBe(false);
  });

  it('is replaced when it was stopped, also while it had no frame', async () => {
    const { pipeline, faults, health } = await openHost({ recovery: { hangMs: 500 } });
    const stopped = pidOf(pipeline);
    process.kill(stopped, 'SIGSTOP');
    await until(() => health.some(({ type }) => type === 'restored'));
    expect(health).toMatchObject([{ type: 'restarting', reason: 'hung' }, { type: 'restored' }]);
    expect(isAlive(stopped)).toBe(false);
    const { results, error } = await collect(pipeline, (count) => {
      if (count === 10) process.kill(pidOf(pipeline), 'SIGSTOP');
    });
    expect(error).toBeUndefined();
    expect(health.slice(2)).toMatchObject([{ type: 'restarting', reason: 'hung' }, { type: 'restored' }]);
    expectComplete(
      results,
      faults.map(({ frame }) => frame),
      await runLocally(),
    );
    await pipeline.close();
  });

  it('is replaced when it is stopped while it loads, without waiting as long as a model may take', async () => {
    let stopped = 0;
    const { pipeline, health } = await openHost({ recovery: { hangMs: 500 } });
    const first = pidOf(pipeline);
    const stop = until(() => {
      const [{ pid, state }] = pipeline.children;
      if (state !== 'restarting' || !pid || pid === first || !isLoading(pid)) return false;
      stopped = pid;
      process.kill(pid, 'SIGSTOP');
      return true;
    });
    process.kill(first, 'SIGKILL');
    await stop;
    await until(() => health.some(({ type }) => type === 'restored'));
    expect(health.map((news) => (news.type === 'restarting' ? news.reason : news.type))).toEqual([
      'crashed',
      'failed',
      'restored',
    ]);
    expect(isAlive(stopped)).toBe(false);
    await pipeline.close();
  });

  it('is replaced when its library hangs while its process still answers', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reflexarc-'));
    const file = join(folder, 'hang');
    const { pipeline, health } = await openHost(
      { recovery: { hangMs: 500, restarts: 0 } },
      { environment: failing('hang', file) },
    );
    const { error } = await collect(pipeline, (count) => count === 10 && writeFileSync(file, ''));
    expect(error).toMatchObject({ code: 'ERR_DEVICE_LOST', details: { reason: 'hung', restarts: 0 } });
    expect(health).toEqual([]);
    expect(pipeline.children).toMatchObject([{ state: 'failed', error: { code: 'ERR_DEVICE_LOST' } }]);
    await pipeline.close();
    rmSync(folder, { recursive: true });
  });

  it('says how it ended, and what it printed last, where it dies as it loads', async () => {
    await expect(createHostPipeline(conveyor, { environment: failing('abort') })).rejects.toMatchObject({
      code: 'ERR_DEVICE_LOST',
      message: expect.stringMatching(/child of onnx-web.*SIGABRT before it was ready/s),
      details: {
        reason: 'crashed',
        signal: 'SIGABRT',
        output: expect.arrayContaining([expect.stringContaining('libvendor: firmware does not answer')]),
      },
    });
    await expect(createHostPipeline(conveyor, { environment: failing('exit') })).rejects.toMatchObject({
      code: 'ERR_DEVICE_LOST',
      message: expect.stringContaining('its thread ended with code 3'),
    });
  });
});

/** True once both threads of a child see the ring. */
function isLoading(pid: number): boolean {
  try {
    return (readFileSync(`/proc/${pid}/maps`, 'utf8').match(/memfd:reflexarc-ring/g) ?? []).length >= 2;
  } catch {
    return false;
  }
}

describe('a child that cannot be started', () => {
  it.skipIf(process.getuid?.() !== 0)('says why', () => {
    const script = `
      import { createHostPipeline } from 'reflexarc';
      process.setgid(65534);
      process.setuid(65534);
      const opening = createHostPipeline(${JSON.stringify(conveyor)}, { user: { uid: 0, gid: 0 } });
      console.log(await opening.then(() => 'opened', ({ code, message }) => code + ' ' + message));`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(stdout).toMatch(/^ERR_DEVICE_LOST .*child of onnx-web.*EPERM/);
  });
});

describe('a list of runtimes', () => {
  it('is gone through where one does not open, and says so', async () => {
    const { pipeline, health } = await openHost({
      runtime: ['openvino', 'onnx-web'],
      runtimeOptions: { openvino: { library: '/none' } },
    });
    expect(health).toMatchObject([
      { type: 'fallback', from: 'openvino', to: 'onnx-web', error: { code: 'ERR_UNSUPPORTED' } },
    ]);
    expect(pipeline.children).toMatchObject([
      { runtime: 'openvino', state: 'failed' },
      { runtime: 'onnx-web', state: 'ready' },
    ]);
    const { results } = await collect(pipeline);
    expect(results).toEqual(await runLocally());
    expect(pipeline.info.runtime.runtime).toBe('onnx-web');
    await pipeline.close();
    const refused = createHostPipeline({
      ...conveyor,
      runtime: ['openvino', 'openvino:GPU'],
      runtimeOptions: { openvino: { library: '/none' } },
    });
    await expect(refused).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED', details: { tried: [{}, {}] } });
  });

  it('goes on with the next when one is given up, and comes back to the first when it works again', async () => {
    const frames = 400;
    const { pipeline, faults, health } = await openHost(
      { runtime: ['onnx-web:wasm', 'onnx-native:cpu'], recovery: { restarts: 0 }, pace: 40, queue: 'wait', frames },
      { retryMs: 1000 },
    );
    const first = pidOf(pipeline);
    const { results, error } = await collect(pipeline, (count) => {
      if (count === 10) process.kill(first, 'SIGKILL');
    });
    expect(error).toBeUndefined();
    expect(health).toMatchObject([
      { type: 'fallback', from: 'onnx-web:wasm', to: 'onnx-native:cpu', error: { code: 'ERR_DEVICE_LOST' } },
      { type: 'fallback', from: 'onnx-native:cpu', to: 'onnx-web:wasm' },
    ]);
    expect(health[1]).not.toHaveProperty('error');
    expect(pipeline.children.at(-1)).toMatchObject({ id: 'onnx-web:3', choice: 'onnx-web:wasm', state: 'ready' });
    const ids = [...results.map(({ frame }) => frame), ...faults.map(({ frame }) => frame)];
    expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: frames }, (_, i) => i));
    await pipeline.close();
  });
});

describeWithPython('a list of devices of one runtime', ['openvino'], () => {
  it('is gone through where the machine lacks one, and says which and why', async () => {
    const { pipeline, health } = await openHost({
      runtime: ['openvino:GPU', 'openvino:CPU'],
      runtimeOptions: openVinoOptions(),
    });
    const message = expect.stringMatching(/finds here \(CPU\).*, got GPU\./);
    const error = { code: 'ERR_UNSUPPORTED', message };
    expect(health).toMatchObject([{ type: 'fallback', from: 'openvino:GPU', to: 'openvino:CPU', error }]);
    expect(pipeline.children).toMatchObject([
      { runtime: 'openvino', choice: 'openvino:GPU', device: null, state: 'failed', error },
      { runtime: 'openvino', choice: 'openvino:CPU', device: 'cpu', state: 'ready' },
    ]);
    expect(pipeline.info.runtime).toMatchObject({ runtime: 'openvino', executionProvider: 'CPU' });
    const { results } = await collect(pipeline);
    expect(results.length).toBe(45);
    await pipeline.close();
  });

  it('goes on with the next when one is given up, tracks and counters too, and comes back to the first', async () => {
    const definition = {
      runtime: ['openvino:CPU', 'openvino:AUTO:CPU'],
      runtimeOptions: openVinoOptions(),
      frames: 400,
    } satisfies Partial<PipelineDefinitionInput>;
    const undisturbed = await runLocally(definition);
    const { pipeline, faults, health } = await openHost(
      { ...definition, recovery: { restarts: 1 }, pace: 40, queue: 'wait' },
      { retryMs: 1000 },
    );
    const ranOn: string[] = [];
    const { results, error } = await collect(pipeline, (count) => {
      const { executionProvider } = pipeline.info.runtime;
      if (ranOn.at(-1) !== executionProvider) ranOn.push(executionProvider);
      // Once more than it may be replaced.
      if (count === 10 || count === 20) process.kill(pidOf(pipeline), 'SIGKILL');
    });
    expect(error).toBeUndefined();
    expect(health.map((news) => (news.type === 'fallback' ? `${news.from} → ${news.to}` : news.type))).toEqual([
      'restarting',
      'restored',
      'openvino:CPU → openvino:AUTO:CPU',
      'openvino:AUTO:CPU → openvino:CPU',
    ]);
    expect(ranOn).toEqual(['CPU', 'AUTO:CPU → CPU', 'CPU']);
    expect(pipeline.children.at(-1)).toMatchObject({ choice: 'openvino:CPU', device: 'cpu', state: 'ready' });
    const lost = faults.map(({ frame }) => frame);
    expect(lost.length).toBeGreaterThan(0);
    expectComplete(results, lost, undisturbed);
    expect(results).toEqual(undisturbed.filter(({ frame }) => !lost.includes(frame)));
    await pipeline.close();
  });
});
