import { describe, expect, it } from 'vitest';
import { buildOpenVinoDouble, haveCompiler } from '../openvino-double.js';
import { collect, openHost, pidOf, until } from './host-runs.js';

// A library that never comes back, in a thread of its own, while the thread of Node that asked it is free: as OpenVINO with two
// frames in flight, and as it compiles a model. The model has the shapes of the built-in one, which the double has not read.
const shapes = 'model=in:images:f32:1,3,224,384/out:output:f32:1,336,17';
const model = { type: 'bundle', path: 'models/conveyor', goldenCheck: false } as const;
const hangMs = 500;

async function hangsAt(faults: string) {
  const library = await buildOpenVinoDouble(`${faults} ${shapes}`);
  return { model, runtimeOptions: { openvino: { library } } };
}

describe.skipIf(!haveCompiler)('a library that hangs', () => {
  it.each([1, 2] as const)(
    'is told and ends the run, where nothing else is listed, with %i frames in flight',
    async (slots) => {
      const { pipeline } = await openHost({
        ...(await hangsAt('hang@8')),
        runtime: ['openvino'],
        slots,
        recovery: { hangMs, restarts: 0 },
      });
      const { error } = await collect(pipeline);
      expect(error).toMatchObject({ code: 'ERR_DEVICE_LOST', details: { reason: 'hung' } });
      await pipeline.close();
    },
  );

  it('makes place for the next runtime; each frame has a result or is told', async () => {
    const { pipeline, faults, health } = await openHost({
      ...(await hangsAt('hang@8')),
      runtime: ['openvino', 'onnx-web'],
      queue: 'wait',
      recovery: { hangMs, restarts: 0 },
    });
    const { results, error } = await collect(pipeline);
    expect(error).toBeUndefined();
    expect(health).toContainEqual(expect.objectContaining({ type: 'fallback', from: 'openvino', to: 'onnx-web' }));
    expect(faults.length).toBeGreaterThan(0);
    const seen = [...results, ...faults].map(({ frame }) => frame).sort((a, b) => a - b);
    expect(seen).toEqual(Array.from({ length: 45 }, (_, i) => i));
    await pipeline.close();
  });

  it('is given up while it loads, after `loadMs`', async () => {
    const opening = openHost({
      ...(await hangsAt('hang-load')),
      runtime: ['openvino'],
      recovery: { hangMs, loadMs: 1500, restarts: 0 },
    });
    await expect(opening).rejects.toMatchObject({
      code: 'ERR_DEVICE_LOST',
      details: { reason: 'hung' },
      remedy: expect.stringContaining('recovery.loadMs'),
    });
  });

  it('keeps neither a swap nor the end of the pipeline', async () => {
    const { pipeline } = await openHost({
      ...(await hangsAt('hang@8')),
      runtime: ['openvino'],
      queue: 'wait',
      frames: 1000,
      // Far away: nobody has noticed yet.
      recovery: { hangMs: 600_000, restarts: 0 },
    });
    let count = 0;
    const running = collect(pipeline, (seen) => {
      count = seen;
    });
    await until(() => count >= 5);
    // Of those that it may still answer none is left.
    await new Promise((done) => setTimeout(done, 500));
    const swap = pipeline.swapModel(model).then(
      () => 'swapped',
      (error: Error) => error,
    );
    await new Promise((done) => setTimeout(done, 1000));
    const pid = pidOf(pipeline);
    await pipeline.close();
    await swap;
    await running;
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});
