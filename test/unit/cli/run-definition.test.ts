import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { builtInModel, conveyorArc, runDefinition } from '../../../src/cli/run-definition.node.js';
import type { RunOptions } from '../../../src/cli/run-options.js';
import { UsageError } from '../../../src/cli/usage-error.js';
import { pipelineDefinitionSchema } from '../../../src/core/definition.js';
import { parse } from '../../../src/core/parse.js';

const folder = mkdtempSync(join(tmpdir(), 'reflexarc-definition-'));

function options(more: Partial<RunOptions>): RunOptions {
  return { source: 'synthetic', goldenCheck: true, ...more };
}

/** The definition as a pipeline sees it, defaults filled in. */
async function definition(more: Partial<RunOptions>) {
  return parse(pipelineDefinitionSchema, await runDefinition(options(more)), 'definition');
}

describe('the definition of a run', () => {
  it('is the conveyor on the built-in model where nothing else is asked for', async () => {
    const made = await definition({});
    expect(made.model).toEqual({ type: 'bundle', path: builtInModel, goldenCheck: true });
    expect(made.source).toMatchObject({ type: 'synthetic', seed: 1, width: 1280, height: 720, frameRate: 30 });
    expect(made.rules).toEqual(conveyorArc.rules);
    expect(made.track).toMatchObject({ type: 'sort' });
    expect(made.sinks).toEqual([]);
    expect(JSON.parse(JSON.stringify(made))).toEqual(made);
  });

  it('carries every option to its place', async () => {
    const made = await definition({
      seed: 7,
      size: { width: 640, height: 480 },
      noise: 4,
      fps: 50,
      frames: 9,
      duration: 2000,
      queue: 'wait',
      deadline: 40,
      filter: 'bilinear-antialias',
      scoreThreshold: 0.2,
      iouThreshold: 0.5,
      topK: 3,
      threads: 2,
      kernels: 'reference',
      execution: 'inline',
      slots: 1,
      variant: 'small',
      goldenCheck: false,
      record: 'r',
      annotate: 'a',
    });
    expect(made).toMatchObject({
      source: { seed: 7, width: 640, height: 480, noise: 4, frameRate: 50 },
      model: { variant: 'small', goldenCheck: false },
      pace: 50,
      frames: 9,
      durationMs: 2000,
      queue: 'wait',
      deadlineMs: 40,
      filter: 'bilinear-antialias',
      postprocess: { scoreThreshold: 0.2, iouThreshold: 0.5, topK: 3 },
      threads: 2,
      kernels: 'reference',
      execution: 'inline',
      slots: 1,
      sinks: [
        { type: 'recording', path: 'r' },
        { type: 'annotate', path: 'a' },
      ],
    });
  });

  it('moves the line, keeps what is rejected there, and drops both without a tracker', async () => {
    const line = { from: { x: 0.2, y: 1 }, to: { x: 0.2, y: 0 } };
    expect((await definition({ line })).rules).toEqual([{ ...conveyorArc.rules[0], ...line }]);
    expect((await definition({ reject: ['nut'] })).rules[0].reject).toEqual(['nut']);
    const bare = await definition({ track: 'none' });
    expect({ track: bare.track, rules: bare.rules }).toEqual({ track: undefined, rules: [] });
    await expect(runDefinition(options({ track: 'none', line }))).rejects.toBeInstanceOf(UsageError);
  });

  it('has no tracker for pictures, unless a line or a tracker is asked for', async () => {
    const source = join(folder, 'pictures');
    mkdirSync(source);
    writeFileSync(join(source, 'a.ppm'), 'P6 1 1 255\nabc');
    const line = { from: { x: 0, y: 0.5 }, to: { x: 1, y: 0.5 } };
    expect((await definition({ source })).track).toBeUndefined();
    expect((await definition({ source, track: 'sort' })).track?.type).toBe('sort');
    const counted = await definition({ source, line });
    expect(counted.track?.type).toBe('sort');
    expect(counted.rules).toEqual([{ type: 'line', id: 'line', ...line, reject: [] }]);
    await expect(runDefinition(options({ source, reject: ['cat'] }))).rejects.toBeInstanceOf(UsageError);
  });

  it('reads labels line by line or as JSON', async () => {
    const model = join(folder, 'model.onnx');
    writeFileSync(model, '');
    const labelsOf = async (text: string) => {
      const labels = join(folder, 'labels');
      writeFileSync(labels, text);
      return (await definition({ model, preset: 'yolox', labels })).model;
    };
    expect(await labelsOf('cat\r\n\r\n dog \n\n')).toMatchObject({ labels: ['cat', '', 'dog'] });
    expect(await labelsOf('["a", "b"]')).toMatchObject({ type: 'file', preset: 'yolox', labels: ['a', 'b'] });
    await expect(labelsOf('[1, 2]')).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
  });

  it('takes a model.json for its folder', async () => {
    writeFileSync(join(folder, 'model.json'), '{}');
    expect((await definition({ model: join(folder, 'model.json') })).model).toMatchObject({
      type: 'bundle',
      path: folder,
    });
  });

  it('takes arc and settings from a recording, settings only for the same model', async () => {
    const source = join(folder, 'recording');
    mkdirSync(source);
    const recorded = await definition({ scoreThreshold: 0.7, filter: 'bilinear-antialias', reject: ['gear'] });
    const index = { version: 1, complete: true, size: null, seed: 1, fps: 30, frames: 0, definition: recorded };
    writeFileSync(join(source, 'recording.json'), JSON.stringify(index));
    const replay = await definition({ source });
    expect(replay).toMatchObject({
      source: { type: 'recording' },
      rules: recorded.rules,
      track: recorded.track,
      filter: 'bilinear-antialias',
      postprocess: { scoreThreshold: 0.7 },
    });
    expect((await definition({ source, scoreThreshold: 0.1 })).postprocess.scoreThreshold).toBe(0.1);
    const other = await definition({ source, model: folder });
    expect(other.rules).toEqual(recorded.rules);
    expect({ filter: other.filter, postprocess: other.postprocess }).toEqual({ filter: undefined, postprocess: {} });
    expect((await definition({ source, track: 'none' })).rules).toEqual([]);
  });
});
