import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { SourceError } from '../core/error.js';
import type { Frame } from '../core/frame.js';
import type { FrameAllocator } from '../core/frame-pool.js';
import { readFailure } from './file-error.node.js';
import { closedSource } from './pictures-source.node.js';
import type { FrameSource, SourceInfo } from './source.js';
import { isY4mFrameLine, maxY4mLine, parseY4mHeader, writeY4mFrame, type Y4mHeader } from './y4m-parser.js';

/**
 * An uncompressed video file in YUV4MPEG2 (`.y4m`), 8 bits: 4:2:0, 4:2:2, 4:4:4 become RGB, mono becomes gray
 * (see {@link writeY4mFrame}). Timestamps are `frame · 10⁶ / rate`; a stream of unknown rate is taken for 25 per
 * second, and `info.frameRate` stays absent. Needs no library.
 */
export class Y4mSource implements FrameSource {
  readonly info: SourceInfo;
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #header: Y4mHeader;
  readonly #line = new Uint8Array(maxY4mLine);
  readonly #fileBytes: number;
  #planes: Uint8Array | undefined;
  #position: number;
  #next = 0;
  #closed = false;

  private constructor(file: FileHandle, path: string, header: Y4mHeader, position: number, fileBytes: number) {
    this.#file = file;
    this.#path = path;
    this.#header = header;
    this.#fileBytes = fileBytes;
    this.#position = position;
    const { width, height, rate } = header;
    this.info = { type: 'video', width, height, endless: false };
    if (rate) this.info.frameRate = rate.numerator / rate.denominator;
    // `FRAME` lines seldom have parameters; where they do, the count is not known before the end.
    const frames = (fileBytes - position) / (header.frameBytes + 6);
    if (Number.isInteger(frames)) this.info.frameCount = frames;
  }

  /** @throws {SourceError} ERR_SOURCE missing or no such stream. @throws {UnsupportedError} ERR_UNSUPPORTED another chroma layout. */
  static async open(path: string): Promise<Y4mSource> {
    let file: FileHandle | undefined;
    try {
      file = await open(path, 'r');
      const { size } = await file.stat();
      const line = new Uint8Array(maxY4mLine);
      const { bytesRead } = await file.read(line, 0, line.length, 0);
      const end = line.subarray(0, bytesRead).indexOf(10);
      const header = parseY4mHeader(latin1(line.subarray(0, end < 0 ? bytesRead : end)), path);
      if (end < 0) throw cutOff(path, 'a line feed after the header', `${bytesRead} bytes without one`);
      return new Y4mSource(file, path, header, end + 1, size);
    } catch (cause) {
      await file?.close();
      throw readFailure(path, 'a YUV4MPEG2 video', cause);
    }
  }

  async read(allocator: FrameAllocator, signal: AbortSignal): Promise<Frame | undefined> {
    if (!(await this.#findFrame(signal))) return undefined;
    const { width, height, format, rate, frameBytes } = this.#header;
    const cut = (there: number) =>
      cutOff(this.#path, `${frameBytes} bytes of frame ${this.#next}`, `${there}, then the end of the file`);
    // Looked at before memory is taken: a header of a few bytes can claim any size.
    if (this.#position + frameBytes > this.#fileBytes) throw cut(this.#fileBytes - this.#position);
    this.#planes ??= new Uint8Array(frameBytes);
    for (let filled = 0; filled < frameBytes; ) {
      const { bytesRead } = await this.#read(this.#planes, filled, frameBytes - filled, this.#position + filled);
      if (bytesRead === 0) throw cut(filled);
      filled += bytesRead;
    }
    signal.throwIfAborted();
    this.#position += frameBytes;
    const id = this.#next++;
    const timestamp = Math.round((id * 1e6 * (rate?.denominator ?? 1)) / (rate?.numerator ?? 25));
    const source = basename(this.#path);
    const frame = allocator.allocate({ id, timestamp, format, codedWidth: width, codedHeight: height, source });
    writeY4mFrame(this.#header, this.#planes, frame.data);
    return frame;
  }

  async skip(count: number, signal: AbortSignal): Promise<number> {
    let passed = 0;
    while (passed < count && (await this.#findFrame(signal))) {
      this.#position += this.#header.frameBytes;
      this.#next++;
      passed++;
    }
    return passed;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#file.close();
  }

  // Passes over the line that begins a frame; false at the end of the file.
  async #findFrame(signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    if (this.#closed) throw closedSource(this.#path);
    const { bytesRead } = await this.#read(this.#line, 0, maxY4mLine, this.#position);
    signal.throwIfAborted();
    if (bytesRead === 0) return false;
    const end = this.#line.subarray(0, bytesRead).indexOf(10);
    const line = latin1(this.#line.subarray(0, end < 0 ? Math.min(bytesRead, 16) : end));
    if (end < 0 || !isY4mFrameLine(line)) {
      const received = line.slice(0, 16).replace(/[^\x20-\x7e]/g, '?');
      throw cutOff(this.#path, `the line FRAME at byte ${this.#position} (frame ${this.#next})`, `"${received}"`);
    }
    this.#position += end + 1;
    return true;
  }

  async #read(target: Uint8Array, offset: number, length: number, position: number) {
    try {
      return await this.#file.read(target, offset, length, position);
    } catch (cause) {
      throw readFailure(this.#path, 'a readable file', cause);
    }
  }
}

function cutOff(subject: string, expected: string, received: string): SourceError {
  return new SourceError({ subject, expected, received, remedy: 'The file is damaged or cut off; make it anew.' });
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
