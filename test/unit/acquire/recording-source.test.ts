import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { parseJsonLines } from '../../../src/acquire/json-lines.js';
import { readTruth } from '../../../src/acquire/read-truth.node.js';
import { RecordingSource } from '../../../src/acquire/recording-source.node.js';
import { ReflexarcError } from '../../../src/core/error.js';
import { Frame } from '../../../src/core/frame.js';
import { FramePool } from '../../../src/core/frame-pool.js';
import { recordedFrameSchema } from '../../../src/core/recording.js';

const pictures = fileURLToPath(new URL('../../fixtures/pictures', import.meta.url));
const temporary = mkdtempSync(join(tmpdir(), 'reflexarc-replay-'));
afterAll(() => rmSync(temporary, { recursive: true }));
const { signal } = new AbortController();
let counter = 0;

const index = {
  version: 1,
  complete: true,
  size: { width: 17, height: 13 },
  seed: null,
  fps: null,
  frames: null,
  definition: {},
};
const line = (frame: number, path: string, source?: string) =>
  `${JSON.stringify({ frame, timestamp: frame * 10, source, path, width: 17, height: 13 })}\n`;

/** A recording of the fixtures named, as files. */
function make(files: string[], changes: { index?: unknown; frames?: string; truth?: string } = {}): string {
  const directory = join(temporary, String(counter++));
  mkdirSync(join(directory, 'frames'), { recursive: true });
  files.forEach((file, i) => {
    cpSync(join(pictures, file), join(directory, 'frames', `${i}.png`));
  });
  const recording = changes.index ?? index;
  writeFileSync(
    join(directory, 'recording.json'),
    typeof recording === 'string' ? recording : JSON.stringify(recording),
  );
  writeFileSync(
    join(directory, 'frames.jsonl'),
    changes.frames ?? files.map((file, i) => line(i, `frames/${i}.png`, file)).join(''),
  );
  if (changes.truth !== undefined) writeFileSync(join(directory, 'truth.jsonl'), changes.truth);
  return directory;
}

describe('RecordingSource', () => {
  it('takes the picture that lies there, whatever its kind and size, and makes a fault of a bad one', async () => {
    const source = await RecordingSource.open(make(['palette.png', 'truncated.jpg', '1x1.jpg']));
    const pool = new FramePool();
    const seen = [];
    for (;;) {
      const read = await source.read(pool, signal);
      if (!read) break;
      if (read instanceof Frame) {
        seen.push([read.id, read.source, read.timestamp, read.codedWidth]);
        read.close();
      } else seen.push([read.frame, read.source, read.error.code]);
    }
    expect(seen).toEqual([
      [0, 'palette.png', 0, 17],
      [1, 'truncated.jpg', 'ERR_SOURCE'],
      [2, '1x1.jpg', 20, 1],
    ]);
    expect(pool.openFrames).toBe(0);
  });

  it('makes a fault of a picture that is gone, and goes on', async () => {
    const directory = make(['1x1.png', '1x1.png']);
    rmSync(join(directory, 'frames', '0.png'));
    const source = await RecordingSource.open(directory);
    expect(await source.read(new FramePool(), signal)).toMatchObject({
      frame: 0,
      error: { received: 'nothing there' },
    });
    const frame = await source.read(new FramePool(), signal);
    expect(frame).toMatchObject({ id: 1 });
    (frame as Frame).close();
  });

  it('passes over frames, stops on abort, refuses once closed', async () => {
    const source = await RecordingSource.open(make(['1x1.png', '1x1.png', 'rgb.bmp']));
    expect(await source.skip(2, signal)).toBe(2);
    const reason = new Error('enough');
    await expect(source.read(new FramePool(), AbortSignal.abort(reason))).rejects.toBe(reason);
    const frame = (await source.read(new FramePool(), signal)) as Frame;
    expect(frame.id).toBe(2);
    frame.close();
    source.close();
    await expect(source.read(new FramePool(), signal)).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  });

  it.each([
    ['no JSON', { index: '{"version"' }, /recording\.json/],
    ['another version', { index: { ...index, version: 2 } }, /recording\.json: version/],
    ['a wrong rate', { index: { ...index, fps: 0 } }, /fps/],
    ['a missing key', { index: { version: 1 } }, /recording\.json/],
    ['an unknown key', { index: { ...index, extra: 1 } }, /extra/],
    ['fewer lines than promised', { index: { ...index, frames: 9 } }, /frames\.jsonl/],
    ['a line that is no JSON', { frames: `${line(0, 'a.png')}nonsense\n` }, /frames\.jsonl:2/],
    ['an empty line', { frames: `${line(0, 'a.png')}\n` }, /frames\.jsonl:2/],
    ['a line without a path', { frames: '{"frame":0,"timestamp":0}\n' }, /frames\.jsonl:1: path/],
    ['a path out of the folder', { frames: line(0, '../../etc/passwd.png') }, /frames\.jsonl:1: path/],
    ['an absolute path', { frames: line(0, '/etc/passwd') }, /frames\.jsonl:1: path/],
    ['frames out of order', { frames: line(4, 'a.png') + line(4, 'b.png') }, /frames\.jsonl:2: frame/],
    ['a torn end although complete', { frames: line(0, 'a.png').slice(0, 20) }, /frames\.jsonl:1/],
  ])('refuses %s', async (_name, changes, subject) => {
    const failing = RecordingSource.open(make([], changes));
    await expect(failing).rejects.toMatchObject({ code: 'ERR_SOURCE', subject: expect.stringMatching(subject) });
  });

  it('tells the number of a bad line', async () => {
    const failing = RecordingSource.open(make([], { frames: `${line(0, 'a.png')}nonsense\n` }));
    await expect(failing).rejects.toMatchObject({ details: { line: 2 }, received: '"nonsense"' });
  });

  it('passes over a torn end of an interrupted recording only', async () => {
    const frames = line(0, 'a.png') + line(1, 'b.png').slice(0, 9);
    const source = await RecordingSource.open(make([], { index: { ...index, complete: false }, frames }));
    expect(source.info.frameCount).toBe(1);
  });

  it('refuses a folder without a recording', async () => {
    await expect(RecordingSource.open(pictures)).rejects.toMatchObject({
      code: 'ERR_SOURCE',
      received: 'nothing there',
    });
  });
});

