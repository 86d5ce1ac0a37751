import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assetPath, describeWithAssets } from '../assets.js';
import { onlyJson, runCli, temporaryFolder } from './cli-process.js';

const stageNames = ['acquire', 'queue', 'preprocess', 'infer', 'postprocess', 'respond', 'overhead', 'total'];
const synthetic = ['run', '--source', 'synthetic'];

interface Entry {
  frame: number;
  items: { label: string; score: number }[];
}

describe('run', () => {
  it('prints one object with results, stages, drops, info, accuracy and counts', async () => {
    const outcome = await runCli([...synthetic, '--frames', '12', '--seed', '3', '--json']);
    const output = onlyJson(outcome);
    expect(outcome.code).toBe(0);
    expect(output).toMatchObject({
      model: 'conveyor',
      runtime: 'onnx-web',
      source: 'synthetic',
      frames: 12,
      drops: { queue: 0, stale: 0 },
      info: { execution: 'worker', slots: 2, queue: 'wait', overlap: ['acquire', 'respond'] },
      counts: { found: expect.any(Number), expected: expect.any(Number) },
    });
    expect(output.accuracy.map50).toBeGreaterThan(0.5);
    expect(Object.keys(output.stages)).toEqual(expect.arrayContaining(stageNames));
    for (const stage of stageNames) {
      const { p50, p95, p99, max, n } = output.stages[stage];
      expect(n).toBe(12);
      expect(p50 <= p95 && p95 <= p99 && p99 <= max).toBe(true);
    }
    expect(output.results.map((entry: Entry) => entry.frame)).toEqual([...Array(12).keys()]);
    expect(output.results[6].timestamp).toBe(200_000);
    const [item] = output.results[11].items;
    expect(item).toEqual({
      box: { x: expect.any(Number), y: expect.any(Number), width: expect.any(Number), height: expect.any(Number) },
      score: expect.any(Number),
      classId: expect.any(Number),
      label: expect.any(String),
      trackId: expect.any(Number),
    });
  });

  it('prints line by line with --jsonl, and a summary at the end', async () => {
    const { code, stdout } = await runCli([...synthetic, '--frames', '3', '--jsonl']);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(code).toBe(0);
    expect(lines.slice(0, 3).map((line) => line.frame)).toEqual([0, 1, 2]);
    expect(lines[3].summary).toMatchObject({ model: 'conveyor', frames: 3, stages: { total: { n: 3 } } });
    expect(lines.length).toBe(4);
  });

  it('prints a readable summary, and frames with --verbose', async () => {
    const plain = await runCli([...synthetic, '--frames', '3']);
    expect(plain.code).toBe(0);
    expect(plain.stdout).toMatch(/3 frames processed/);
    expect(plain.stdout).toMatch(/mean average precision/);
    expect(plain.stdout).not.toContain('\u001b[');
    const verbose = await runCli([...synthetic, '--frames', '3', '--verbose']);
    expect(verbose.stdout.split('\n').length).toBe(plain.stdout.split('\n').length + 3);
  });

  it('replays a recording with equal results, accuracy and counts', async () => {
    const folder = join(temporaryFolder(), 'recording');
    const limits = ['--score-threshold', '0.4', '--top-k', '5'];
    const args = [...synthetic, '--frames', '30', '--seed', '5', ...limits, '--record', folder, '--json'];
    const recorded = onlyJson(await runCli(args));
    expect(readdirSync(join(folder, 'frames')).length).toBe(30);
    expect(readFileSync(join(folder, 'truth.jsonl'), 'utf8').trimEnd().split('\n').length).toBe(30);
    const replayed = onlyJson(await runCli(['run', '--source', folder, '--json']));
    for (const part of ['results', 'accuracy', 'counts', 'lines', 'frames']) {
      expect(replayed[part], part).toEqual(recorded[part]);
    }
    expect(replayed.info.model.limits).toMatchObject({ scoreThreshold: 0.4, topK: 5 });
  });

  it('applies thresholds, the filter and the tracker that it is given', async () => {
    const run = async (...args: string[]) => onlyJson(await runCli([...synthetic, '--frames', '5', ...args, '--json']));
    const strict = await run('--score-threshold', '0.9', '--top-k', '1', '--filter', 'bilinear-antialias');
    const items = strict.results.flatMap((entry: Entry) => entry.items);
    expect(items.every(({ score }: { score: number }) => score >= 0.9)).toBe(true);
    expect(strict.results.every((entry: Entry) => entry.items.length <= 1)).toBe(true);
    expect(strict.info.model.preprocess.filter).toBe('bilinear-antialias');
    const bare = await run('--track', 'none');
    expect(bare.counts).toBeUndefined();
    expect(bare.lines).toEqual({});
    expect(bare.accuracy.map50).toBeGreaterThan(0.5);
  });

  it('places a line and its rejects where it is told', async () => {
    const run = async (...args: string[]) =>
      onlyJson(await runCli([...synthetic, '--frames', '60', ...args, '--json']));
    const early = await run('--line', '0.7,1,0.7,0', '--reject', '*');
    expect(early.counts.expected).toBeGreaterThan(0);
    expect(early.counts.rejectable).toBe(early.counts.expected);
    expect(early.lines.line.rejected).toBe(early.counts.rejected);
  });

  it('paces, drops and ends by time', async () => {
    const output = onlyJson(await runCli([...synthetic, '--fps', '20', '--duration', '1s', '--json']));
    const { frames, drops, info } = output;
    expect(frames + drops.queue + drops.stale).toBe(20);
    expect(info).toMatchObject({ queue: 'latest', captureTime: 'intended' });
    const stale = onlyJson(await runCli([...synthetic, '--frames', '5', '--deadline', '0.001', '--json']));
    expect(stale).toMatchObject({ frames: 0, drops: { stale: 5 }, results: [] });
  });
});

describeWithAssets('run with a bare model', () => {
  it('takes labels and preprocessing of one’s own', async () => {
    const folder = temporaryFolder();
    const labels = join(folder, 'labels.txt');
    writeFileSync(labels, `${Array.from({ length: 1000 }, (_, i) => `thing ${i}`).join('\r\n')}\n`);
    const spec = join(folder, 'spec.json');
    const preprocess = { width: 224, height: 224, resize: 'letterbox', colorOrder: 'bgr', dataType: 'float16' };
    writeFileSync(spec, JSON.stringify(preprocess));
    const model = ['--model', assetPath('models/onnx/squeezenet_fp16.onnx'), '--preset', 'classification'];
    const args = ['--labels', labels, '--preprocess', spec, '--frames', '2', '--top-k', '3', '--json'];
    const { info, results, accuracy } = onlyJson(await runCli([...synthetic, ...model, ...args]));
    expect(info.model).toMatchObject({ goldenCheck: 'none', task: 'classification', preprocess, limits: { topK: 3 } });
    expect(results[1].items.length).toBe(3);
    const [{ score, classId, label }] = results[1].items;
    expect(Object.keys(results[1].items[0]).sort()).toEqual(['classId', 'label', 'score']);
    expect(label).toBe(`thing ${classId}`);
    expect(score).toBeGreaterThan(0);
    // Whole pictures have no boxes to be compared with the truth.
    expect(accuracy).toBeUndefined();
  });
});
