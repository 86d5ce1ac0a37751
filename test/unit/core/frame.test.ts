import { describe, expect, it } from 'vitest';
import { Frame } from '../../../src/core/frame.js';
import { FramePool } from '../../../src/core/frame-pool.js';

const init = { id: 0, format: 'RGB', codedWidth: 4, codedHeight: 3, timestamp: 0 } as const;

describe('Frame', () => {
  it('gives its pixels back once, and refuses to be read afterwards', () => {
    let released = 0;
    const frame = new Frame({ ...init, data: new Uint8Array(36), release: () => released++ });
    expect(frame.data.byteLength).toBe(36);
    frame.close();
    frame.close();
    expect(released).toBe(1);
    expect(() => frame.data).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }));
  });

  it('closes at the end of a using block', () => {
    let released = 0;
    {
      using frame = new Frame({ ...init, data: new Uint8Array(36), release: () => released++ });
      expect(frame.closed).toBe(false);
    }
    expect(released).toBe(1);
  });

  it.each([
    ['an unknown format', { format: 'P010' }, 'ERR_ARGUMENT'],
    ['a width of 0', { codedWidth: 0 }, 'ERR_SHAPE'],
    ['a broken height', { codedHeight: 1.5 }, 'ERR_SHAPE'],
    ['a side above the limit', { codedWidth: 16385 }, 'ERR_SHAPE'],
    ['a stride shorter than a row', { strideBytes: 11 }, 'ERR_ARGUMENT'],
    ['too few bytes', { data: new Uint8Array(35) }, 'ERR_SHAPE'],
  ])('refuses %s', (_name, change, code) => {
    const make = () => new Frame({ ...init, data: new Uint8Array(36), ...(change as object) });
    expect(make).toThrow(expect.objectContaining({ code }));
  });

  it('needs no padding after the last row', () => {
    const make = (bytes: number) => new Frame({ ...init, strideBytes: 20, data: new Uint8Array(bytes) });
    expect(make(20 * 2 + 12).strideBytes).toBe(20);
    expect(() => make(20 * 2 + 11)).toThrow(expect.objectContaining({ code: 'ERR_SHAPE' }));
  });
});

describe('FramePool', () => {
  it('re-uses buffers, so that a steady stream makes none', () => {
    const pool = new FramePool({ shared: true });
    for (let i = 0; i < 100; i++) {
      const first = pool.allocate({ ...init, id: 2 * i });
      const second = pool.allocate({ ...init, id: 2 * i + 1 });
      expect(first.data.buffer).not.toBe(second.data.buffer);
      expect(first.data.buffer).toBeInstanceOf(SharedArrayBuffer);
      expect(pool.openFrames).toBe(2);
      first.close();
      second.close();
    }
    expect(pool.buffersMade).toBe(2);
    expect(pool.openFrames).toBe(0);
  });

  it('gives a smaller frame a part of a larger buffer, and replaces one that is too small', () => {
    const pool = new FramePool();
    pool.allocate(init).close();
    const small = pool.allocate({ ...init, codedHeight: 1 });
    expect(small.data.byteLength).toBe(12);
    expect(pool.buffersMade).toBe(1);
    small.close();
    pool.allocate({ ...init, codedHeight: 100 }).close();
    expect(pool.buffersMade).toBe(2);
    pool.allocate(init).close();
    expect(pool.buffersMade).toBe(2);
  });

  it('does not take a bad size', () => {
    const pool = new FramePool();
    expect(() => pool.allocate({ ...init, codedWidth: -4 })).toThrow(expect.objectContaining({ code: 'ERR_SHAPE' }));
    expect(pool.openFrames).toBe(0);
  });
});
