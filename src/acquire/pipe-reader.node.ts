import type { Readable } from 'node:stream';

/**
 * Reads a byte stream in pieces of wanted sizes, straight into the caller's memory. Between calls the stream is
 * paused, so that the writer at the other end waits.
 */
export class PipeReader {
  readonly #stream: Readable;
  #rest: Uint8Array | undefined;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(stream: Readable) {
    this.#stream = stream;
    const end = () => {
      this.#ended = true;
      this.#wake?.();
    };
    stream.on('readable', () => this.#wake?.());
    stream.on('end', end);
    stream.on('close', end);
    stream.on('error', (error) => {
      this.#error = error;
      this.#wake?.();
    });
  }

  /**
   * Fills `target` from the stream, or passes over as many bytes where it is a number.
   * @returns How many bytes there were; fewer than wanted only at the end of the stream.
   * @throws `signal.reason` when aborted; the stream's error.
   */
  async fill(target: Uint8Array | number, signal: AbortSignal): Promise<number> {
    const wanted = typeof target === 'number' ? target : target.length;
    let filled = 0;
    while (filled < wanted) {
      signal.throwIfAborted();
      const chunk: Uint8Array | null = this.#rest ?? this.#stream.read();
      if (chunk === null) {
        if (this.#error) throw this.#error;
        if (this.#ended) break;
        await this.#readable(signal);
        continue;
      }
      const taken = Math.min(chunk.length, wanted - filled);
      if (typeof target !== 'number') target.set(taken < chunk.length ? chunk.subarray(0, taken) : chunk, filled);
      this.#rest = taken < chunk.length ? chunk.subarray(taken) : undefined;
      filled += taken;
    }
    return filled;
  }

  #readable(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#wake = undefined;
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
