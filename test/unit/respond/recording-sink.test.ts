import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { readTruth } from '../../../src/acquire/read-truth.node.js';
import { RecordingSource } from '../../../src/acquire/recording-source.node.js';
import { pipelineDefinitionSchema } from '../../../src/core/definition.js';
import { Frame, type PixelFormat } from '../../../src/core/frame.js';
import { FramePool } from '../../../src/core/frame-pool.js';
import { parse } from '../../../src/core/parse.js';
import { RecordingSink } from '../../../src/respond/recording-sink.node.js';
import { describeWith } from '../../assets.js';
import { makeFrame, makeResult, rgbOf } from './results.js';

const temporary = mkdtempSync(join(tmpdir(), 'reflexarc-recording-'));
afterAll(() => rmSync(temporary, { recursive: true }));
const { signal } = new AbortController();
const definition = parse(
  pipelineDefinitionSchema,
  { source: { type: 'synthetic', seed: 5 }, model: { type: 'bundle', path: 'models/conveyor' } },
  'test',
);
let counter = 0;
const newFolder = () => join(temporary, `recording-${counter++}`);
const readJson = (...path: string[]) => JSON.parse(readFileSync(join(...path), 'utf8'));
const readLines = (...path: string[]) =>
  readFileSync(join(...path), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

async function record(sink: RecordingSink, id: number, format: PixelFormat = 'RGB', width = 24, height = 16) {
  using frame = makeFrame(id, format, width, height);
  await sink.result(makeResult(id, { width, height }), frame);
  return rgbOf(frame);
}

describe('RecordingSink', () => {
  it('writes what a replay reads back: pixels of every format, times, ids with gaps, truth', async () => {
    const directory = newFolder();
    const sink = new RecordingSink(directory, { definition, truth: (frame) => [{ id: frame }] });
    await sink.open();
    expect(readJson(directory, 'recording.json')).toMatchObject({ complete: false, size: null, seed: 5, fps: 30 });
    const pixels = [
      await record(sink, 0, 'RGB'),
      await record(sink, 3, 'RGBA'),
      await record(sink, 4, 'BGR'),
      await record(sink, 7, 'GRAY8', 5, 3),
    ];
    await sink.close();

    expect(readJson(directory, 'recording.json')).toEqual({
      version: 1,
      complete: true,
      size: { width: 24, height: 16 },
      seed: 5,
      fps: 30,
      frames: 4,
      definition,
    });
    expect(readdirSync(directory).sort()).toEqual([
      'frames',
      'frames.jsonl',
      'recording.json',
      'results.jsonl',
      'truth.jsonl',
    ]);
    expect(readdirSync(join(directory, 'frames'))).toEqual(['000000.png', '000003.png', '000004.png', '000007.png']);
    expect(readLines(directory, 'frames.jsonl')[1]).toEqual({
      frame: 3,
      timestamp: 120_000,
      path: 'frames/000003.png',
      width: 24,
      height: 16,
    });
    const [first] = readLines(directory, 'results.jsonl');
    const { spans: _, late: __, ...untimed } = makeResult(0);
    expect(first).toEqual(untimed);
    expect(await readTruth(directory)).toEqual(new Map(Array.from({ length: 8 }, (_, id) => [id, [{ id }]])));

    const source = await RecordingSource.open(directory);
    expect(source.info).toEqual({
      type: 'recording',
      width: 24,
      height: 16,
      frameRate: 30,
      frameCount: 4,
      endless: false,
    });
    const pool = new FramePool({ shared: true });
    for (const [i, id] of [0, 3, 4, 7].entries()) {
      const frame = (await source.read(pool, signal)) as Frame;
      expect([frame.id, frame.timestamp, frame.source, frame.format]).toEqual([id, id * 40_000, undefined, 'RGB']);
      expect([...frame.data]).toEqual(pixels[i]);
      frame.close();
    }
    expect(await source.read(pool, signal)).toBeUndefined();
  });

  it('records faults beside the results, and no picture of them', async () => {
    const directory = newFolder();
    const sink = new RecordingSink(directory, { definition });
    await sink.open();
    const error = { name: 'SourceError', code: 'ERR_SOURCE', message: 'bad', stack: 's' };
    await sink.fault({ frame: 0, source: 'a.png', error });
    await record(sink, 1);
    await sink.close();
    expect(readLines(directory, 'results.jsonl')[0]).toEqual({
      frame: 0,
      source: 'a.png',
      error: { name: 'SourceError', code: 'ERR_SOURCE', message: 'bad' },
    });
    expect(readLines(directory, 'frames.jsonl').map(({ frame }) => frame)).toEqual([1]);
    expect(existsSync(join(directory, 'truth.jsonl'))).toBe(false);
    expect(await readTruth(directory)).toBeUndefined();
  });

  it('can be replayed after an interruption, with a line cut in two', async () => {
    const directory = newFolder();
    const sink = new RecordingSink(directory, { definition, truth: () => [] });
    await sink.open();
    await record(sink, 0);
    await record(sink, 1);
    // What a power cut leaves: no close, half a line.
    writeFileSync(join(directory, 'frames.jsonl'), '{"frame":2,"timest', { flag: 'a' });
    writeFileSync(join(directory, 'truth.jsonl'), '{"fr', { flag: 'a' });
    const source = await RecordingSource.open(directory);
    expect(source.recording).toMatchObject({ complete: false, size: { width: 24, height: 16 }, frames: null });
    expect(source.info.frameCount).toBe(2);
    expect((await readTruth(directory))?.size).toBe(2);
    await sink.close();
  });

  it('refuses a folder with something in it, a file, and use before open', async () => {
    const directory = newFolder();
    mkdirSync(directory);
    writeFileSync(join(directory, 'mine.txt'), 'x');
    const refused = { code: 'ERR_SINK', expected: 'an absent or empty folder' };
    await expect(new RecordingSink(directory, { definition }).open()).rejects.toMatchObject({
      ...refused,
      received: 'one with 1 entry',
    });
    expect(readdirSync(directory)).toEqual(['mine.txt']);
    await expect(new RecordingSink(join(directory, 'mine.txt'), { definition }).open()).rejects.toMatchObject(refused);
    await expect(record(new RecordingSink(newFolder(), { definition }), 0)).rejects.toMatchObject({
      code: 'ERR_ARGUMENT',
    });
    const empty = newFolder();
    mkdirSync(empty);
    const sink = new RecordingSink(empty, { definition });
    await sink.open();
    await sink.close();
    expect(readJson(empty, 'recording.json')).toMatchObject({ complete: true, frames: 0, size: null });
  });

  it('keeps a recording marked as incomplete when a write fails, and says so once', async () => {
    const directory = newFolder();
    const sink = new RecordingSink(directory, { definition });
    await sink.open();
    await record(sink, 0);
    rmSync(join(directory, 'frames'), { recursive: true });
    await expect(record(sink, 1)).rejects.toMatchObject({ code: 'ERR_SINK' });
    await expect(record(sink, 2)).rejects.toMatchObject({ code: 'ERR_SINK' });
    await sink.close();
    expect(readJson(directory, 'recording.json').complete).toBe(false);
    expect(readLines(directory, 'frames.jsonl').length).toBe(1);
  });
});

const mountPoint = join(temporary, 'small');
let mounted = false;
try {
  mkdirSync(mountPoint);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'none', mountPoint], { stdio: 'ignore' });
  mounted = true;
  execFileSync('umount', [mountPoint]);
} catch {
  mounted = false;
}

