import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { HostRing } from '../../../src/host/ring/host-ring.node.js';
import { Ring, type RingMemory, type SlotFrame } from '../../../src/host/ring/ring.js';
import { RingFrameStore } from '../../../src/host/ring/ring-frame-store.js';
import {
  headerFields,
  laneCount,
  laneFields,
  laneOffset,
  maxSlots,
  ringHeadBytes,
  slotFields,
  slotOffset,
} from '../../../src/host/ring/ring-layout.js';
import { SharedMemory } from '../../../src/host/ring/shared-memory.node.js';

/** Memory whose parts are what they are: bytes apart from each other, as two mappings of a file have them. */
function memoryOf(byteLength: number): RingMemory {
  const parts = new Map<number, ArrayBuffer>();
  return {
    byteLength,
    view(offset, length) {
      const known = parts.get(offset);
      if (known && known.byteLength >= length) return known;
      const part = new ArrayBuffer(length);
      parts.set(offset, part);
      return part;
    },
  };
}

const slotBytes = 4096;
const rgb = { id: 0, timestamp: 0, format: 'RGB' as const, codedWidth: 4, codedHeight: 2 };

describe('the layout of a ring', () => {
  it('has room for each of its parts, and no field over another', () => {
    const ends = Object.values(headerFields).map((at) => at + 4);
    expect(Math.max(...ends, headerFields.slotBytes + 8)).toBeLessThanOrEqual(laneOffset(0));
    expect(laneOffset(laneCount)).toBeLessThanOrEqual(slotOffset(0));
    expect(slotOffset(maxSlots)).toBeLessThanOrEqual(ringHeadBytes);
    const doubles = ['captureTime', 'enqueueTime', 'startTime', 'doneTime', 'id'];
    const bytes = Object.entries(slotFields).flatMap(([name, at]) => {
      const size = name === 'planes' ? 24 : doubles.includes(name) ? 8 : 4;
      expect(at % (size === 8 ? 8 : 4)).toBe(0);
      return Array.from({ length: size }, (_, i) => at + i);
    });
    expect(new Set(bytes).size).toBe(bytes.length);
    expect(Math.max(...bytes)).toBeLessThan(slotOffset(1) - slotOffset(0));
    expect(new Set(Object.values(laneFields)).size).toBe(Object.keys(laneFields).length);
  });

  it('is what its documentation says', () => {
    const text = readFileSync('docs/ring.md', 'utf8');
    const rows = [...text.matchAll(/^\| (\d+) \| `(\w+)` \|/gm)].map(([, at, name]) => `${name} ${at}`);
    const fields = { ...headerFields } as Record<string, number>;
    const expected = [fields, laneFields, slotFields].flatMap((part) =>
      Object.entries(part).map(([name, at]) => `${name} ${at}`),
    );
    expect(rows).toEqual(expected);
  });
});

