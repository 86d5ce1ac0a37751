import { ReflexarcError, SourceError } from '../core/error.js';
import type { Frame } from '../core/frame.js';
import type { FrameAllocator } from '../core/frame-pool.js';
import type { FrameFault } from '../core/result.js';
import type { FrameSource, FrameSourceFactory, SourceInfo } from './source.js';

/**
 * A source of the user's own, from a registered module. What it throws becomes a {@link SourceError} with the original
 * as cause, so that one kind of error leaves every source.
 */
export class ModuleSource implements FrameSource {
  readonly info: SourceInfo;
  readonly #inner: FrameSource;
  readonly #url: string;

  private constructor(inner: FrameSource, url: string) {
    this.#inner = inner;
    this.#url = url;
    this.info = { ...inner.info, type: 'module' };
  }

  /**
   * @param load Loads the module and gives its default export.
   * @throws {SourceError} ERR_SOURCE the module does not load, its factory throws, or what it gives is no source.
   */
  static async open(
    url: string,
    options: unknown,
    load: (url: string) => Promise<FrameSourceFactory>,
  ): Promise<ModuleSource> {
    const factory = await load(url);
    let source: FrameSource;
    try {
      source = await factory(options);
    } catch (cause) {
      throw failure(url, 'a factory that gives a source', cause);
    }
    const missing = ['read', 'skip', 'close'].filter((key) => typeof source?.[key as keyof FrameSource] !== 'function');
    if (typeof source?.info !== 'object' || typeof source.info?.endless !== 'boolean') missing.unshift('info.endless');
    if (missing.length > 0) {
      throw new SourceError({
        subject: `module ${url}`,
        expected: 'a source with info, read, skip and close',
        received: `one without ${missing.join(', ')}`,
      });
    }
    return new ModuleSource(source, url);
  }

  async read(allocator: FrameAllocator, signal: AbortSignal): Promise<Frame | FrameFault | undefined> {
    try {
      const read: unknown = await this.#inner.read(allocator, signal);
      if (read === undefined || isFrame(read) || isFault(read)) return read;
      const expected = 'a frame of the allocator, the fault { frame, error } of one, or undefined at the end';
      throw new SourceError({ subject: `read() of module ${this.#url}`, expected, received: describe(read) });
    } catch (cause) {
      signal.throwIfAborted();
      throw failure(this.#url, 'a frame', cause);
    }
  }

  async skip(count: number, signal: AbortSignal): Promise<number> {
    try {
      const skipped: unknown = await this.#inner.skip(count, signal);
      if (Number.isInteger(skipped) && (skipped as number) >= 0 && (skipped as number) <= count)
        return skipped as number;
      const expected = `how many frames it passed over, at most ${count}`;
      throw new SourceError({ subject: `skip() of module ${this.#url}`, expected, received: describe(skipped) });
    } catch (cause) {
      signal.throwIfAborted();
      throw failure(this.#url, 'frames to pass over', cause);
    }
  }

  async close(): Promise<void> {
    try {
      await this.#inner.close();
    } catch (cause) {
      throw failure(this.#url, 'an orderly close', cause);
    }
  }
}

function isFrame(value: unknown): value is Frame {
  const { kind, id, timestamp, close } = (value ?? {}) as Partial<Frame>;
  return kind === 'image' && Number.isInteger(id) && Number.isFinite(timestamp) && typeof close === 'function';
}

function isFault(value: unknown): value is FrameFault {
  const { frame, error } = (value ?? {}) as Partial<FrameFault>;
  return Number.isInteger(frame) && typeof error === 'object' && typeof error?.message === 'string';
}

// What came, in a few words.
function describe(value: unknown): string {
  if (typeof value === 'string') return `the text "${value.slice(0, 40)}"`;
  if (typeof value !== 'object' || value === null) return String(value);
  const keys = Object.keys(value).slice(0, 6);
  return keys.length === 0 ? 'an empty object' : `an object with ${keys.join(', ')}`;
}

function failure(url: string, expected: string, cause: unknown): ReflexarcError {
  if (cause instanceof ReflexarcError) return cause;
  return new SourceError({
    subject: `module ${url}`,
    expected,
    received: cause instanceof Error ? cause.message.split('\n')[0].replace(/\.$/, '') : String(cause),
    cause,
  });
}
