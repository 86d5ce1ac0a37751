import type { ReflexarcError } from '../core/error.js';
import { writeFailure } from '../respond/write-failure.node.js';

/**
 * The one writer of stdout. While it is held, whatever else in the process writes there (a library's log, a worker's
 * `console.log`) goes to stderr instead, so that a reader of `--json` gets exactly what this class wrote.
 */
export class Stdout {
  readonly #write: typeof process.stdout.write;
  readonly #redirected: boolean;
  #closed = false;

  /**
   * @param exclusive sends everybody else's output to stderr.
   * @param onClosed called once when nothing can be written any more: without an error where the reader has gone (EPIPE),
   *   a quiet end; with one where it could not be written (a full disk).
   */
  constructor(exclusive: boolean, onClosed: (error?: ReflexarcError) => void) {
    this.#write = process.stdout.write.bind(process.stdout) as typeof process.stdout.write;
    this.#redirected = exclusive;
    if (exclusive) process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#closed) return;
      this.#closed = true;
      onClosed(error.code === 'EPIPE' ? undefined : writeFailure('standard output', error));
    });
  }

  /** True once nobody reads any more. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Writes text; settles when the operating system has taken it, so that nothing is lost at exit. */
  write(text: string): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      // A reader that has gone is reported by the 'error' event; here it only means that there is nothing to wait for.
      this.#write(text, () => resolve());
    });
  }

  writeLine(text: string): Promise<void> {
    return this.write(`${text}\n`);
  }

  /** Gives stdout back to everybody. */
  release(): void {
    if (this.#redirected) process.stdout.write = this.#write;
  }
}
