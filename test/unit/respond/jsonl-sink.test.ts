import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { JsonlSink } from '../../../src/respond/jsonl-sink.node.js';
import { describeWith } from '../../assets.js';
import { makeResult } from './results.js';

const temporary = mkdtempSync(join(tmpdir(), 'reflexarc-jsonl-'));
afterAll(() => rmSync(temporary, { recursive: true }));

describe('JsonlSink', () => {
  it('writes one line per result and fault, in the order of the calls', async () => {
    const path = join(temporary, 'results.jsonl');
    const sink = new JsonlSink(path);
    await sink.open();
    const error = { name: 'SourceError', code: 'ERR_SOURCE', message: 'bad', stack: 'secret places' };
    await Promise.all([
      sink.result(makeResult(0, { source: 'a.png' })),
      sink.fault({ frame: 1, source: 'b.png', error }),
      sink.result(makeResult(2, { items: [{ score: 0.5, classId: 7, label: 'cat' }] })),
      sink.write({ summary: 1 }),
    ]);
    const text = readFileSync(path, 'utf8');
    expect(text.endsWith('\n')).toBe(true);
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toEqual(makeResult(0, { source: 'a.png' }));
    expect(lines[1]).toEqual({
      frame: 1,
      source: 'b.png',
      error: { name: 'SourceError', code: 'ERR_SOURCE', message: 'bad' },
    });
    expect(lines[2].items).toEqual([{ score: 0.5, classId: 7, label: 'cat' }]);
    expect(lines[3]).toEqual({ summary: 1 });
    await sink.close();
  });

  it('acknowledges a line when a slow stream has taken it', async () => {
    const taken: string[] = [];
    const releases: (() => void)[] = [];
    const stream = new Writable({
      highWaterMark: 1,
      write(chunk, _encoding, done) {
        releases.push(() => {
          taken.push(String(chunk));
          done();
        });
      },
    });
    const sink = new JsonlSink(stream);
    let acknowledged = false;
    const writing = sink.result(makeResult(0)).then(() => {
      acknowledged = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(acknowledged).toBe(false);
    releases[0]();
    await writing;
    expect(JSON.parse(taken[0]).frame).toBe(0);
    await sink.close();
    expect(stream.destroyed).toBe(false);
    expect(stream.listenerCount('error')).toBe(0);
  });

  it('turns a reader that went away into one error', async () => {
    const stream = new Writable({
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      },
    });
    const sink = new JsonlSink(stream);
    await expect(sink.result(makeResult(0))).rejects.toMatchObject({
      code: 'ERR_SINK',
      received: 'a reader that went away',
    });
  });

  it('refuses a place that cannot be written to, and use before open', async () => {
    await expect(new JsonlSink(join(temporary, 'none', 'a.jsonl')).open()).rejects.toMatchObject({
      code: 'ERR_SINK',
      received: 'no such folder',
    });
    await expect(new JsonlSink(temporary).open()).rejects.toMatchObject({ code: 'ERR_SINK', received: 'a folder' });
    await expect(new JsonlSink('a.jsonl').write({})).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
    expect(() => new JsonlSink('')).toThrowError(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
  });
});

describeWith('JsonlSink on a full disk', existsSync('/dev/full'), '/dev/full', () => {
  it('fails with one error, and goes on failing', async () => {
    const sink = new JsonlSink('/dev/full');
    await sink.open();
    const full = { code: 'ERR_SINK', received: 'a full disk', details: { code: 'ENOSPC' } };
    await expect(sink.result(makeResult(0))).rejects.toMatchObject(full);
    await expect(sink.result(makeResult(1))).rejects.toMatchObject(full);
    await sink.close();
  });
});
