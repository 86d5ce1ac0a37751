import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { recordedTruthSchema, recordingFiles } from '../core/recording.js';
import { parseJsonLines } from './json-lines.js';
import { readRecordingIndex, readText } from './recording-source.node.js';

/**
 * Reads what is really in the frames of a recording: objects by frame id, as the recorder was told them. For those who
 * judge results; a source never shows it to a pipeline.
 * @returns undefined where the recording has no truth.
 * @throws {SourceError} ERR_SOURCE no recording, or a damaged line, with its number.
 */
export async function readTruth(directory: string): Promise<Map<number, unknown[]> | undefined> {
  const recording = await readRecordingIndex(directory);
  const path = join(directory, recordingFiles.truth);
  if (!existsSync(path)) return undefined;
  const lines = parseJsonLines(await readText(path), recordedTruthSchema, path, { tornEnd: !recording.complete });
  return new Map(lines.map(({ frame, objects }) => [frame, objects]));
}
