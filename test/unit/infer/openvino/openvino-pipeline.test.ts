import { expect, it } from 'vitest';
import type { PipelineDefinitionInput } from '../../../../src/core/definition.js';
import type { Detection } from '../../../../src/core/result.js';
import { createPipeline } from '../../../../src/pipeline/create-pipeline.node.js';
import { openVinoOptions } from '../../../openvino.js';
import { describeWithPython } from '../../../python.js';

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

describeWithPython('a pipeline on openvino', ['openvino'], () => {
  it('finds what onnx-web finds, with one slot and with two', async () => {
    const expected = await detections({});
    expect(expected.flat().length).toBeGreaterThan(30);
    for (const slots of [1, 2] as const) {
      const found = await detections({ runtime: ['openvino'], runtimeOptions: openVinoOptions(), slots });
      expect(found.map((items) => items.map(({ label }) => label))).toEqual(
        expected.map((items) => items.map(({ label }) => label)),
      );
      found.flat().forEach(({ box, score }, i) => {
        const other = expected.flat()[i] as Detection;
        expect(Math.abs(score - other.score)).toBeLessThan(1e-3);
        for (const side of ['x', 'y', 'width', 'height'] as const) {
          expect(Math.abs(box[side] - other.box[side])).toBeLessThan(0.1);
        }
      });
    }
  });
});
