import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ClosedError, ReflexarcError, SourceError, serializeError, UnsupportedError } from '../core/error.js';
import type { Frame } from '../core/frame.js';
import type { FrameAllocator } from '../core/frame-pool.js';
import type { FrameFault } from '../core/result.js';
import { decodePicture } from './decode-picture.node.js';
import { readFailure } from './file-error.node.js';
import { listPictures } from './picture-files.node.js';
import type { FrameSource, SourceInfo } from './source.js';

/**
 * A picture, or the pictures of a folder and the folders below it, in natural order.
 * Output: frames of 8-bit RGB, upright (see {@link decodePicture}), each of its own size; `frame.source` is the path
 * relative to the folder, with `/`, or the name of the single file. Timestamps stand one second apart, beginning at 0:
 * pictures have no time of their own.
 * In a folder, a picture that cannot be read is a fault and the others follow; of a single picture it is the end.
 */
export class PicturesSource implements FrameSource {
  readonly info: SourceInfo;
  readonly #paths: string[];
  readonly #names: string[];
  readonly #single: boolean;
  #next = 0;
  #closed = false;

  private constructor(names: string[], paths: string[], single: boolean) {
    this.#names = names;
    this.#paths = paths;
    this.#single = single;
    this.info = { type: 'pictures', frameCount: paths.length, endless: false };
  }

  /** @throws {SourceError} ERR_SOURCE when `path` is missing, unreadable or a folder without a picture. */
  static async open(path: string): Promise<PicturesSource> {
    let names: string[];
    try {
      const found = await stat(path);
      if (!found.isDirectory()) return new PicturesSource([basename(path)], [path], true);
      names = await listPictures(path);
    } catch (cause) {
      throw readFailure(path, 'a picture or a folder of pictures', cause);
    }
    if (names.length === 0) {
      throw new SourceError({
        subject: path,
        expected: 'a folder with at least one picture',
        received: 'none',
        remedy: 'Pictures are known by their extension: .jpg, .png, .webp, .gif, .tif, .avif, .bmp, .ppm.',
      });
    }
    return new PicturesSource(
      names,
      names.map((name) => join(path, name)),
      false,
    );
  }

  async read(allocator: FrameAllocator, signal: AbortSignal): Promise<Frame | FrameFault | undefined> {
    signal.throwIfAborted();
    if (this.#closed) throw closedSource(this.#paths[0]);
    const id = this.#next;
    if (id >= this.#paths.length) return undefined;
    this.#next++;
    const source = this.#names[id];
    // In a folder the name says it; alone, the path that the user gave.
    const subject = this.#single ? this.#paths[id] : source;
    let frame: Frame | undefined;
    try {
      const bytes = await readFile(this.#paths[id], { signal });
      await decodePicture(bytes, subject, (codedWidth, codedHeight) => {
        signal.throwIfAborted();
        frame = allocator.allocate({ id, timestamp: id * 1e6, format: 'RGB', codedWidth, codedHeight, source });
        return frame.data;
      });
      signal.throwIfAborted();
      return frame;
    } catch (cause) {
      frame?.close();
      signal.throwIfAborted();
      // Without the decoder no picture can be read: that is no fault of this one.
      if (cause instanceof UnsupportedError) throw cause;
      const error = cause instanceof ReflexarcError ? cause : readFailure(subject, 'a readable picture', cause);
      if (this.#single) throw error;
      return { frame: id, source, error: serializeError(error) };
    }
  }

  async skip(count: number, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    const passed = Math.max(0, Math.min(count, this.#paths.length - this.#next));
    this.#next += passed;
    return passed;
  }

  close(): void {
    this.#closed = true;
  }
}

/** What reading from a closed source gives. */
export function closedSource(subject: string): ClosedError {
  return new ClosedError({ subject, expected: 'an open source', received: 'a closed one' });
}
