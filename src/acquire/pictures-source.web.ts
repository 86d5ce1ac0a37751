import { ClosedError, ReflexarcError, SourceError, serializeError, UnsupportedError } from '../core/error.js';
import type { Frame } from '../core/frame.js';
import type { FrameAllocator } from '../core/frame-pool.js';
import type { FrameFault } from '../core/result.js';
import { decodePicture } from './decode-picture.web.js';
import type { FrameSource, SourceInfo } from './source.js';

/**
 * A picture by its URL, or the pictures that a `.json` file lists: an array of URLs relative to the list.
 * Output: upright frames (see {@link decodePicture}), each of its own size; `frame.source` is the entry of the list,
 * or the name of the single file. Timestamps stand one second apart, beginning at 0: pictures have no time of their own.
 * In a list, a picture that cannot be read is a fault and the others follow; of a single picture it is the end.
 */
export class PicturesSource implements FrameSource {
  readonly info: SourceInfo;
  readonly #urls: readonly string[];
  readonly #names: readonly string[];
  readonly #single: boolean;
  #next = 0;
  #closed = false;

  private constructor(urls: readonly string[], names: readonly string[], single: boolean) {
    this.#urls = urls;
    this.#names = names;
    this.#single = single;
    this.info = { type: 'pictures', frameCount: urls.length, endless: false };
  }

  /**
   * @param url absolute; `blob:` and `data:` URLs are pictures.
   * @throws {SourceError} ERR_SOURCE a list that cannot be read, or that is no array of URLs.
   */
  static async open(url: string): Promise<PicturesSource> {
    const { protocol, pathname } = new URL(url);
    if (protocol === 'blob:' || protocol === 'data:') return new PicturesSource([url], ['picture'], true);
    const name = decoded(pathname.slice(pathname.lastIndexOf('/') + 1));
    if (!/\.json$/i.test(pathname)) return new PicturesSource([url], [name || url], true);
    const bytes = await fetchFile(url, new AbortController().signal);
    let names: unknown;
    try {
      names = JSON.parse(new TextDecoder().decode(bytes));
    } catch (cause) {
      throw notAList(url, 'no JSON', cause);
    }
    if (!Array.isArray(names) || !names.every((each) => typeof each === 'string')) throw notAList(url, 'other JSON');
    if (names.length === 0) throw notAList(url, 'an empty one');
    const wrong = names.find((each) => !URL.canParse(each, url));
    if (wrong !== undefined) throw notAList(url, `one with ${JSON.stringify(wrong)}`);
    return new PicturesSource(
      names.map((each) => new URL(each, url).href),
      names,
      false,
    );
  }

  async read(allocator: FrameAllocator, signal: AbortSignal): Promise<Frame | FrameFault | undefined> {
    signal.throwIfAborted();
    if (this.#closed) {
      throw new ClosedError({ subject: this.#urls[0], expected: 'an open source', received: 'a closed one' });
    }
    const id = this.#next;
    if (id >= this.#urls.length) return undefined;
    this.#next++;
    const source = this.#names[id];
    const subject = this.#single && !/^(blob|data):/.test(this.#urls[id]) ? this.#urls[id] : source;
    let frame: Frame | undefined;
    try {
      const bytes = await fetchFile(this.#urls[id], signal, subject);
      await decodePicture(bytes, subject, (size) => {
        signal.throwIfAborted();
        frame = allocator.allocate({ id, timestamp: id * 1e6, source, ...size });
        return frame.data;
      });
      signal.throwIfAborted();
      return frame;
    } catch (cause) {
      frame?.close();
      signal.throwIfAborted();
      if (cause instanceof UnsupportedError || this.#single || !(cause instanceof ReflexarcError)) throw cause;
      return { frame: id, source, error: serializeError(cause) };
    }
  }

  async skip(count: number, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    const passed = Math.max(0, Math.min(count, this.#urls.length - this.#next));
    this.#next += passed;
    return passed;
  }

  close(): void {
    this.#closed = true;
  }
}

/** The bytes of a file. @throws {SourceError} ERR_SOURCE it cannot be fetched. @internal */
export async function fetchFile(url: string, signal: AbortSignal, subject = url): Promise<Uint8Array<ArrayBuffer>> {
  let received: string;
  let cause: unknown;
  try {
    const response = await fetch(url, { signal });
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    received = `${response.status} ${response.statusText}`.trimEnd();
  } catch (error) {
    signal.throwIfAborted();
    received = 'no answer that this page may read';
    cause = error;
  }
  throw new SourceError({
    subject,
    expected: 'a file that can be fetched',
    received,
    remedy: 'Check the address; files of other origins need CORS headers.',
    cause,
  });
}

// A percent sign that encodes nothing is one of the file's name.
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function notAList(url: string, received: string, cause?: unknown): SourceError {
  return new SourceError({ subject: url, expected: 'an array of URLs of pictures', received, cause });
}
