import { describe, expect, it } from 'vitest';
import { DeviceLostError, KernelError, ShapeError, SourceError } from '../../../src/core/error.js';
import type { FramePool } from '../../../src/core/frame-pool.js';
import type { FrameFault, Result } from '../../../src/core/result.js';
import type { Sink } from '../../../src/respond/sink.js';
import { CountingSource, delay, FakeEngine, makeArc } from './fakes.js';

async function collect(run: AsyncIterable<Result>): Promise<number[]> {
  const frames: number[] = [];
  for await (const result of run) frames.push(result.frame);
  return frames;
}

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);

describe.each([1, 2] as const)('arc with %i slot(s)', (slots) => {
  it('answers every frame in order, closes it, and re-uses its buffers', async () => {
    const source = new CountingSource(50);
    const engine = new FakeEngine(async ({ id }) => delay(id % 3));
    const { arc, pool } = makeArc(source, engine, { slots });
    const labels: string[] = [];
    for await (const result of arc.run()) labels.push(result.items[0].label);
    expect(labels).toEqual(upTo(50).map((i) => `seen ${i}`));
    expect(pool.openFrames).toBe(0);
    expect(pool.buffersMade).toBe(slots);
    expect(engine.most).toBe(slots);
    expect(arc.stats).toMatchObject({ frames: 50, faults: 0, drops: { queue: 0, stale: 0 }, openFrames: 0 });
    await arc.close();
    expect([source.closed, engine.closed]).toEqual([1, 1]);
  });

  it('adds up the spans of a frame', async () => {
    const { arc } = makeArc(new CountingSource(1, async () => delay(5) as Promise<undefined>), new FakeEngine(), {
      slots,
    });
    for await (const { spans } of arc.run()) {
      expect(spans).toMatchObject({ preprocess: 1, infer: 2, postprocess: 3 });
      expect(spans.overhead).toBeCloseTo(1 + 3 + spans.respond, 6);
      expect(spans.acquire).toBeGreaterThanOrEqual(4);
      expect(spans.total).toBeGreaterThanOrEqual(spans.acquire + spans.respond);
    }
    await arc.close();
  });

  it('ends when the loop is left early', async () => {
    const sink: Sink & { closed: number } = { closed: 0, close: () => void sink.closed++ };
    const { arc, pool } = makeArc(new CountingSource(50), new FakeEngine(), { slots }, { sinks: [sink] });
    for await (const result of arc.run()) if (result.frame === 3) break;
    expect(sink.closed).toBe(1);
    expect(pool.openFrames).toBe(0);
    await arc.close();
    expect(sink.closed).toBe(1);
  });

  it('ends cleanly when closed during a run, from inside the loop and from outside', async () => {
    const inside = makeArc(new CountingSource(50), new FakeEngine(), { slots });
    const seen: number[] = [];
    for await (const result of inside.arc.run()) {
      seen.push(result.frame);
      if (result.frame === 2) await inside.arc.close();
    }
    expect(seen).toEqual([0, 1, 2]);
    const outside = makeArc(new CountingSource(50), new FakeEngine(() => delay(5)), { slots });
    const running = collect(outside.arc.run());
    await delay(20);
    await outside.arc.close();
    expect((await running).length).toBeLessThan(50);
    expect([inside.pool.openFrames, outside.pool.openFrames]).toEqual([0, 0]);
  });

  it('finishes what is under way when the source fails, then throws its error', async () => {
    const source = new CountingSource(50, async (frame) => {
      if (frame === 5) throw new SourceError({ subject: 'tape', expected: 'a frame', received: 'a tear' });
      return undefined;
    });
    const { arc, pool } = makeArc(source, new FakeEngine(() => delay(2)), { slots });
    const seen: number[] = [];
    const run = async () => {
      for await (const result of arc.run()) seen.push(result.frame);
    };
    await expect(run()).rejects.toMatchObject({ code: 'ERR_SOURCE', received: 'a tear' });
    expect(seen).toEqual(upTo(5));
    expect(pool.openFrames).toBe(0);
    await arc.close();
  });

  it('reports an unreadable frame and goes on; without a listener it ends the run', async () => {
    const make = () =>
      new CountingSource(10, async (frame) =>
        frame === 4
          ? { frame, source: '4.png', error: { name: 'SourceError', code: 'ERR_SOURCE', message: 'bad' } }
          : undefined,
      );
    const faults: FrameFault[] = [];
    const told: FrameFault[] = [];
    const sinks: Sink[] = [{ fault: (fault) => void told.push(fault) }];
    const listened = makeArc(make(), new FakeEngine(), { slots }, { onFault: (fault) => faults.push(fault), sinks });
    expect(await collect(listened.arc.run())).toEqual(upTo(10).filter((i) => i !== 4));
    expect(faults).toMatchObject([{ frame: 4, source: '4.png', error: { code: 'ERR_SOURCE' } }]);
    expect(told).toEqual(faults);
    expect(listened.arc.stats).toMatchObject({ frames: 9, faults: 1 });
    const alone = makeArc(make(), new FakeEngine(), { slots });
    await expect(collect(alone.arc.run())).rejects.toMatchObject({ code: 'ERR_SOURCE' });
    await Promise.all([listened.arc.close(), alone.arc.close()]);
  });

  it('takes an engine error for a fault of that frame, but a lost engine for the end', async () => {
    const fail = (error: Error) =>
      new FakeEngine(async ({ id }) => {
        if (id === 3) throw error;
      });
    const faults: FrameFault[] = [];
    const onFault = (fault: FrameFault) => void faults.push(fault);
    const one = makeArc(new CountingSource(6), fail(new Error('hiccup')), { slots }, { onFault });
    expect(await collect(one.arc.run())).toEqual([0, 1, 2, 4, 5]);
    expect(faults).toMatchObject([{ frame: 3, error: { message: 'hiccup' } }]);
    const lost = new DeviceLostError({ subject: 'gpu', expected: 'one', received: 'none' });
    const two = makeArc(new CountingSource(6), fail(lost), { slots }, { onFault });
    await expect(collect(two.arc.run())).rejects.toMatchObject({ code: 'ERR_DEVICE_LOST' });
    expect([one.pool.openFrames, two.pool.openFrames]).toEqual([0, 0]);
    await Promise.all([one.arc.close(), two.arc.close()]);
  });

  it('does not use a pipeline twice', async () => {
    const { arc } = makeArc(new CountingSource(1), new FakeEngine(), { slots });
    await collect(arc.run());
    expect(() => arc.run()).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }));
    await arc.close();
    const closed = makeArc(new CountingSource(1), new FakeEngine(), { slots }).arc;
    await closed.close();
    expect(() => closed.run()).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }));
  });

  it('drops frames that are stale before inference, and marks those that came late', async () => {
    // Far apart, so that a busy machine changes nothing.
    const engine = new FakeEngine(async ({ id }) => delay(id === 1 ? 1500 : 0), 1000);
    const source = new CountingSource(4);
    const { arc } = makeArc(source, engine, { slots, deadlineMs: 1000, pace: 1000, queue: 'wait' });
    const late: boolean[] = [];
    for await (const result of arc.run()) late.push(result.late);
    expect(late).toEqual([false, true]);
    expect(arc.stats).toMatchObject({ frames: 2, late: 1, drops: { stale: 2 } });
    await arc.close();
  });
});

