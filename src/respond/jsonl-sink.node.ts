import type { Writable } from 'node:stream';
import { InvalidArgumentError } from '../core/error.js';
import type { FrameFault, Result } from '../core/result.js';
import { JsonLinesFile } from './json-lines-file.node.js';
import { resultRecord } from './result-record.js';
import type { Sink } from './sink.js';
import { writeFailure } from './write-failure.node.js';

/**
 * Writes one line of JSON per result, `{ frame, timestamp, source, width, height, items, events, spans, late }`, and
 * one per unreadable frame, `{ frame, source, error }`. A result is acknowledged when the operating system has its line.
 * @param target Path of a file, which is emptied first; or a stream, which stays open.
 * @throws {SinkError} ERR_SINK a write failed.
 */
export class JsonlSink implements Sink {
  readonly #target: string | Writable;
  #file: JsonLinesFile | undefined;

  constructor(target: string | Writable) {
    if (target === '') {
      throw new InvalidArgumentError({ subject: 'jsonl sink: path', expected: 'a path', received: 'an empty text' });
    }
    this.#target = target;
  }

  async open(): Promise<void> {
    if (typeof this.#target === 'string') this.#file = await JsonLinesFile.create(this.#target);
  }

  result(result: Result): Promise<void> {
    return this.write(resultRecord(result, { timings: true }));
  }

  fault({ frame, source, error }: FrameFault): Promise<void> {
    const { stack: _, ...told } = error;
    return this.write({ frame, source, error: told });
  }

  /** Writes any other line, such as a summary. */
  async write(value: unknown): Promise<void> {
    const target = this.#target;
    if (typeof target === 'string') {
      if (this.#file) return this.#file.write(value);
      throw new InvalidArgumentError({ subject: target, expected: 'an opened sink', received: 'one before open()' });
    }
    await new Promise<void>((resolve, reject) => {
      // A stream tells of a failure in both ways, in either order; an event that nobody hears would end the process.
      const failed = (cause: Error) => reject(writeFailure('the stream of a jsonl sink', cause));
      target.once('error', failed);
      target.write(`${JSON.stringify(value)}\n`, (cause) => {
        if (cause) return failed(cause);
        target.off('error', failed);
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }
}
