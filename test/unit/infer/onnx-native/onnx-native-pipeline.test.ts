import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { PipelineDefinitionInput } from '../../../../src/core/definition.js';
import type { RuntimeId } from '../../../../src/core/runtime-choice.js';
import { createPipeline } from '../../../../src/pipeline/create-pipeline.node.js';

const conveyor = fileURLToPath(new URL('../../../../models/conveyor', import.meta.url));

async function labels(runtime: RuntimeId) {
  const definition: PipelineDefinitionInput = {
    source: { type: 'synthetic', seed: 3 },
    model: { type: 'bundle', path: conveyor },
    runtime: [runtime],
    execution: 'inline',
    frames: 8,
  };
  const pipeline = await createPipeline(definition);
  try {
    const found: string[] = [];
    for await (const { items } of pipeline.run()) {
      for (const item of items) if ('label' in item) found.push(item.label);
    }
    return { found, runtime: pipeline.info.runtime };
  } finally {
    await pipeline.close();
  }
}

describe('a pipeline on onnx-native', () => {
  it('passes the golden check of its bundle and finds what onnx-web finds', async () => {
    const web = await labels('onnx-web');
    const native = await labels('onnx-native');
    expect(native.runtime).toMatchObject({ runtime: 'onnx-native', executionProvider: 'cpu', version: '1.30.0' });
    expect(native.found.length).toBeGreaterThan(20);
    expect(native.found).toEqual(web.found);
  });
});
