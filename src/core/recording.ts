import * as v from 'valibot';

const index = v.pipe(v.number(), v.integer(), v.minValue(0));
const side = v.pipe(v.number(), v.integer(), v.minValue(1));
const time = v.pipe(v.number(), v.finite());
// Names inside the recording's folder only: a recording may come from somebody else.
const insidePath = v.pipe(
  v.string(),
  v.nonEmpty(),
  v.check((p) => !/^([/\\]|[a-zA-Z]:)|(^|[/\\])\.\.([/\\]|$)|\0/.test(p), 'a path inside the recording'),
);

/** Version of the recording format; a reader refuses any other. */
export const recordingVersion = 1;

/** Names of the files of a recording, relative to its folder. */
export const recordingFiles = {
  index: 'recording.json',
  frames: 'frames.jsonl',
  results: 'results.jsonl',
  truth: 'truth.jsonl',
  pictures: 'frames',
} as const;

/** `recording.json`: what was recorded. `complete` is false until the recording was closed in order. */
export const recordingSchema = v.strictObject({
  version: v.literal(recordingVersion),
  complete: v.boolean(),
  /** Size of the first frame in px; null while there is none. */
  size: v.nullable(v.strictObject({ width: side, height: side })),
  /** Seed of a synthetic source, else null. */
  seed: v.nullable(index),
  /** Nominal frames per second, null where there is no such thing (a folder of pictures). */
  fps: v.nullable(v.pipe(v.number(), v.finite(), v.gtValue(0))),
  /** Number of recorded frames; null until complete. */
  frames: v.nullable(index),
  /** The pipeline's definition. It is told, not run: a replay takes pictures and timestamps only. */
  definition: v.unknown(),
});

/** One line of `frames.jsonl`. `frame` grows from line to line; dropped frames are simply absent. */
export const recordedFrameSchema = v.strictObject({
  frame: index,
  /** Presentation time in µs. */
  timestamp: time,
  /** Path of the original picture relative to its source. */
  source: v.optional(v.string()),
  /** Path of the recorded picture relative to the recording. */
  path: insidePath,
  width: side,
  height: side,
});

/** One line of `truth.jsonl`: what is really in a frame. */
export const recordedTruthSchema = v.looseObject({ frame: index, objects: v.array(v.unknown()) });

export type RecordingIndex = v.InferOutput<typeof recordingSchema>;
export type RecordedFrame = v.InferOutput<typeof recordedFrameSchema>;