describe('readTruth', () => {
  it('gives the objects by frame, and undefined where there are none', async () => {
    const truth = '{"frame":0,"objects":[]}\n{"frame":5,"objects":[{"label":"nut"}],"note":"more"}\n';
    expect(await readTruth(make([], { truth }))).toEqual(
      new Map([
        [0, []],
        [5, [{ label: 'nut' }]],
      ]),
    );
    expect(await readTruth(make([]))).toBeUndefined();
    await expect(readTruth(make([], { truth: '{"frame":0}\n' }))).rejects.toMatchObject({
      code: 'ERR_SOURCE',
      details: { line: 1 },
    });
  });
});

describe('parseJsonLines', () => {
  it('gives lines or one of our errors for any text', () => {
    const piece = fc.oneof(fc.string(), fc.json(), fc.constant(line(1, 'frames/1.png').trim()), fc.constant('\n'));
    fc.assert(
      fc.property(fc.array(piece), fc.boolean(), (pieces, tornEnd) => {
        try {
          const frames = parseJsonLines(pieces.join('\n'), recordedFrameSchema, 'x', { tornEnd });
          return frames.every(({ path, frame }) => Number.isInteger(frame) && !path.includes('..'));
        } catch (error) {
          return error instanceof ReflexarcError && error.code === 'ERR_SOURCE';
        }
      }),
    );
  });
});

describe('RecordingSource on any bytes', () => {
  it('opens or fails with one of our errors', async () => {
    const directory = make(['1x1.png']);
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string()), fc.uint8Array(), async (recording, frames) => {
        writeFileSync(join(directory, 'recording.json'), recording);
        writeFileSync(join(directory, 'frames.jsonl'), frames);
        try {
          await RecordingSource.open(directory);
          return true;
        } catch (error) {
          return error instanceof ReflexarcError && error.code === 'ERR_SOURCE';
        }
      }),
      { numRuns: 150 },
    );
    writeFileSync(join(directory, 'recording.json'), JSON.stringify(index));
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (frames) => {
        writeFileSync(join(directory, 'frames.jsonl'), frames);
        try {
          return (await RecordingSource.open(directory)).info.frameCount === 0;
        } catch (error) {
          return error instanceof ReflexarcError && error.code === 'ERR_SOURCE';
        }
      }),
      { numRuns: 150 },
    );
  });
});
