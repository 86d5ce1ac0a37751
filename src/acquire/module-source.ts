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
    const missing = ['info', 'read', 'skip', 'close'].filter((key) => !source?.[key as keyof FrameSource]);
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
      return await this.#inner.read(allocator, signal);
    } catch (cause) {
      signal.throwIfAborted();
      throw failure(this.#url, 'a frame', cause);
    }
  }

  async skip(count: number, signal: AbortSignal): Promise<number> {
    try {
      return await this.#inner.skip(count, signal);
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

function failure(url: string, expected: string, cause: unknown): ReflexarcError {
  if (cause instanceof ReflexarcError) return cause;
  return new SourceError({
    subject: `module ${url}`,
    expected,
    received: cause instanceof Error ? cause.message.split('\n')[0].replace(/\.$/, '') : String(cause),
    cause,
  });
}
