import { openVinoNumbers } from './openvino-api.js';
import type { OpenVinoLibrary } from './openvino-library.node.js';

interface Awaited {
  request: bigint;
  resolve(): void;
  reject(error: unknown): void;
}

// Between two of them the thread serves what has come meanwhile, such as the next frame. The interface counts in whole ms.
const sliceMs = 1;

/**
 * Waits for requests that run, in slices: the thread that asks is woken by the library itself, as in a call that blocks, which a wait on
 * another thread would have to pass on. The oldest is waited for; the others are looked at in between.
 */
export class RequestWatch {
  readonly #library: OpenVinoLibrary;
  readonly #awaited: Awaited[] = [];
  #watching = false;

  constructor(library: OpenVinoLibrary) {
    this.#library = library;
  }

  /** Settles when a request that was started has ended. @throws {OpenVinoFailure} it failed. */
  finish(request: bigint): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#awaited.push({ request, resolve, reject });
      if (!this.#watching) void this.#watch();
    });
  }

  async #watch(): Promise<void> {
    this.#watching = true;
    while (this.#awaited.length > 0) {
      for (const [place, awaited] of [...this.#awaited].entries()) {
        if (!this.#isRunning(awaited.request, place === 0 ? sliceMs : 0)) this.#settle(awaited);
      }
      await new Promise((turn) => setImmediate(turn));
    }
    this.#watching = false;
  }

  #isRunning(request: bigint, ms: number): boolean {
    const status = this.#library.status('ov_infer_request_wait_for', request, ms);
    return status === openVinoNumbers.status.RESULT_NOT_READY;
  }

  // Says at once how it has ended, in the library's words.
  #settle(awaited: Awaited): void {
    this.#awaited.splice(this.#awaited.indexOf(awaited), 1);
    try {
      this.#library.call('ov_infer_request_wait', awaited.request);
      awaited.resolve();
    } catch (error) {
      awaited.reject(error);
    }
  }
}
