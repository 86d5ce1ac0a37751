import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type PipelineDefinitionInput, pipelineDefinitionSchema } from '../../../src/core/definition.js';
import type { PixelFormat } from '../../../src/core/frame.js';
import { parse } from '../../../src/core/parse.js';
import type { Result } from '../../../src/core/result.js';
import { AnnotateSink } from '../../../src/respond/annotate-sink.node.js';
import { describeWith } from '../../assets.js';
import { makeFrame, makeResult, rgbOf } from './results.js';

const temporary = mkdtempSync(join(tmpdir(), 'reflexarc-annotate-'));
afterAll(() => rmSync(temporary, { recursive: true }));
const searchPath = process.env.PATH;
afterEach(() => {
  process.env.PATH = searchPath;
});
let counter = 0;
const newFolder = () => join(temporary, `annotated-${counter++}`);

function define(source: PipelineDefinitionInput['source'], more: Partial<PipelineDefinitionInput> = {}) {
  return parse(pipelineDefinitionSchema, { source, model: { type: 'bundle', path: 'm' }, ...more }, 'test');
}
const pictures = define({ type: 'pictures', path: 'in' });
const line = {
  type: 'line' as const,
  id: 'gate',
  from: { x: 0.5, y: 0 },
  to: { x: 0.5, y: 1 },
  reject: ['*-defective'],
};
const synthetic = define({ type: 'synthetic', frameRate: 10 }, { rules: [line], track: { type: 'sort' } });

async function annotate(sink: AnnotateSink, id: number, changes: Partial<Result> = {}, format: PixelFormat = 'RGB') {
  const result = makeResult(id, { width: 160, height: 120, ...changes });
  using frame = makeFrame(id, format, result.width, result.height);
  frame.data.fill(format === 'GRAY8' ? 90 : 60);
  await sink.result(result, frame);
  return rgbOf(frame);
}

describe('AnnotateSink on pictures', () => {
  it('writes each picture under its own name, drawn upon, of the same size', async () => {
    const directory = newFolder();
    const sink = new AnnotateSink(directory, { definition: pictures });
    expect(sink.mode).toBe('pictures');
    await sink.open();
    const before = await annotate(sink, 0, { source: 'a.jpg', items: [] });
    await annotate(sink, 1, { source: 'deep/er/b.png' });
    await annotate(sink, 2, { source: 'a.png' });
    await annotate(sink, 3, { source: '../../c.tif', items: [] }, 'GRAY8');
    await annotate(sink, 4);
    await sink.close();
    const names = readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));
    expect(names.sort()).toEqual(['000004.png', 'a.png', 'a.png.png', 'c.png', 'deep/er/b.png']);

    const plain = await sharp(join(directory, 'a.png')).raw().toBuffer();
    expect([...plain]).toEqual(before);
    const drawn = await sharp(join(directory, 'deep/er/b.png')).raw().toBuffer({ resolveWithObject: true });
    expect(drawn.info).toMatchObject({ width: 160, height: 120, channels: 3 });
    expect(drawn.data.some((value) => value !== 60)).toBe(true);
    const gray = await sharp(join(directory, 'c.png')).raw().toBuffer({ resolveWithObject: true });
    expect(gray.info.channels).toBe(3);
  });

  it('draws in colour on a gray frame', async () => {
    const directory = newFolder();
    const sink = new AnnotateSink(directory, { definition: pictures });
    await sink.open();
    await annotate(sink, 0, {}, 'GRAY8');
    const data = await sharp(join(directory, '000000.png')).raw().toBuffer();
    let coloured = 0;
    for (let i = 0; i < data.length; i += 3) if (Math.abs(data[i] - data[i + 2]) > 40) coloured++;
    expect(coloured).toBeGreaterThan(20);
  });

  it('works on a picture of 1 × 1', async () => {
    const directory = newFolder();
    const sink = new AnnotateSink(directory, { definition: pictures });
    await sink.open();
    await annotate(sink, 0, { width: 1, height: 1 });
    expect(await sharp(join(directory, '000000.png')).metadata()).toMatchObject({ width: 1, height: 1 });
  });

  it('refuses a folder with something in it, use before open, and a folder that goes away', async () => {
    const directory = newFolder();
    mkdirSync(directory);
    writeFileSync(join(directory, 'mine.png'), 'x');
    await expect(new AnnotateSink(directory, { definition: pictures }).open()).rejects.toMatchObject({
      code: 'ERR_SINK',
    });
    await expect(annotate(new AnnotateSink(newFolder(), { definition: pictures }), 0)).rejects.toMatchObject({
      code: 'ERR_ARGUMENT',
    });
    const gone = newFolder();
    const sink = new AnnotateSink(gone, { definition: pictures });
    await sink.open();
    rmSync(gone, { recursive: true });
    writeFileSync(gone, 'a file');
    await expect(annotate(sink, 0)).rejects.toMatchObject({ code: 'ERR_SINK' });
    await sink.close();
  });

  it.each([
    [{ type: 'pictures', path: 'in' }, 30, 'pictures'],
    [{ type: 'video', path: 'in.mp4' }, undefined, 'video'],
    [{ type: 'synthetic' }, undefined, 'video'],
    [{ type: 'recording', path: 'in' }, 25, 'video'],
    [{ type: 'recording', path: 'in' }, undefined, 'pictures'],
    [{ type: 'module', url: './in.js' }, undefined, 'pictures'],
  ] as const)('chooses by the source: %j at %s fps gives %s... ', (source, frameRate, mode) => {
    expect(new AnnotateSink('x', { definition: define({ ...source }), frameRate }).mode).toBe(mode);
  });
});

