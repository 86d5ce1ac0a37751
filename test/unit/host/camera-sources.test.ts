import { describe, expect, it } from 'vitest';
import type { FrameSource } from '../../../src/acquire/source.js';
import { now } from '../../../src/core/clock.js';
import { Frame } from '../../../src/core/frame.js';
import { type FrameAllocator, FramePool } from '../../../src/core/frame-pool.js';
import { LoopedSource } from '../../../src/host/looped-source.js';
import { PacedCamera } from '../../../src/host/paced-camera.js';

const never = new AbortController().signal;

/** A film of some frames of one byte: their number. */
class Film implements FrameSource {
  readonly info = { type: 'video', width: 1, height: 1, frameRate: 10, frameCount: 3, endless: false };
  #next = 0;
  closed = false;

  async read(allocator: FrameAllocator): Promise<Frame | undefined> {
    if (this.#next === 3) return undefined;
    const id = this.#next++;
    const frame = allocator.allocate({ id, timestamp: id * 100_000, format: 'GRAY8', codedWidth: 1, codedHeight: 1 });
    frame.data[0] = id;
    return frame;
  }

  async skip(count: number): Promise<number> {
    const passed = Math.min(count, 3 - this.#next);
    this.#next += passed;
    return passed;
  }

  close(): void {
    this.closed = true;
  }
}

async function read(source: FrameSource): Promise<[id: number, timestamp: number, pixel: number]> {
  const frame = (await source.read(new FramePool(), never)) as Frame;
  const seen: [number, number, number] = [frame.id, frame.timestamp, frame.data[0]];
  frame.close();
  return seen;
}

describe('a film that is looped', () => {
  it('begins again at its end; ids and times go on', async () => {
    const films: Film[] = [];
    const source = await LoopedSource.open(async () => films[films.push(new Film()) - 1]);
    expect(source.info).toEqual({ type: 'video', width: 1, height: 1, frameRate: 10, endless: true });
    const seen = [];
    for (let frame = 0; frame < 7; frame++) seen.push(await read(source));
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6].map((id) => [id, id * 100_000, id % 3]));
    expect(films.map(({ closed }) => closed)).toEqual([true, true, false]);
    expect(await source.skip(4, never)).toBe(4);
    expect(await read(source)).toEqual([11, 1_100_000, 2]);
    await source.close();
    expect(films.every(({ closed }) => closed)).toBe(true);
  });

  it('fails where there is nothing to show', async () => {
    const empty = async () => {
      const film = new Film();
      await film.skip(3);
      return film;
    };
    const source = await LoopedSource.open(empty);
    await expect(source.read(new FramePool(), never)).rejects.toMatchObject({ code: 'ERR_SOURCE' });
    expect(await source.skip(5, never)).toBe(0);
  });
});

describe('a film that is shown as by a camera', () => {
  it('gives each frame when it is due, passes over what nobody took, and ends', async () => {
    let ended = 0;
    const source = new PacedCamera(new Film(), 20, () => ended++);
    expect(source.info).toMatchObject({ type: 'camera', frameRate: 20, captureTime: 'driver', endless: false });
    const began = now();
    expect((await read(source))[0]).toBe(0);
    await new Promise((done) => setTimeout(done, 120));
    const frame = (await source.read(new FramePool(), never)) as Frame;
    expect(frame).toBeInstanceOf(Frame);
    expect([frame.id, source.missed]).toEqual([2, 1]);
    expect((frame.captureTime as number) - began).toBeGreaterThanOrEqual(99);
    frame.close();
    expect(ended).toBe(0);
    for (let asked = 0; asked < 2; asked++) expect(await source.read(new FramePool(), never)).toBeUndefined();
    expect(ended).toBe(1);
  });

  it('ends a wait when its signal says so', async () => {
    const source = new PacedCamera(new Film(), 0.1);
    await read(source);
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('enough')), 20);
    await expect(source.read(new FramePool(), stop.signal)).rejects.toThrow('enough');
  });
});