// A disk of its own, where this process may mount one; the tests with /dev/full below show the same everywhere.
describe.runIf(mounted)('RecordingSink on a disk that fills up', () => {
  afterEach(() => {
    execFileSync('umount', [mountPoint]);
  });

  it('fails with one error; what is there can be replayed', async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'none', mountPoint]);
    const directory = join(mountPoint, 'recording');
    const sink = new RecordingSink(directory, { definition, truth: () => [{ label: 'nut' }] });
    await sink.open();
    let error: unknown;
    let good = 0;
    for (; good < 100 && !error; good++) {
      await record(sink, good, 'RGB', 160, 160).catch((cause) => {
        error = cause;
        good--;
      });
    }
    expect(error).toMatchObject({
      code: 'ERR_SINK',
      received: 'a full disk',
      remedy: expect.stringContaining('space'),
    });
    await sink.close();
    expect(readJson(directory, 'recording.json').complete).toBe(false);
    expect(readdirSync(join(directory, 'frames')).filter((name) => name.endsWith('.part'))).toEqual([]);
    const source = await RecordingSource.open(directory);
    expect(source.info.frameCount).toBe(good);
    const pool = new FramePool();
    for (let i = 0; i < good; i++) {
      const read = await source.read(pool, signal);
      expect(read).toBeInstanceOf(Frame);
      (read as Frame).close();
    }
    expect(statSync(join(directory, 'frames.jsonl')).size).toBeGreaterThan(0);
  });
});

describeWith('RecordingSink with /dev/full', existsSync('/dev/full'), '/dev/full', () => {
  it('fails with one error at a picture, and pretends nothing', async () => {
    const directory = newFolder();
    const sink = new RecordingSink(directory, { definition });
    await sink.open();
    await record(sink, 0);
    symlinkSync('/dev/full', join(directory, 'frames', '000001.png.part'));
    const full = { code: 'ERR_SINK', received: 'a full disk', subject: expect.stringContaining('000001.png') };
    await expect(record(sink, 1)).rejects.toMatchObject(full);
    await expect(record(sink, 2)).rejects.toMatchObject(full);
    await sink.close();
    expect(readJson(directory, 'recording.json').complete).toBe(false);
    expect(readdirSync(join(directory, 'frames'))).toEqual(['000000.png']);
    expect((await RecordingSource.open(directory)).info.frameCount).toBe(1);
  });

  it('fails at the end when the index cannot be finished', async () => {
    const directory = newFolder();
    const sink = new RecordingSink(directory, { definition });
    await sink.open();
    await record(sink, 0);
    symlinkSync('/dev/full', join(directory, 'recording.json.part'));
    await expect(sink.close()).rejects.toMatchObject({ code: 'ERR_SINK', received: 'a full disk' });
    expect(readJson(directory, 'recording.json').complete).toBe(false);
  });
});