function haveFfmpeg(): boolean {
  try {
    execFileSync('ffmpeg', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function probe(path: string) {
  const entries = 'stream=codec_type,width,height,nb_read_frames,avg_frame_rate';
  const args = ['-v', 'error', '-count_frames', '-show_entries', entries, '-of', 'json', path];
  return JSON.parse(execFileSync('ffprobe', args, { encoding: 'utf8' })).streams;
}

describeWith('AnnotateSink on video', haveFfmpeg(), 'ffmpeg', () => {
  it('writes one video that keeps the time of its frames, also of odd size', async () => {
    const directory = newFolder();
    const sink = new AnnotateSink(directory, { definition: synthetic });
    await sink.open();
    for (const id of [0, 1, 5])
      await annotate(sink, id, { timestamp: id * 100_000 + 7_000_000, width: 161, height: 121 });
    expect(existsSync(join(directory, 'annotated.mp4'))).toBe(false);
    await sink.close();
    expect(readdirSync(directory)).toEqual(['annotated.mp4']);
    expect(probe(join(directory, 'annotated.mp4'))).toEqual([
      { codec_type: 'video', width: 162, height: 122, avg_frame_rate: '10/1', nb_read_frames: '6' },
    ]);
  });

  it('shows a long gap as a short standstill', async () => {
    const directory = newFolder();
    const sink = new AnnotateSink(directory, { definition: synthetic });
    await sink.open();
    await annotate(sink, 0, { timestamp: 0 });
    await annotate(sink, 1, { timestamp: 3600e6 });
    await sink.close();
    expect(probe(join(directory, 'annotated.mp4'))[0].nb_read_frames).toBe('101');
  });

  it('makes no video where there was no frame', async () => {
    const directory = newFolder();
    const sink = new AnnotateSink(directory, { definition: synthetic });
    await sink.open();
    await sink.close();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('refuses a frame of another size, and leaves nothing half-finished', async () => {
    const directory = newFolder();
    const sink = new AnnotateSink(directory, { definition: synthetic });
    await sink.open();
    await annotate(sink, 0);
    await expect(annotate(sink, 1, { width: 80, height: 60 })).rejects.toMatchObject({
      code: 'ERR_SINK',
      expected: 'frames of 160 × 120 px, as the first one',
    });
    await sink.close();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('says what ffmpeg said when it cannot write', async () => {
    const directory = newFolder();
    const sink = new AnnotateSink(directory, { definition: synthetic });
    await sink.open();
    rmSync(directory, { recursive: true });
    await annotate(sink, 0);
    // Whether the encoder has already given up when the next frame comes is a matter of time; it fails once either way.
    const outcomes = await Promise.allSettled([annotate(sink, 1, { timestamp: 5e6 }).finally(() => sink.close())]);
    const wanted = { code: 'ERR_SINK', received: expect.stringContaining('No such file') };
    expect(outcomes).toEqual([{ status: 'rejected', reason: expect.objectContaining(wanted) }]);
    expect(existsSync(directory)).toBe(false);
  });

  it('names the remedy where there is no ffmpeg', async () => {
    const sink = new AnnotateSink(newFolder(), { definition: synthetic });
    await sink.open();
    process.env.PATH = temporary;
    await expect(annotate(sink, 0)).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED', expected: 'ffmpeg on the PATH' });
    await sink.close();
  });
});
