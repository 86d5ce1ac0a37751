import { createPipeline, type PipelineDefinitionInput } from 'reflexarc';
import { expect, it } from 'vitest';
import { describeWith } from '../assets.js';
import { openVinoLibrary, openVinoOptions } from '../openvino.js';
import { buildOpenVinoDouble, haveCompiler } from '../openvino-double.js';
import { describeWithPython } from '../python.js';

// The built package: workers need real files.

const conveyor = (library: string): PipelineDefinitionInput => ({
  source: { type: 'synthetic', seed: 7 },
  model: { type: 'bundle', path: 'models/conveyor' },
  runtime: ['openvino'],
  runtimeOptions: openVinoOptions({ library }),
  frames: 8,
});

async function run(definition: PipelineDefinitionInput, upTo = Number.POSITIVE_INFINITY) {
  await using pipeline = await createPipeline(definition);
  const found: unknown[] = [];
  for await (const { frame, items } of pipeline.run()) {
    found.push([frame, items]);
    if (found.length >= upTo) break;
  }
  return { found, info: pipeline.info };
}

describeWithPython('openvino in a worker', ['openvino'], () => {
  it('gives the same results inline and in a worker, with one slot and two', async () => {
    const definition = conveyor(openVinoLibrary());
    const { found } = await run({ ...definition, execution: 'inline', slots: 1 });
    expect(found).toHaveLength(8);
    for (const [execution, slots] of [
      ['inline', 2],
      ['worker', 1],
      ['worker', 2],
    ] as const) {
      const other = await run({ ...definition, execution, slots });
      expect(other.found).toEqual(found);
      expect(other.info.runtime).toMatchObject({ runtime: 'openvino', executionProvider: 'CPU' });
      expect(other.info.overlap.includes('preprocess')).toBe(slots === 2);
    }
  });

  it('preprocesses on the device frames that lie in shared memory', async () => {
    const preprocess = {
      width: 384,
      height: 224,
      resize: 'stretch',
      filter: 'bilinear',
      colorOrder: 'rgb',
      scale: 1,
      mean: 90,
      std: 64,
      layout: 'nchw',
      dataType: 'float32',
    } as const;
    const definition = { ...conveyor(openVinoLibrary()), preprocess, frames: 3 };
    const runtimeOptions = openVinoOptions({ library: openVinoLibrary(), fusePreprocess: true });
    const inline = await run({ ...definition, runtimeOptions, execution: 'inline' });
    const worker = await run({ ...definition, runtimeOptions });
    expect(worker.info.runtime.fusedPreprocess).toBe(true);
    expect(worker.found).toEqual(inline.found);
    expect(JSON.stringify(worker.found)).toContain('flange');
  });

  it('gives its memory back with its worker, also where a run is cut short', async () => {
    const definition = conveyor(openVinoLibrary());
    for (let i = 0; i < 3; i++) await run(definition, 3);
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 8; i++) await run(definition, 3);
    expect(process.memoryUsage().rss - before).toBeLessThan(60 * 2 ** 20);
  }, 120_000);
});

describeWith('openvino in a worker whose device is lost', haveCompiler, 'gcc', () => {
  it('is replaced, and the frame is told as lost', async () => {
    const model = 'model=in:images:f32:1,3,224,384/out:output:f32:1,336,17';
    const library = await buildOpenVinoDouble(`lost@5 ${model}`);
    const lost: number[] = [];
    await using pipeline = await createPipeline(
      { ...conveyor(library), model: { type: 'bundle', path: 'models/conveyor', goldenCheck: false }, slots: 1 },
      { onFault: ({ frame, error }) => void lost.push(error.code === 'ERR_DEVICE_LOST' ? frame : -1) },
    );
    const frames: number[] = [];
    for await (const { frame } of pipeline.run()) frames.push(frame);
    expect(lost).toHaveLength(1);
    expect([...frames, ...lost].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(pipeline.stats.restarts).toBe(1);
  }, 60_000);
});
