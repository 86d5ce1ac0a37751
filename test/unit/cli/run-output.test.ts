import { describe, expect, it } from 'vitest';
import { errorOutput, frameOutput, stagesOutput, summaryOutput } from '../../../src/cli/run-output.js';
import { SourceError, serializeError } from '../../../src/core/error.js';
import type { Result } from '../../../src/core/result.js';
import type { PipelineInfo, PipelineStats } from '../../../src/pipeline/pipeline.js';

const percentiles = { p50: 1.23456, p95: 2, p99: 3, p999: 4, max: 5.00049, n: 7 };
const stages = {
  acquire: percentiles,
  queue: percentiles,
  preprocess: percentiles,
  infer: percentiles,
  postprocess: percentiles,
  respond: percentiles,
  overhead: percentiles,
  total: percentiles,
};
const stats: PipelineStats = {
  frames: 7,
  faults: 1,
  late: 2,
  drops: { queue: 3, stale: 4, longestGapMs: 12.34567 },
  stages,
  throughput: 33.33333,
  lines: { line: { forward: 1, backward: 0, rejected: 1 } },
  openFrames: 0,
  restarts: 0,
};
const info = { model: { id: 'conveyor' }, runtime: { runtime: 'onnx-web' } } as PipelineInfo;

describe('output of a run', () => {
  it('shapes a processed frame', () => {
    const box = { x: -1.5, y: 2, width: 3, height: 4 };
    const result = {
      frame: 3,
      timestamp: 100_000,
      width: 64,
      height: 64,
      items: [{ box, score: 0.9, classId: 1, label: 'nut', trackId: 5 }],
      events: [],
      late: false,
    } as unknown as Result;
    expect(frameOutput(result)).toEqual({
      frame: 3,
      timestamp: 100_000,
      source: null,
      items: [{ box, score: 0.9, classId: 1, label: 'nut', trackId: 5 }],
    });
    expect(frameOutput({ ...result, source: 'a/b.png' }).source).toBe('a/b.png');
  });

  it('shapes a frame that could not be read', () => {
    const error = new SourceError({ subject: 'x.jpg', expected: 'a picture', received: 'text', remedy: 'Remove it.' });
    expect(frameOutput({ frame: 0, source: 'x.jpg', error: serializeError(error) })).toEqual({
      frame: 0,
      source: 'x.jpg',
      error: {
        code: 'ERR_SOURCE',
        message: 'Expected a picture for x.jpg, got text. Remove it.',
        expected: 'a picture',
        received: 'text',
        remedy: 'Remove it.',
      },
    });
  });

  it('shapes a whole run, figures to the µs', () => {
    const evaluation = {
      accuracy: { map50: 0.97, perClass: { nut: 0.97 } },
      counts: { found: 4, expected: 4, rejected: 1, rejectable: 1 },
    };
    const output = summaryOutput({ source: 'synthetic', info, stats, evaluation });
    expect(output).toEqual({
      model: 'conveyor',
      runtime: 'onnx-web',
      source: 'synthetic',
      frames: 7,
      faults: 1,
      late: 2,
      stages: stagesOutput(stages),
      throughput: 33.333,
      drops: { queue: 3, stale: 4, longestGapMs: 12.346 },
      lines: stats.lines,
      ...evaluation,
      info,
    });
    expect(output.stages?.infer).toEqual({ p50: 1.235, p95: 2, p99: 3, p999: 4, max: 5, n: 7 });
    expect(Object.keys(output.stages ?? {})).not.toContain('reject');
  });

  it('tells what was done beside what went wrong', () => {
    const output = summaryOutput({ stats, error: new Error('boom'), interrupted: true });
    expect(output).toMatchObject({ frames: 7, interrupted: true, error: { code: 'ERR_UNEXPECTED', received: 'boom' } });
    expect(summaryOutput({ error: new Error('boom') })).toEqual({ frames: 0, error: errorOutput(new Error('boom')) });
  });

  it('gives every error all five fields, and calls a foreign one a bug', () => {
    const bare = errorOutput(new SourceError({ subject: 's', expected: 'e', received: 'r' }));
    expect(Object.values(bare).every((text) => text.length > 0)).toBe(true);
    expect(errorOutput('thrown text')).toMatchObject({ code: 'ERR_UNEXPECTED', received: 'thrown text' });
    expect(errorOutput(new TypeError('x is not a function')).remedy).toMatch(/bug/);
  });
});
