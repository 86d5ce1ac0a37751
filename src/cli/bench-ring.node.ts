import { setTimeout as pause } from 'node:timers/promises';
import { now } from '../core/clock.js';
import { InferenceError } from '../core/error.js';
import { Frame } from '../core/frame.js';
import type { FrameAllocator } from '../core/frame-pool.js';
import { ChildEngine } from '../host/child/child-engine.node.js';
import { monotonicOffset } from '../host/monotonic.node.js';
import { HostRing } from '../host/ring/host-ring.node.js';
import type { Scheduling } from '../host/scheduling/scheduling.js';
import type { BridgeFigure } from './bench-bridge.node.js';

const width = 640;
const height = 640;
// Both ends are compiled while they are called.
const warmUps = 5000;
// What handing over a frame of 1.2 MB may take.
const limitUs = 25;
const apartMs = 5;
const farSamples = 500;
const own: FrameAllocator = {
  allocate: (init) => new Frame({ ...init, data: new Uint8Array(width * height * 3) }),
};

/**
 * Hands frames of 640 × 640 RGB to a child process and waits for its answer: one after the other, and some ms apart, so that the child
 * sleeps meanwhile, or with `busyPoll` does not; in the ring, and by a copy into it. The child first adds up all bytes of a frame.
 * `there` ends when the child has the frame, `back` when its answer is read.
 * @throws {UnsupportedError} ERR_UNSUPPORTED no Linux, or no koffi. @throws {InferenceError} ERR_RUNTIME the child read other bytes.
 */
export async function benchRing({
  samples,
  signal,
}: {
  samples: number;
  signal?: AbortSignal;
}): Promise<{ n: number; figures: BridgeFigure[] }> {
  const ring = await HostRing.create(1, width * height * 3);
  try {
    const usual = await withChild(ring, {}, signal, async (child) => {
      await checkBytes(child, ring.frames);
      await checkBytes(child, own);
      const inPlace = await time(child, ring, ring.frames, { samples, signal });
      const copied = await time(child, ring, own, { samples, signal });
      const apart = await time(child, ring, ring.frames, { samples: Math.min(samples, farSamples), signal, apartMs });
      return [
        ...quantiles('there', inPlace.there, limitUs),
        ...quantiles('back', inPlace.back),
        ...quantiles('there, with a copy', copied.there),
        ...quantiles(`there, frames ${apartMs} ms apart`, apart.there),
      ];
    });
    const polled = await withChild(ring, { busyPoll: true }, signal, async (child) => {
      const apart = await time(child, ring, ring.frames, { samples: Math.min(samples, farSamples), signal, apartMs });
      return quantiles(`there, ${apartMs} ms apart, busyPoll`, apart.there, limitUs);
    });
    return { n: samples, figures: [...usual, ...polled] };
  } finally {
    ring.close();
  }
}

async function withChild<T>(
  ring: HostRing,
  scheduling: Scheduling,
  signal: AbortSignal | undefined,
  work: (child: ChildEngine) => Promise<T>,
): Promise<T> {
  const child = await ChildEngine.open({
    ring,
    recovery: { hangMs: 10_000, loadMs: 10_000, restarts: 0 },
    scheduling,
    signal,
  });
  try {
    return await work(child);
  } finally {
    await child.close();
  }
}

async function checkBytes(child: ChildEngine, allocator: FrameAllocator): Promise<void> {
  using frame = picture(allocator, 0);
  let sum = 0;
  for (let i = 0; i < frame.data.length; i++) {
    frame.data[i] = (i * 31 + (i >> 8)) & 255;
    sum += frame.data[i];
  }
  const received = await child.send(1, frame);
  if (received === sum) return;
  const expected = `bytes that add up to ${sum}`;
  throw new InferenceError({ subject: 'frame in the ring', expected, received: String(received) });
}

async function time(
  child: ChildEngine,
  { ring }: HostRing,
  allocator: FrameAllocator,
  { samples, signal, apartMs: waitMs }: { samples: number; signal?: AbortSignal; apartMs?: number },
): Promise<{ there: number[]; back: number[] }> {
  const [there, back]: number[][] = [[], []];
  for (let i = -warmUps; i < samples; i++) {
    signal?.throwIfAborted();
    if (waitMs !== undefined && i >= 0) await pause(waitMs);
    using frame = picture(allocator, i);
    const began = now();
    await child.send(0, frame);
    const ended = now() - monotonicOffset;
    if (i < 0) continue;
    // Of frames made elsewhere, the slot that they were copied to: the last one of the ring.
    const slot = ring.slotOf(frame.data) ?? ring.slotCount - 1;
    there.push((ring.time(slot, 'startTime') - (began - monotonicOffset)) * 1000);
    back.push((ended - ring.time(slot, 'doneTime')) * 1000);
  }
  return { there, back };
}

function picture(allocator: FrameAllocator, id: number): Frame {
  return allocator.allocate({ id, timestamp: id, format: 'RGB', codedWidth: width, codedHeight: height });
}

function quantiles(name: string, values: readonly number[], limit?: number): BridgeFigure[] {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return [
    { name: `${name}, p50`, value: at(0.5), unit: 'µs', ...(limit === undefined ? {} : { limit }), n: values.length },
    { name: `${name}, p99`, value: at(0.99), unit: 'µs', n: values.length },
  ];
}
