import { type FileHandle, open } from 'node:fs/promises';
import { writeFailure } from './write-failure.node.js';

/**
 * A file of JSON lines that never ends in half a line: each is handed to the operating system before the call returns,
 * and what a failed write left is taken back.
 */
export class JsonLinesFile {
  readonly path: string;
  readonly #file: FileHandle;
  #bytes = 0;
  #failure: unknown;
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  /** Creates the file, or empties it. @throws {SinkError} ERR_SINK */
  static async create(path: string): Promise<JsonLinesFile> {
    try {
      return new JsonLinesFile(path, await open(path, 'w'));
    } catch (cause) {
      throw writeFailure(path, cause);
    }
  }

  /** Appends a line; lines keep the order of the calls. @throws {SinkError} ERR_SINK, also for every line after one that failed. */
  write(value: unknown): Promise<void> {
    const line = Buffer.from(`${JSON.stringify(value)}\n`);
    this.#last = this.#last.catch(() => {}).then(() => this.#append(line));
    return this.#last;
  }

  async #append(line: Uint8Array): Promise<void> {
    if (this.#failure) throw this.#failure;
    try {
      for (let at = 0; at < line.length; ) {
        at += (await this.#file.write(line, at, line.length - at)).bytesWritten;
      }
      this.#bytes += line.length;
    } catch (cause) {
      this.#failure = writeFailure(this.path, cause);
      // A device has no length to go back to.
      await this.#file.truncate(this.#bytes).catch(() => {});
      throw this.#failure;
    }
  }

  /** Waits for the lines under way and closes the file. @throws {SinkError} ERR_SINK */
  async close(): Promise<void> {
    await this.#last.catch(() => {});
    try {
      await this.#file.close();
    } catch (cause) {
      throw writeFailure(this.path, cause);
    }
  }
}
