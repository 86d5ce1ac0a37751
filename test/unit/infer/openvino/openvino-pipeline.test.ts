import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PipelineDefinitionInput } from '../../../../src/core/definition.js';
import type { Detection } from '../../../../src/core/result.js';
import { createPipeline } from '../../../../src/pipeline/create-pipeline.node.js';
import { hungryModel } from '../../../hungry-model.js';
import { openVinoOptions } from '../../../openvino.js';
import { describeWithPython, python } from '../../../python.js';

async function detections(definition: Partial<PipelineDefinitionInput>): Promise<Detection[][]> {
  await using pipeline = await createPipeline({
    source: { type: 'synthetic', seed: 7 },
    model: { type: 'bundle', path: 'models/conveyor' },
    execution: 'inline',
    frames: 6,
    queue: 'wait',
    ...definition,
  });
  const found: Detection[][] = [];
  const frames: number[] = [];
  for await (const { frame, items } of pipeline.run()) {
    frames.push(frame);
    found.push(items as Detection[]);
  }
  expect(frames).toEqual([...frames].sort((a, b) => a - b));
  return found;
}

function expectAlike(found: Detection[][], expected: Detection[][]): void {
  const labels = (all: Detection[][]) => all.map((items) => items.map(({ label }) => label));
  expect(labels(found)).toEqual(labels(expected));
  found.flat().forEach(({ box, score }, i) => {
    const other = expected.flat()[i] as Detection;
    expect(Math.abs(score - other.score)).toBeLessThan(1e-3);
    for (const side of ['x', 'y', 'width', 'height'] as const) {
      expect(Math.abs(box[side] - other.box[side])).toBeLessThan(0.1);
    }
  });
}

describeWithPython('a pipeline on openvino', ['openvino'], () => {
  const folder = mkdtempSync(join(tmpdir(), 'reflexarc-ir-'));

  // The conveyor's bundle, with an IR made of its model.
  beforeAll(() => {
    cpSync('models/conveyor', folder, { recursive: true });
    const script = `import openvino as ov, sys; ov.save_model(ov.Core().read_model(sys.argv[1]), sys.argv[2], False)`;
    writeFileSync(join(folder, 'means.onnx'), hungryModel(1));
    for (const name of ['standard', 'means']) {
      execFileSync(python, ['-c', script, join(folder, `${name}.onnx`), join(folder, `${name}.xml`)]);
    }
    const manifest = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'));
    const entry = (path: string) => {
      const bytes = readFileSync(join(folder, path));
      return { path, bytes: bytes.byteLength, sha256: createHash('sha256').update(bytes).digest('hex') };
    };
    Object.assign(manifest.variants[0], entry('standard.xml'), { format: 'openvino', weights: entry('standard.bin') });
    writeFileSync(join(folder, 'model.json'), JSON.stringify(manifest));
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  const own = { runtime: ['openvino' as const], runtimeOptions: openVinoOptions() };

  it("runs OpenVINO's IR: as a bundle, whose golden sample it passes, and as a file with its weights beside it", async () => {
    const expected = await detections({});
    expectAlike(await detections({ ...own, model: { type: 'bundle', path: folder } }), expected);
    const classes: unknown[] = [];
    for (const [file, more] of [
      ['means.onnx', {}],
      ['means.xml', own],
    ] as const) {
      await using pipeline = await createPipeline({
        source: { type: 'synthetic' },
        model: { type: 'file', path: join(folder, file), preset: 'classification', labels: ['a', 'b', 'c'] },
        execution: 'inline',
        frames: 1,
        ...more,
      });
      for await (const { items } of pipeline.run()) classes.push(items.map((item) => [item.label, item.score]));
    }
    expect(classes[0]).toHaveLength(3);
    expect(classes[1]).toEqual((classes[0] as [string, number][]).map(([a, b]) => [a, expect.closeTo(b, 5)]));
  });

  it('needs both files, and the runtime that reads them', async () => {
    const file = { type: 'file', path: join(folder, 'standard.xml'), preset: 'yolox' } as const;
    await expect(detections({ model: file })).rejects.toMatchObject({
      code: 'ERR_MODEL_LOAD',
      received: "a model in OpenVINO's IR",
    });
    rmSync(join(folder, 'standard.bin'));
    await expect(detections({ ...own, model: file })).rejects.toMatchObject({
      code: 'ERR_MODEL_LOAD',
      subject: `model ${join(folder, 'standard.bin')}`,
      received: 'no such file',
    });
  });

  it('finds what onnx-web finds, with one slot and with two', async () => {
    const expected = await detections({});
    expect(expected.flat().length).toBeGreaterThan(30);
    for (const slots of [1, 2] as const) {
      const found = await detections({ runtime: ['openvino'], runtimeOptions: openVinoOptions(), slots });
      expectAlike(found, expected);
    }
  });
});
