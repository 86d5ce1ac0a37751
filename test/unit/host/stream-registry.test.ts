import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HostStream } from '../../../src/host/host-stream.node.js';
import { StreamRegistry } from '../../../src/host/stream-registry.node.js';

/** A stream as the registry sees it, whose end takes as long as the test says. */
class Stream {
  ended = false;
  closed = 0;

  constructor(readonly key: string) {}

  async close(): Promise<void> {
    this.closed++;
  }
}

let registry: StreamRegistry;

beforeEach(() => {
  vi.useFakeTimers();
  registry = new StreamRegistry({ streams: 3, graceMs: 120_000 });
});

afterEach(() => vi.useRealTimers());

let keys = 0;

function add(): Stream & HostStream {
  const release = registry.reserve();
  const stream = new Stream(`key ${++keys}`) as unknown as Stream & HostStream;
  registry.add(stream, () => {});
  release();
  return stream;
}

describe('streams of a host', () => {
  it('are counted while they are opened, run, wait for their page, and are closed', () => {
    const opening = registry.reserve();
    const running = add();
    const waiting = add();
    registry.park(waiting);
    const full = { code: 'ERR_ARGUMENT', expected: 'at most 3 streams of this host' };
    expect(() => registry.reserve()).toThrow(
      expect.objectContaining({ ...full, remedy: expect.stringContaining('1 of them end within 120 s') }),
    );
    opening();
    add();
    expect(() => registry.reserve()).toThrow(expect.objectContaining(full));
    // Its page has left: its process ends, which takes time.
    registry.remove(running);
    expect(() => registry.reserve()).toThrow(expect.objectContaining(full));
    running.ended = true;
    add();
    expect(() => registry.reserve()).toThrow(expect.objectContaining(full));
  });

  it('are counted once when a page comes back', () => {
    const streams = [add(), add(), add()];
    for (const stream of streams) registry.park(stream);
    expect(registry.waiting).toBe(3);
    for (const stream of streams) expect(registry.claim(stream.key, () => {})).toBe(stream);
    expect(registry.waiting).toBe(0);
    streams[0].ended = true;
    add();
    expect(() => registry.reserve()).toThrow(expect.objectContaining({ remedy: expect.not.stringContaining('wait') }));
  });

  it('make room when the time of those that wait is over', () => {
    const streams = [add(), add(), add()];
    for (const stream of streams) registry.park(stream);
    vi.advanceTimersByTime(120_000);
    expect(streams.map(({ closed }) => closed)).toEqual([1, 1, 1]);
    for (const stream of streams) stream.ended = true;
    expect(() => registry.reserve()).not.toThrow();
  });

  it('are kept for the last few only when they have ended and nobody comes to hear of it', () => {
    const ended = Array.from({ length: 10 }, () => {
      const stream = add();
      stream.ended = true;
      registry.park(stream);
      return stream;
    });
    add();
    expect(registry.streams.length).toBeLessThanOrEqual(4);
    expect(registry.claim(ended[9].key, () => {})).toBe(ended[9]);
    expect(registry.claim(ended[0].key, () => {})).toBeUndefined();
    expect(vi.getTimerCount()).toBeLessThanOrEqual(3);
  });
});
