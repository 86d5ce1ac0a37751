import type { PipelineDefinitionInput } from '../../src/core/definition.js';
import { createPipeline } from '../../src/pipeline/create-pipeline.node.js';
import type { Found } from './site/scripts/pipeline.js';

/** What the definition gives in Node, as JSON has it. More than one thread needs a worker, and that the built package. */
export async function inNode(definition: PipelineDefinitionInput): Promise<Found[]> {
  const threaded = (definition.threads ?? 1) > 1;
  const create = threaded ? (await import('reflexarc')).createPipeline : createPipeline;
  await using pipeline = await create({ ...definition, execution: threaded ? 'worker' : 'inline' });
  const results: Found[] = [];
  for await (const { spans: _spans, late: _late, ...found } of pipeline.run()) results.push(found);
  return JSON.parse(JSON.stringify(results));
}
