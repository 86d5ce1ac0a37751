import { describe, expect, it } from 'vitest';
import { InferenceError } from '../../../src/core/error.js';
import type { Slot } from '../../../src/infer/runtime.js';
import { openLocalEngine } from './open-local-engine.js';

const input = { name: 'x', dataType: 'float32', shape: [1, 3, 8, 8] } as const;
const output = { name: 'y', dataType: 'float32', shape: [1, 4] } as const;

interface Told {
  slots?: 1 | 2;
  overlaps?: boolean;
}

/** An engine whose runtime does as told at each run after the warm-up; it finds class 2 where it is told nothing. */
async function openEngine(atRun: (slot: number) => unknown, { slots = 1, overlaps }: Told = {}) {
  let warm = false;
  const run = async ({ outputs }: Slot, index: number) => {
    if (warm) await atRun(index);
    (outputs[0].data as Float32Array).set([0, 1, 5, 2]);
  };
  const engine = await openLocalEngine(
    { model: { type: 'file', path: 'm.onnx', preset: 'classification' }, slots },
    { input, output, run, overlaps },
    'reference',
  );
  warm = true;
  return engine;
}

const frame = (id: number) => ({
  id,
  format: 'GRAY8' as const,
  codedWidth: 8,
  codedHeight: 8,
  strideBytes: 8,
  data: new Uint8Array(64),
});

/** WebAssembly that does nothing but `unreachable`. */
function trap(): void {
  const bytes = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 0x74, 0, 0];
  const module = new WebAssembly.Module(new Uint8Array([...bytes, 10, 5, 1, 3, 0, 0, 0x0b]));
  (new WebAssembly.Instance(module).exports.t as () => void)();
}

const failure = (cause: unknown) =>
  new InferenceError({ subject: 'm.onnx', expected: 'a run', received: String(cause), cause });

describe('an engine', () => {
  it('fails one frame where a run fails, and answers the next', async () => {
    let runs = 0;
    const engine = await openEngine(() => {
      if (++runs === 1) throw failure(new Error('input of another shape'));
    });
    await expect(engine.process(0, frame(0))).rejects.toMatchObject({ code: 'ERR_RUNTIME' });
    const { items } = await engine.process(0, frame(1));
    expect(items[0]).toMatchObject({ classId: 2 });
    await engine.close();
  });

  it('is lost where WebAssembly trapped, also where the runtime wraps it', async () => {
    for (const wrap of [(cause: unknown) => cause, failure]) {
      const engine = await openEngine(() => {
        try {
          trap();
        } catch (cause) {
          throw wrap(cause);
        }
      });
      await expect(engine.process(0, frame(0))).rejects.toMatchObject({
        code: 'ERR_DEVICE_LOST',
        received: 'a trap: unreachable',
        details: { reason: 'crashed' },
      });
      await engine.close();
    }
  });

  it.each([
    [true, ['begin 0', 'begin 1', 'end 1', 'end 0']],
    [false, ['begin 0', 'end 0', 'begin 1', 'end 1']],
  ])('lets runs of two slots overlap where the session says so: %s', async (overlaps, expected) => {
    const log: string[] = [];
    let second!: () => void;
    const secondRan = new Promise<void>((resolve) => {
      second = resolve;
    });
    const engine = await openEngine(
      async (slot) => {
        log.push(`begin ${slot}`);
        // The first run outlasts the second where it can.
        if (slot === 0 && overlaps) await secondRan;
        log.push(`end ${slot}`);
        if (slot === 1) second();
      },
      { slots: 2, overlaps },
    );
    expect(engine.info.overlaps).toBe(overlaps);
    const both = [engine.process(0, frame(0)), engine.process(1, frame(1))];
    for (const { items } of await Promise.all(both)) expect(items[0]).toMatchObject({ classId: 2 });
    expect(log).toEqual(expected);
    await engine.close();
  });

  it('keeps runs of one slot in turn, and closes when all of them have ended', async () => {
    const log: string[] = [];
    const engine = await openEngine(
      async (slot) => {
        log.push(`begin ${slot}`);
        await new Promise((resolve) => setTimeout(resolve, slot === 0 ? 20 : 5));
        log.push(`end ${slot}`);
      },
      { slots: 2, overlaps: true },
    );
    await Promise.all([engine.process(0, frame(0)), engine.process(1, frame(1)), engine.process(0, frame(2))]);
    expect(log.filter((line) => line.endsWith('0'))).toEqual(['begin 0', 'end 0', 'begin 0', 'end 0']);
    const begun = [engine.process(0, frame(3)), engine.process(1, frame(4))];
    await new Promise((resolve) => setTimeout(resolve, 1));
    await engine.close();
    expect(log.slice(-2)).toEqual(['end 1', 'end 0']);
    await Promise.all(begun);
    await expect(engine.process(0, frame(5))).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  });
});
