import { describe, expect, it } from 'vitest';
import { InferenceError } from '../../../src/core/error.js';
import type { Slot } from '../../../src/infer/runtime.js';
import { openLocalEngine } from './open-local-engine.js';

const input = { name: 'x', dataType: 'float32', shape: [1, 3, 8, 8] } as const;
const output = { name: 'y', dataType: 'float32', shape: [1, 4] } as const;

/** An engine whose runtime does as told at each run after the warm-up; it finds class 2 where it is told nothing. */
async function openEngine(atRun: () => void) {
  let warm = false;
  const run = ({ outputs }: Slot) => {
    if (warm) atRun();
    (outputs[0].data as Float32Array).set([0, 1, 5, 2]);
  };
  const engine = await openLocalEngine(
    { model: { type: 'file', path: 'm.onnx', preset: 'classification' }, slots: 1 },
    { input, output, run },
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
});
