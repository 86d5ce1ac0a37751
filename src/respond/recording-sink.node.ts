import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PipelineDefinition } from '../core/definition.js';
import { InvalidArgumentError } from '../core/error.js';
import type { Frame } from '../core/frame.js';
import { type RecordedFrame, type RecordingIndex, recordingFiles, recordingVersion } from '../core/recording.js';
import type { FrameFault, Result } from '../core/result.js';
import { loadSharp } from '../core/sharp.node.js';
import { claimEmptyFolder } from './empty-folder.node.js';
import { JsonLinesFile } from './json-lines-file.node.js';
import { PngWriter } from './png-writer.node.js';
import { resultRecord } from './result-record.js';
import type { Sink } from './sink.js';
import { writeFailure } from './write-failure.node.js';
import { writeWholeFile } from './write-whole-file.node.js';

/** What a recording is told beside the frames. */
export interface RecordingOptions {
  definition: PipelineDefinition;
  /** Nominal frames per second of the source; the pace of the definition goes first. */
  frameRate?: number;
  /** What is really in a frame, for `truth.jsonl`; asked once for every frame of the source, dropped ones included. */
  truth?: (frame: number) => readonly unknown[] | undefined;
}

/**
 * Records a run so that it can be replayed: `recording.json`, `frames/000000.png` …, `frames.jsonl` (number, time, name
 * and picture of each frame), `results.jsonl` (each result without its timings) and, where the truth is known,
 * `truth.jsonl`. Pictures are without loss; dropped frames are absent from `frames.jsonl`, frames that could not be
 * read are in `results.jsonl` with their error.
 * A line is written after the picture that it names, so whatever interrupts it, what is there can be replayed;
 * `recording.json` says `complete: true` only after an orderly close.
 * @throws {SinkError} ERR_SINK the folder is not empty, a write failed (a full disk). @throws {UnsupportedError} ERR_UNSUPPORTED no sharp.
 */
export class RecordingSink implements Sink {
  readonly needsFrame = true;
  readonly #directory: string;
  readonly #truth: RecordingOptions['truth'];
  readonly #index: RecordingIndex;
  #writer: PngWriter | undefined;
  #frames: JsonLinesFile | undefined;
  #results: JsonLinesFile | undefined;
  #truths: JsonLinesFile | undefined;
  #count = 0;
  #nextTruth = 0;
  #failure: unknown;

  constructor(directory: string, options: RecordingOptions) {
    this.#directory = directory;
    this.#truth = options.truth;
    const { source, pace } = options.definition;
    const synthetic = source.type === 'synthetic' ? source : undefined;
    this.#index = {
      version: recordingVersion,
      complete: false,
      size: null,
      seed: synthetic?.seed ?? null,
      fps: pace ?? options.frameRate ?? synthetic?.frameRate ?? null,
      frames: null,
      definition: options.definition,
    };
  }

  async open(): Promise<void> {
    this.#writer = new PngWriter(await loadSharp('recording'));
    await claimEmptyFolder(this.#directory);
    try {
      await mkdir(join(this.#directory, recordingFiles.pictures));
      await this.#writeIndex();
      this.#frames = await this.#createLines(recordingFiles.frames);
      this.#results = await this.#createLines(recordingFiles.results);
      if (this.#truth) this.#truths = await this.#createLines(recordingFiles.truth);
    } catch (cause) {
      this.#failure = writeFailure(this.#directory, cause);
      throw this.#failure;
    }
  }

  async result(result: Result, frame: Frame | undefined): Promise<void> {
    await this.#guard(async () => {
      if (!frame || !this.#writer) {
        throw new InvalidArgumentError({
          subject: 'recording sink',
          expected: 'open() before, and the frame with, each result',
          received: frame ? 'a sink that is not open' : 'a result without its frame',
        });
      }
      const { frame: id, timestamp, source, width, height } = result;
      const path = `${recordingFiles.pictures}/${String(id).padStart(6, '0')}.png`;
      await this.#writer.write(frame, join(this.#directory, path));
      if (!this.#index.size) {
        this.#index.size = { width, height };
        await this.#writeIndex();
      }
      const line: RecordedFrame = {
        frame: id,
        timestamp,
        ...(source === undefined ? {} : { source }),
        path,
        width,
        height,
      };
      await this.#writeTruth(id);
      await this.#frames?.write(line);
      await this.#results?.write(resultRecord(result, { timings: false }));
      this.#count++;
    });
  }

  async fault({ frame, source, error }: FrameFault): Promise<void> {
    await this.#guard(async () => {
      const { stack: _, cause: __, ...told } = error;
      await this.#writeTruth(frame);
      await this.#results?.write({ frame, source, error: told });
    });
  }

  /** Finishes the recording, also after an abort. After a failed write it stays marked as incomplete. */
  async close(): Promise<void> {
    const files = [this.#frames, this.#results, this.#truths].filter((file) => file !== undefined);
    if (files.length === 0) return;
    this.#frames = this.#results = this.#truths = undefined;
    const closed = await Promise.allSettled(files.map((file) => file.close()));
    if (this.#failure) return;
    const failed = closed.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
    this.#index.complete = true;
    this.#index.frames = this.#count;
    await this.#writeIndex();
  }

  // The truth of every frame up to this one: what was dropped was on the belt all the same.
  async #writeTruth(frame: number): Promise<void> {
    const writes: (Promise<void> | undefined)[] = [];
    for (; this.#truth && this.#nextTruth <= frame; this.#nextTruth++) {
      const objects = this.#truth(this.#nextTruth);
      // Knowing nothing is not the same as knowing that nothing is there.
      if (objects) writes.push(this.#truths?.write({ frame: this.#nextTruth, objects }));
    }
    await Promise.all(writes);
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    if (this.#failure) throw this.#failure;
    try {
      await work();
    } catch (cause) {
      this.#failure = writeFailure(this.#directory, cause);
      throw this.#failure;
    }
  }

  #createLines(name: string): Promise<JsonLinesFile> {
    return JsonLinesFile.create(join(this.#directory, name));
  }

  async #writeIndex(): Promise<void> {
    const path = join(this.#directory, recordingFiles.index);
    try {
      await writeWholeFile(path, `${JSON.stringify(this.#index, null, 2)}\n`);
    } catch (cause) {
      throw writeFailure(path, cause);
    }
  }
}
