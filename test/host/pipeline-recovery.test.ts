import type { Worker } from 'node:worker_threads';
import {
  createPipeline,
  type FrameFault,
  type PipelineDefinitionInput,
  type PipelineHealth,
  type Result,
} from 'reflexarc';
import { describe, expect, it } from 'vitest';

// The built package: worker threads need real files.

const frames = 45;
const conveyor: PipelineDefinitionInput = {
  source: { type: 'synthetic', seed: 7, width: 640, height: 360 },
  model: { type: 'bundle', path: 'models/conveyor' },
  track: { type: 'sort' },
  rules: [{ type: 'line', id: 'gate', from: { x: 0.5, y: 0 }, to: { x: 0.5, y: 1 } }],
  frames,
};

/** Runs a definition, and ends the worker thread of the moment after some results. */
async function live(after: number[], definition: Partial<PipelineDefinitionInput> = {}) {
  const workers: Worker[] = [];
  const note = (worker: Worker) => void workers.push(worker);
  process.on('worker', note);
  const faults: FrameFault[] = [];
  const health: PipelineHealth[] = [];
  const results: Pick<Result, 'frame' | 'timestamp' | 'items'>[] = [];
  try {
    await using pipeline = await createPipeline(
      { ...conveyor, ...definition },
      { onFault: (fault) => faults.push(fault), onHealth: (news) => health.push(news) },
    );
    let error: unknown;
    try {
      for await (const { frame, timestamp, items } of pipeline.run()) {
        results.push({ frame, timestamp, items });
        if (after.includes(results.length)) void workers.at(-1)?.terminate();
      }
    } catch (caught) {
      error = caught;
    }
    return { results, faults, health, error, workers: workers.length, stats: pipeline.stats };
  } finally {
    process.off('worker', note);
  }
}

describe('an engine whose thread ends', () => {
  it('is replaced; tracks, counters and ids go on, and every frame is answered or told of', async () => {
    const undisturbed = await live([]);
    expect(undisturbed).toMatchObject({ faults: [], health: [], workers: 1, stats: { frames, restarts: 0 } });
    const { results, faults, health, error, workers, stats } = await live([10, 20]);
    expect(error).toBeUndefined();
    expect(health).toMatchObject([
      { type: 'restarting', reason: 'crashed', attempt: 1 },
      { type: 'restored', restarts: 1 },
      { type: 'restarting', reason: 'crashed', attempt: 2 },
      { type: 'restored', restarts: 2 },
    ]);
    expect(workers).toBe(3);
    expect(faults.length).toBeGreaterThan(0);
    for (const fault of faults) expect(fault.error.code).toBe('ERR_DEVICE_LOST');
    const lost = faults.map(({ frame }) => frame);
    expect(results).toEqual(undisturbed.results.filter(({ frame }) => !lost.includes(frame)));
    expect(stats).toMatchObject({ restarts: 2, faults: lost.length, openFrames: 0, lines: undisturbed.stats.lines });
  });

  it('ends the run where it is not to be replaced', async () => {
    const { error, health, faults } = await live([10], { recovery: { restarts: 0 } });
    expect(error).toMatchObject({ code: 'ERR_DEVICE_LOST', details: { restarts: 0, reason: 'crashed' } });
    expect(health).toEqual([]);
    expect(faults.length).toBeGreaterThan(0);
  });
});
