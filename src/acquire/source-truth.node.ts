import * as v from 'valibot';
import type { SourceDefinition } from '../core/definition.js';
import { SourceError } from '../core/error.js';
import { parse } from '../core/parse.js';
import { readTruth } from './read-truth.node.js';
import { createTruth, type TruthItem } from './synthetic/truth.js';

/** What is really in a frame, by its index; `undefined` where nothing is known of it. */
export type SourceTruth = (frame: number) => readonly TruthItem[] | undefined;

const number = v.pipe(v.number(), v.finite());
const itemsSchema = v.array(
  v.looseObject({
    id: number,
    classId: number,
    label: v.string(),
    box: v.strictObject({ x: number, y: number, width: number, height: number }),
    visible: number,
  }),
);

/**
 * What is known about the frames of a source: of a synthetic one everything, of a recording what was recorded, of
 * others nothing. For those who record or judge; no pipeline stage sees it.
 * @throws {SourceError} ERR_SOURCE no recording, or a damaged `truth.jsonl`.
 */
export async function sourceTruth(source: SourceDefinition): Promise<SourceTruth | undefined> {
  if (source.type === 'synthetic') {
    const truth = createTruth(source);
    return (frame) => truth.items(frame);
  }
  if (source.type !== 'recording') return undefined;
  const recorded = await readTruth(source.path);
  if (!recorded) return undefined;
  const frames = new Map(
    [...recorded].map(([frame, objects]) => [
      frame,
      parse(itemsSchema, objects, `${source.path}: truth of frame ${frame}`, (report) => new SourceError(report)),
    ]),
  );
  return (frame) => frames.get(frame);
}