describe('abort', () => {
  const reason = new Error('enough');

  it.each(['open', 'acquire', 'pace', 'infer', 'respond', 'between'] as const)(
    'during %s rejects with the reason, and leaves nothing open',
    async (stage) => {
      const controller = new AbortController();
      const abortSoon = async <T>(value: T): Promise<T> => {
        setTimeout(() => controller.abort(reason), 5);
        await delay(30);
        return value;
      };
      const sink: Sink & { closed: number } = {
        closed: 0,
        open: async () => (stage === 'open' ? abortSoon(undefined) : undefined),
        result: async () => (stage === 'respond' ? abortSoon(undefined) : undefined),
        close: () => void sink.closed++,
      };
      const source = new CountingSource(20, async () => (stage === 'acquire' ? abortSoon(undefined) : undefined));
      const engine = new FakeEngine(async () => (stage === 'infer' ? abortSoon(undefined) : undefined));
      const pace = stage === 'pace' ? { pace: 0.5 } : {};
      const { arc, pool } = makeArc(source, engine, pace, { sinks: [sink] });
      if (stage === 'pace') setTimeout(() => controller.abort(reason), 30);
      const run = async () => {
        for await (const _ of arc.run({ signal: controller.signal })) if (stage === 'between') controller.abort(reason);
      };
      await expect(run()).rejects.toBe(reason);
      expect(sink.closed).toBe(1);
      expect(pool.openFrames).toBe(0);
      await arc.close();
    },
  );

  it('before the run rejects at once', async () => {
    const { arc } = makeArc(new CountingSource(3), new FakeEngine());
    await expect(collect(arc.run({ signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
    await arc.close();
  });

  it('is not held up by a sink that never acknowledges', async () => {
    const sinks: Sink[] = [{ result: () => new Promise<void>(() => {}) }];
    const { arc } = makeArc(new CountingSource(3), new FakeEngine(), {}, { sinks });
    await expect(collect(arc.run({ signal: AbortSignal.timeout(20) }))).rejects.toMatchObject({ name: 'TimeoutError' });
    await arc.close();
  }, 10_000);
});

describe('a source of which no frame can be processed', () => {
  class Endless extends CountingSource {
    override readonly info = { type: 'module', width: 8, height: 8, endless: true };
  }
  const refusal = (received: string) => new ShapeError({ subject: 'frame', expected: 'another', received });

  async function faultsUntilTheEnd(source: CountingSource, engine: FakeEngine) {
    const faults: FrameFault[] = [];
    const { arc } = makeArc(source, engine, {}, { onFault: (fault) => faults.push(fault) });
    const error = await collect(arc.run()).then(
      () => undefined,
      (caught: unknown) => caught,
    );
    await arc.close();
    return { faults: faults.length, error };
  }

  it('ends the run where it is endless and every frame fails alike', async () => {
    const engine = new FakeEngine(() => Promise.reject(refusal('8 × 8')));
    expect(await faultsUntilTheEnd(new Endless(200), engine)).toMatchObject({
      faults: 30,
      error: { code: 'ERR_SHAPE', received: '8 × 8' },
    });
  });

  it('ends the run with the first frame that fits no memory, unless others have', async () => {
    const tooLarge = () =>
      Promise.reject(
        new KernelError({ subject: 'memory', expected: '1 MiB', received: '2 MiB', details: { reason: 'too-large' } }),
      );
    expect(await faultsUntilTheEnd(new Endless(200), new FakeEngine(tooLarge))).toMatchObject({
      faults: 0,
      error: { code: 'ERR_KERNEL', details: { reason: 'too-large' } },
    });
    const later = new FakeEngine(({ id }) => (id === 0 ? Promise.resolve() : tooLarge()));
    expect(await faultsUntilTheEnd(new Endless(60), later)).toEqual({ faults: 59, error: undefined });
    expect(await faultsUntilTheEnd(new CountingSource(60), new FakeEngine(tooLarge))).toEqual({
      faults: 60,
      error: undefined,
    });
  });

  it('does not where it ends by itself, where one frame was answered, or where each fails in its own way', async () => {
    const alike = new FakeEngine(() => Promise.reject(refusal('8 × 8')));
    expect(await faultsUntilTheEnd(new CountingSource(60), alike)).toEqual({ faults: 60, error: undefined });
    const later = new FakeEngine(({ id }) => (id === 0 ? Promise.resolve() : Promise.reject(refusal('8 × 8'))));
    expect(await faultsUntilTheEnd(new Endless(60), later)).toEqual({ faults: 59, error: undefined });
    const various = new FakeEngine(({ id }) => Promise.reject(refusal(`frame ${id}`)));
    expect(await faultsUntilTheEnd(new Endless(60), various)).toEqual({ faults: 60, error: undefined });
  });
});

describe('what is said of a run', () => {
  it('says whose the capture time is', async () => {
    class Timed extends CountingSource {
      override async read(allocator: FramePool) {
        const frame = await super.read(allocator, new AbortController().signal);
        if (frame && 'close' in frame) frame.captureTime = 5;
        return frame;
      }
    }
    const plain = makeArc(new CountingSource(2), new FakeEngine());
    const timed = makeArc(new Timed(2), new FakeEngine());
    const paced = makeArc(new Timed(2), new FakeEngine(), { pace: 100 });
    expect(timed.arc.info.captureTime).toBe('arrival');
    for (const { arc } of [plain, timed, paced]) await collect(arc.run());
    expect([plain, timed, paced].map(({ arc }) => arc.info.captureTime)).toEqual(['arrival', 'source', 'intended']);
    for (const { arc } of [plain, timed, paced]) await arc.close();
  });

  it('says that a camera drops what nobody takes, and reads no frame ahead', async () => {
    class Camera extends CountingSource {
      override readonly info = { type: 'camera', width: 8, height: 8, endless: true };
    }
    const source = new Camera(20);
    const { arc } = makeArc(source, new FakeEngine(() => delay(5)), { queue: 'wait', slots: 1 });
    expect(arc.info.queue).toBe('latest');
    for await (const { frame } of arc.run()) expect(source.next).toBeLessThanOrEqual(frame + 2);
    await arc.close();
  });

  it('names no copy into kernel memory where there is none', async () => {
    const { arc } = makeArc(new CountingSource(1), new FakeEngine());
    expect(arc.info.kernels.tier).toBe('reference');
    expect(arc.info.copies).toEqual(['input → fake']);
    await arc.close();
  });
});

describe('queue', () => {
  it('wait: a slow engine delays a paced source and drops nothing; latency shows the delay', async () => {
    const engine = new FakeEngine(({ id }) => delay(id === 2 ? 120 : 1));
    const { arc } = makeArc(new CountingSource(12), engine, { pace: 100, queue: 'wait' });
    expect(await collect(arc.run())).toEqual(upTo(12));
    const { drops, stages } = arc.stats;
    expect(drops.queue).toBe(0);
    expect(drops.longestGapMs).toBeGreaterThanOrEqual(60);
    expect(stages.total.max).toBeGreaterThanOrEqual(115);
    await arc.close();
  });

  it('latest: what a slow engine cannot take is dropped and counted, and every frame is accounted for', async () => {
    const engine = new FakeEngine(() => delay(25));
    const source = new CountingSource(40);
    const { arc, pool } = makeArc(source, engine, { pace: 200, queue: 'latest' });
    const frames = await collect(arc.run());
    expect(arc.stats.drops.queue).toBeGreaterThan(10);
    expect(frames.length + arc.stats.drops.queue).toBe(40);
    expect(frames).toEqual([...frames].sort((a, b) => a - b));
    expect(pool.openFrames).toBe(0);
    await arc.close();
  });

  it('latest: frames that fell due while the process stood still are skipped, not read', async () => {
    const source = new CountingSource(30, async (frame) => {
      if (frame !== 3) return undefined;
      const end = performance.now() + 100;
      while (performance.now() < end);
      return undefined;
    });
    const { arc } = makeArc(source, new FakeEngine(), { pace: 100, queue: 'latest' });
    const frames = await collect(arc.run());
    expect(source.skipped).toBeGreaterThanOrEqual(8);
    expect(frames.length + arc.stats.drops.queue).toBe(30);
    await arc.close();
  });

  it('ends after a number of frames or a time, dropped ones included', async () => {
    const some = makeArc(new CountingSource(1000), new FakeEngine(), { frames: 7 });
    expect(await collect(some.arc.run())).toEqual(upTo(7));
    const timed = makeArc(new CountingSource(1000), new FakeEngine(), { pace: 100, queue: 'wait', durationMs: 95 });
    expect((await collect(timed.arc.run())).length).toBe(10);
    await Promise.all([some.arc.close(), timed.arc.close()]);
  });
});

describe('sinks', () => {
  it('end the run with ERR_SINK when they fail, after the frame was closed', async () => {
    const sinks: Sink[] = [
      {
        result: ({ frame }) => {
          if (frame === 2) throw new Error('disk full');
        },
      },
    ];
    const { arc, pool } = makeArc(new CountingSource(9), new FakeEngine(), {}, { sinks });
    await expect(collect(arc.run())).rejects.toMatchObject({
      code: 'ERR_SINK',
      subject: 'options.sinks[0]',
      received: 'disk full',
    });
    expect(pool.openFrames).toBe(0);
    await arc.close();
  });

  it('get the frame only if they ask for it, and hold it until they are done', async () => {
    const seen: (number | undefined)[] = [];
    const sinks: Sink[] = [
      {
        needsFrame: true,
        result: async (_result, frame) => {
          await delay(3);
          seen.push(frame?.data[0]);
        },
      },
      { result: (_result, frame) => void seen.push(frame?.id) },
    ];
    const { arc } = makeArc(new CountingSource(2), new FakeEngine(), {}, { sinks });
    await collect(arc.run());
    expect(seen).toEqual([undefined, 0, undefined, 1]);
    await arc.close();
  });
});
