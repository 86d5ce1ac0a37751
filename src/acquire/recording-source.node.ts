import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ReflexarcError, SourceError, serializeError, UnsupportedError } from '../core/error.js';
import type { Frame } from '../core/frame.js';
import type { FrameAllocator } from '../core/frame-pool.js';
import { parse } from '../core/parse.js';
import {
  type RecordedFrame,
  type RecordingIndex,
  recordedFrameSchema,
  recordingFiles,
  recordingSchema,
} from '../core/recording.js';
import type { FrameFault } from '../core/result.js';
import { decodePicture } from './decode-picture.node.js';
import { readFailure } from './file-error.node.js';
import { parseJson, parseJsonLines } from './json-lines.js';
import { closedSource } from './pictures-source.node.js';
import type { FrameSource, SourceInfo } from './source.js';

/**
 * Replays a recorded folder: the pictures as they lie there now, with the recorded ids, timestamps and names, so that
 * results are the recorded ones bit for bit as long as nobody edits a picture. Frames that were dropped while recording
 * are absent, ids have gaps then. Also replays an interrupted recording, as far as it got.
 * Output: RGB frames. A picture that cannot be read is a fault; the others follow.
 */
export class RecordingSource implements FrameSource {
  readonly info: SourceInfo;
  /** `recording.json` as it was read. */
  readonly recording: RecordingIndex;
  readonly #directory: string;
  readonly #frames: RecordedFrame[];
  #next = 0;
  #closed = false;

  private constructor(directory: string, recording: RecordingIndex, frames: RecordedFrame[]) {
    this.#directory = directory;
    this.recording = recording;
    this.#frames = frames;
    this.info = { type: 'recording', frameCount: frames.length, endless: false };
    if (recording.size) Object.assign(this.info, recording.size);
    if (recording.fps) this.info.frameRate = recording.fps;
  }

  /** @throws {SourceError} ERR_SOURCE missing, another version, damaged; `frames.jsonl` with the line's number. */
  static async open(directory: string): Promise<RecordingSource> {
    const recording = await readRecordingIndex(directory);
    const path = join(directory, recordingFiles.frames);
    const frames = parseJsonLines(await readText(path), recordedFrameSchema, path, { tornEnd: !recording.complete });
    for (let i = 1; i < frames.length; i++) {
      if (frames[i].frame > frames[i - 1].frame) continue;
      throw new SourceError({
        subject: `${path}:${i + 1}: frame`,
        expected: `more than ${frames[i - 1].frame}`,
        received: String(frames[i].frame),
        details: { line: i + 1 },
      });
    }
    if (recording.frames !== null && recording.frames !== frames.length) {
      throw new SourceError({
        subject: path,
        expected: `${recording.frames} lines, as ${recordingFiles.index} says`,
        received: `${frames.length}`,
        remedy: 'Restore the file, or set "frames" to null to replay what is there.',
      });
    }
    return new RecordingSource(directory, recording, frames);
  }

  async read(allocator: FrameAllocator, signal: AbortSignal): Promise<Frame | FrameFault | undefined> {
    signal.throwIfAborted();
    if (this.#closed) throw closedSource(this.#directory);
    const recorded = this.#frames[this.#next];
    if (!recorded) return undefined;
    this.#next++;
    const { frame: id, timestamp, source, path } = recorded;
    let frame: Frame | undefined;
    try {
      const bytes = await readFile(join(this.#directory, path), { signal });
      await decodePicture(bytes, path, (codedWidth, codedHeight) => {
        signal.throwIfAborted();
        frame = allocator.allocate({ id, timestamp, format: 'RGB', codedWidth, codedHeight, source });
        return frame.data;
      });
      signal.throwIfAborted();
      return frame;
    } catch (cause) {
      frame?.close();
      signal.throwIfAborted();
      if (cause instanceof UnsupportedError) throw cause;
      const error = cause instanceof ReflexarcError ? cause : readFailure(path, 'a recorded picture', cause);
      return { frame: id, source, error: serializeError(error) };
    }
  }

  /** Passes over recorded frames; those that were never recorded do not count. */
  async skip(count: number, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    const passed = Math.max(0, Math.min(count, this.#frames.length - this.#next));
    this.#next += passed;
    return passed;
  }

  close(): void {
    this.#closed = true;
  }
}

/** Reads and checks `recording.json`. @throws {SourceError} ERR_SOURCE */
export async function readRecordingIndex(directory: string): Promise<RecordingIndex> {
  const path = join(directory, recordingFiles.index);
  const data = parseJson(await readText(path), path);
  return parse(recordingSchema, data, path, (report) => new SourceError(report));
}

/** Reads a file of a recording as text. @throws {SourceError} ERR_SOURCE */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw readFailure(path, 'a file of a recording', cause);
  }
}