describe('a ring', () => {
  it.each<Partial<SlotFrame>>([
    { format: 'RGB', codedWidth: 640, codedHeight: 360, strideBytes: 1920, captureTime: 12.25 },
    {
      format: 'NV12',
      planes: [
        { offset: 0, stride: 64 },
        { offset: 2048, stride: 64 },
      ],
      colorSpace: { matrix: 'bt709', fullRange: true },
    },
    {
      format: 'I420',
      planes: [0, 1, 2].map((i) => ({ offset: i * 8, stride: i + 1 })),
      colorSpace: { matrix: null, fullRange: null },
    },
    {
      format: 'YUY2',
      planes: [{ offset: 0, stride: 8 }],
      colorSpace: { matrix: 'rgb', fullRange: false },
      rotation: 270,
      flip: true,
    },
  ])('tells a child of a frame what it was told: %j', (part) => {
    const memory = memoryOf(Ring.byteLength(2, slotBytes));
    const frame: SlotFrame = {
      ...{ id: 2 ** 40, format: 'RGB', codedWidth: 4, codedHeight: 2, strideBytes: 12, byteLength: 24 },
      ...{ rotation: 0, flip: false, captureTime: undefined },
      ...part,
    };
    Ring.create(memory, 2, slotBytes).enqueue(1, frame, { lane: 3, call: -7, engineSlot: 2 }, 5.5);
    const child = Ring.open(memory);
    expect(child.frame(1)).toEqual(frame);
    expect([child.state(1), child.state(0), child.time(1, 'enqueueTime')]).toEqual(['READY', 'FREE', 5.5]);
    expect(child.time(1, 'startTime')).toBeNaN();
    expect(child.call(1)).toEqual({ lane: 3, call: -7, engineSlot: 2 });
  });

  it('shows a child the frame that has waited longest for it, also where numbers of calls have gone round', () => {
    const ring = Ring.create(memoryOf(Ring.byteLength(4, slotBytes)), 4, slotBytes);
    const frame: SlotFrame = {
      ...{ id: 1, format: 'RGB', codedWidth: 4, codedHeight: 2, strideBytes: 12, byteLength: 24 },
      captureTime: undefined,
    };
    const [last, first] = [2 ** 31 - 1, -(2 ** 31)];
    ring.enqueue(0, frame, { lane: 1, call: first, engineSlot: 0 }, 2);
    ring.enqueue(1, frame, { lane: 2, call: 3, engineSlot: 0 }, 1);
    ring.enqueue(2, frame, { lane: 1, call: last, engineSlot: 1 }, 1);
    expect(ring.ready(1)).toBe(2);
    ring.setState(2, 'RUNNING');
    expect(ring.ready(1)).toBe(0);
    ring.setState(0, 'RUNNING');
    expect([ring.ready(1), ring.ready(2), ring.ready(0)]).toEqual([undefined, 1, undefined]);
  });

  it('is refused where it is none, or of another version', () => {
    const memory = memoryOf(Ring.byteLength(1, slotBytes));
    expect(() => Ring.open(memory)).toThrow(/memory without its mark/);
    Ring.create(memory, 1, slotBytes);
    new Int32Array(memory.view(0, ringHeadBytes))[headerFields.version / 4] = 99;
    expect(() => Ring.open(memory)).toThrow(/version 99/);
  });
});

describe('frames in a ring', () => {
  const open = (slots: number, staging: number) => {
    const ring = Ring.create(memoryOf(Ring.byteLength(slots, slotBytes)), slots, slotBytes);
    return { ring, store: new RingFrameStore(ring, staging) };
  };

  it('lie in a slot each, which is free again when they are closed', () => {
    const { ring, store } = open(3, 1);
    const [first, second] = [store.allocate(rgb), store.allocate(rgb)];
    expect([ring.slotOf(first.data), ring.slotOf(second.data)]).toEqual([0, 1]);
    expect(ring.state(0)).toBe('FILLING');
    expect(store).toMatchObject({ openFrames: 2, buffersMade: 2 });
    first.close();
    expect([ring.state(0), ring.state(1)]).toEqual(['FREE', 'FILLING']);
    const third = store.allocate(rgb);
    expect(ring.slotOf(third.data)).toBe(0);
    second.close();
    third.close();
    expect(store).toMatchObject({ openFrames: 0, buffersMade: 2 });
  });

  it('are never written over while a child has them, closed or not', () => {
    const { ring, store } = open(2, 0);
    const frame = store.allocate(rgb);
    store.engage(0);
    ring.setState(0, 'RUNNING');
    frame.close();
    expect(ring.state(0)).toBe('RUNNING');
    using second = store.allocate(rgb);
    expect(ring.slotOf(second.data)).toBe(1);
    store.settle(0);
    expect(ring.state(0)).toBe('FREE');
    using third = store.allocate(rgb);
    expect(ring.slotOf(third.data)).toBe(0);
  });

  it('lie elsewhere while all slots are taken, and reach a slot by a copy', () => {
    const { ring, store } = open(2, 1);
    const held = store.allocate(rgb);
    const frame = store.allocate(rgb);
    frame.data.fill(7);
    expect(ring.slotOf(frame.data)).toBeUndefined();
    const slot = store.stage(frame.data);
    expect(slot).toBe(1);
    expect([...ring.pixels(slot, frame.data.byteLength)]).toEqual([...frame.data]);
    store.engage(slot);
    store.settle(slot);
    expect(ring.state(slot)).toBe('FREE');
    for (const each of [held, frame]) each.close();
    expect(store.openFrames).toBe(0);
  });

  it('are refused, one by one, while there is no slot for a copy either', () => {
    const { store } = open(1, 1);
    store.engage(store.stage(new Uint8Array(24)));
    expect(() => store.stage(new Uint8Array(24))).toThrow(expect.objectContaining({ code: 'ERR_RUNTIME' }));
    store.settle(0);
    expect(store.stage(new Uint8Array(24))).toBe(0);
  });

  it('are refused where no slot takes them', () => {
    const { store } = open(2, 1);
    const large = { ...rgb, codedWidth: 64, codedHeight: 64 };
    expect(() => store.allocate(large)).toThrow(expect.objectContaining({ code: 'ERR_SHAPE' }));
    expect(() => store.stage(new Uint8Array(slotBytes + 1))).toThrow(/frameBytes/);
    expect(store.openFrames).toBe(0);
  });
});

