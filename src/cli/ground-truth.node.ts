import * as v from 'valibot';
import { readTruth } from '../acquire/read-truth.node.js';
import { createTruth } from '../acquire/synthetic/truth.js';
import { type PipelineDefinitionInput, sourceSchema } from '../core/definition.js';
import { SourceError } from '../core/error.js';
import { parse } from '../core/parse.js';
import type { GroundTruth } from '../validate/ground-truth.js';

const number = v.pipe(v.number(), v.finite());
const truthObjectsSchema = v.array(
  v.object({
    id: number,
    label: v.string(),
    box: v.object({ x: number, y: number, width: number, height: number }),
    visible: number,
  }),
);

/**
 * What is known about the frames of a source: all of a synthetic one, of a recording what was recorded, else nothing.
 * @throws {SourceError} ERR_SOURCE a damaged `truth.jsonl`.
 */
export async function groundTruthOf(input: PipelineDefinitionInput['source']): Promise<GroundTruth | undefined> {
  const source = parse(sourceSchema, input, 'source');
  if (source.type === 'synthetic') {
    const truth = createTruth(source);
    return { objectsIn: (frame) => truth.items(frame) };
  }
  if (source.type !== 'recording') return undefined;
  const recorded = await readTruth(source.path);
  if (!recorded) return undefined;
  const frames = new Map(
    [...recorded].map(([frame, objects]) => [
      frame,
      parse(
        truthObjectsSchema,
        objects,
        `${source.path}: truth of frame ${frame}`,
        (report) => new SourceError(report),
      ),
    ]),
  );
  return { objectsIn: (frame) => frames.get(frame) };
}
