import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createHostPipeline, Frame, type FrameSource } from 'reflexarc';
import { describe, expect, it } from 'vitest';
import { nodeRuntimes } from '../../src/infer/runtimes.node.js';
import { collect, conveyor, isAlive, openHost, pidOf, runLocally, until } from './host-runs.js';

// The built package: child processes need real files.

describe('a pipeline whose engine is in a child process', () => {
  it('gives what the same definition gives here, from frames that are written once', async () => {
    const { pipeline, faults, health } = await openHost();
    const pid = pidOf(pipeline);
    expect(pipeline.children).toMatchObject([
      { id: 'onnx-web:1', runtime: 'onnx-web', device: 'cpu', pid, state: 'ready', restarts: 0, scheduling: [] },
    ]);
    const { results, error } = await collect(pipeline);
    expect(error).toBeUndefined();
    expect(results).toEqual(await runLocally());
    expect(results.some(({ items }) => items.length > 0)).toBe(true);
    expect(pipeline.info.copies).not.toContain('frame → ring');
    expect(pipeline.stats).toMatchObject({ frames: 45, faults: 0, openFrames: 0, restarts: 0 });
    await pipeline.close();
    expect({ faults, health, alive: isAlive(pid) }).toEqual({ faults: [], health: [], alive: false });
    expect(pipeline.children).toMatchObject([{ state: 'stopped', pid: null }]);
  });

  it('says so where frames were made elsewhere, and have to be copied', async () => {
    const { pipeline } = await openHost({}, { source: await ownFrames() });
    const { results, error } = await collect(pipeline);
    expect(error).toBeUndefined();
    expect(results).toEqual(await runLocally());
    expect(pipeline.info.copies).toContain('frame → ring');
    await pipeline.close();
  });

  it('ends in the middle of a run without an orphan, and with nothing left open', async () => {
    const files = openFiles().length;
    for (let round = 0; round < 3; round++) {
      const { pipeline, health } = await openHost({ frames: 1000 });
      const pid = pidOf(pipeline);
      const { results, error } = await collect(pipeline, (count) => count === 5 && void pipeline.close());
      await pipeline.close();
      expect({ error, alive: isAlive(pid), open: pipeline.stats.openFrames }).toEqual({
        error: undefined,
        alive: false,
        open: 0,
      });
      expect(results.length).toBeGreaterThanOrEqual(5);
      expect(health).toEqual([]);
    }
    expect(openFiles().length).toBeLessThanOrEqual(files + 1);
  });

  it.skipIf(!('onnx-native' in nodeRuntimes))('maps a vendor library into the child only', async () => {
    const { pipeline } = await openHost({ runtime: ['onnx-native'] });
    expect(readFileSync(`/proc/${pidOf(pipeline)}/maps`, 'utf8')).toContain('libonnxruntime');
    const { results } = await collect(pipeline);
    expect(results.length).toBe(45);
    expect(readFileSync('/proc/self/maps', 'utf8')).not.toContain('libonnxruntime');
    await pipeline.close();
  });

  it('shares its ring with the child, and leaves no trace of it', async () => {
    const { pipeline } = await openHost();
    const ofChild = readFileSync(`/proc/${pidOf(pipeline)}/maps`, 'utf8');
    expect(ofChild).toContain('memfd:reflexarc-ring');
    expect(ofChild).toContain('reflexarc-kernels');
    expect(readFileSync('/proc/self/maps', 'utf8')).toContain('memfd:reflexarc-ring');
    await pipeline.close();
    expect(readFileSync('/proc/self/maps', 'utf8')).not.toContain('memfd:reflexarc-ring');
    expect(openFiles().filter((file) => file.includes('reflexarc-ring'))).toEqual([]);
  });

  it('gives a child a few variables, and none of the secrets of this process', async () => {
    process.env.REFLEXARC_TOKEN = 'secret';
    const { pipeline } = await openHost({}, { environment: { EXTRA: 'given' } });
    delete process.env.REFLEXARC_TOKEN;
    const names = readFileSync(`/proc/${pidOf(pipeline)}/environ`, 'utf8')
      .split('\0')
      .map((line) => line.split('=')[0]);
    expect(names).toContain('EXTRA');
    expect(names).not.toContain('REFLEXARC_TOKEN');
    const known = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'LD_LIBRARY_PATH', 'VIRTUAL_ENV', 'EXTRA', ''];
    // Node tells a child by these where its news go to.
    known.push('NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE');
    expect(names.filter((name) => !known.includes(name) && !/^REFLEXARC_\w+_LIBRARY$/.test(name))).toEqual([]);
    await pipeline.close();
  });

  it('leaves no child behind when its owner is killed', async () => {
    const script = `
      import { createHostPipeline } from 'reflexarc';
      const pipeline = await createHostPipeline(${JSON.stringify(conveyor)});
      console.log(pipeline.children[0].pid);
      process.kill(process.pid, 'SIGKILL');`;
    const { stdout, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(signal).toBe('SIGKILL');
    const pid = Number(stdout);
    expect(pid).toBeGreaterThan(1);
    await until(() => !isAlive(pid));
  });

  it('refuses a definition for this thread, a wrong option and a frame that no slot takes', async () => {
    await expect(createHostPipeline({ ...conveyor, execution: 'inline' })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT',
      subject: 'pipeline definition: execution',
    });
    await expect(createHostPipeline(conveyor, { frameBytes: -1 })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT',
      message: expect.stringContaining('frameBytes'),
    });
    const { pipeline } = await openHost({}, { frameBytes: 4096 });
    const { error } = await collect(pipeline);
    expect(error).toMatchObject({ code: 'ERR_SHAPE', remedy: expect.stringContaining('frameBytes') });
    await pipeline.close();
  });

  it('tells what opening the model failed with, and leaves no child', async () => {
    const before = children();
    const model = { type: 'bundle', path: 'models/none' } as const;
    await expect(createHostPipeline({ ...conveyor, model })).rejects.toMatchObject({ code: 'ERR_MODEL_LOAD' });
    const controller = new AbortController();
    const opening = createHostPipeline(conveyor, {
      signal: controller.signal,
      onProgress: (phase) => phase === 'compile' && controller.abort(new Error('enough')),
    });
    await expect(opening).rejects.toThrow('enough');
    await until(() => children().length === before.length);
  });
});

// The synthetic camera's frames, in memory of their own.
async function ownFrames(): Promise<FrameSource> {
  const { createSource } = await import('../../src/acquire/create-source.node.js');
  const { pipelineDefinitionSchema } = await import('../../src/core/definition.js');
  const v = await import('valibot');
  const { source } = v.parse(pipelineDefinitionSchema, conveyor);
  const camera = await createSource(source);
  return {
    info: camera.info,
    skip: (count, signal) => camera.skip(count, signal),
    close: () => camera.close(),
    read(_, signal) {
      const allocate = (init: object) => new Frame({ ...init, data: new Uint8Array(640 * 360 * 4) } as never);
      // The sources' class of frames and the package's differ in their private fields only.
      return camera.read({ allocate } as never, signal) as Promise<never>;
    },
  };
}

function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return [];
    }
  });
}

function children(): string[] {
  return readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean);
}