describe('shared memory', () => {
  it('is one file in two mappings, whose size nobody changes', async () => {
    const made = await SharedMemory.create(8192);
    const mapped = await SharedMemory.map(made.fd, 8192);
    new Uint8Array(made.view(4096, 4096))[5] = 7;
    expect(new Uint8Array(mapped.view(4096, 4096))[5]).toBe(7);
    const { ftruncateSync } = await import('node:fs');
    expect(() => ftruncateSync(made.fd, 4096)).toThrow(/EPERM/);
    mapped.close();
    made.close();
  });

  it('is gone once it is closed; who still holds a part reads zeros', async () => {
    const memory = await SharedMemory.create(64 * 2 ** 20);
    const part = new Uint8Array(memory.view(4096, 4096)).fill(9);
    memory.close();
    memory.close();
    expect(part[0]).toBe(0);
    part[0] = 1;
    expect(readFileSync('/proc/self/maps', 'utf8')).not.toContain('memfd:reflexarc-ring');
  });

  it('takes memory for what is touched only', async () => {
    const ring = await HostRing.create(2);
    expect(ring.byteLength).toBeGreaterThan(600 * 2 ** 20);
    const before = residentKiB();
    const frame = ring.frames.allocate({ ...rgb, codedWidth: 1000, codedHeight: 1000 });
    frame.data.fill(1);
    expect(residentKiB() - before).toBeLessThan(64 * 1024);
    frame.close();
    ring.close();
  });

  it('gives its address space back once nobody holds a part of it', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const before = virtualGiB();
    for (let i = 0; i < 40; i++) {
      const ring = await HostRing.create(2);
      ring.frames.allocate(rgb).close();
      ring.close();
    }
    const end = performance.now() + 20_000;
    while (virtualGiB() - before > 5 && performance.now() < end) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(virtualGiB() - before).toBeLessThan(5);
  });

  it('has a lane for each child, and another generation for each', async () => {
    const ring = await HostRing.create(1, 4096);
    const lanes = Array.from({ length: laneCount }, () => ring.takeLane());
    expect(lanes.map(({ lane }) => lane)).toEqual(Array.from({ length: laneCount }, (_, i) => i));
    expect(() => ring.takeLane()).toThrow(/free lane/);
    ring.releaseLane(4);
    expect(ring.takeLane()).toEqual({ lane: 4, generation: 2 });
    ring.close();
  });
});

function virtualGiB(): number {
  return Number(/^VmSize:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 2 ** 20;
}

function residentKiB(): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
}
