import { now } from '../core/clock.js';
import { InferenceError } from '../core/error.js';
import { Frame } from '../core/frame.js';
import type { FrameAllocator } from '../core/frame-pool.js';
import { ChildEngine } from '../host/child/child-engine.node.js';
import { monotonicOffset } from '../host/monotonic.node.js';
import { HostRing } from '../host/ring/host-ring.node.js';

const width = 640;
const height = 640;
// Both ends are compiled while they are called.
const warmUps = 5000;
// What handing over a frame of 1.2 MB may take, either way.
const limitUs = 25;
const own: FrameAllocator = {
  allocate: (init) => new Frame({ ...init, data: new Uint8Array(width * height * 3) }),
};

/** What was measured, in µs. */
export interface RingFigure {
  name: string;
  value: number;
  unit: 'µs';
  limit?: number;
}

/**
 * Hands frames of 640 × 640 RGB to a child process and waits for its answer: in the ring, and by a copy into it. The child first adds
 * up all bytes of a frame. `there` ends when the child has the frame, `back` when its answer is read.
 * @throws {UnsupportedError} ERR_UNSUPPORTED no Linux, or no koffi. @throws {InferenceError} ERR_RUNTIME the child read other bytes.
 */
export async function benchRing({
  samples,
  signal,
}: {
  samples: number;
  signal?: AbortSignal;
}): Promise<{ n: number; figures: RingFigure[] }> {
  const ring = await HostRing.create(1, width * height * 3);
  try {
    const child = await ChildEngine.open({ ring, recovery: { hangMs: 10_000, restarts: 0 }, signal });
    try {
      await checkBytes(child, ring.frames);
      await checkBytes(child, own);
      const inPlace = await time(child, ring, ring.frames, samples, signal);
      const copied = await time(child, ring, own, samples, signal);
      const figures = [
        ...quantiles('there', inPlace.there, limitUs),
        ...quantiles('back', inPlace.back, limitUs),
        ...quantiles('there, with a copy', copied.there),
      ];
      return { n: samples, figures };
    } finally {
      await child.close();
    }
  } finally {
    ring.close();
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
  samples: number,
  signal?: AbortSignal,
): Promise<{ there: number[]; back: number[] }> {
  const [there, back]: number[][] = [[], []];
  for (let i = -warmUps; i < samples; i++) {
    signal?.throwIfAborted();
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

function quantiles(name: string, values: readonly number[], limit?: number): RingFigure[] {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return [
    { name: `${name}, p50`, value: at(0.5), unit: 'µs', ...(limit === undefined ? {} : { limit }) },
    { name: `${name}, p99`, value: at(0.99), unit: 'µs' },
  ];
}
