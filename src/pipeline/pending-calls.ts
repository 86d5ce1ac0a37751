/**
 * Calls to a thread that may end. Racing each call against one long-lived promise would keep every call's closure
 * alive for the life of the thread; here nothing outlives its call.
 */
export class PendingCalls {
  readonly #pending = new Set<(error: unknown) => void>();
  #failure: { error: unknown } | undefined;
  readonly #onFailure: ((error: unknown) => void) | undefined;

  /** @param onFailure called with the failure that counts, before the calls are rejected. */
  constructor(onFailure?: (error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  /** Rejects all pending calls and all later ones. The first failure counts. */
  fail(error: unknown): void {
    if (this.#failure) return;
    this.#failure = { error };
    this.#onFailure?.(error);
    for (const reject of this.#pending) reject(error);
    this.#pending.clear();
  }

  /** Settles as the call does, unless the thread fails first. */
  guard<T>(call: Promise<T>): Promise<T> {
    if (this.#failure) return Promise.reject(this.#failure.error);
    return new Promise<T>((resolve, reject) => {
      this.#pending.add(reject);
      call.then(resolve, reject).finally(() => this.#pending.delete(reject));
    });
  }

  /**
   * Opens `life`, which makes its calls through here: gives it, or closes it again where `open` or the signal fails it.
   * Rejects with what `open` rejects with, or with the signal's reason.
   */
  async open<L extends { close(): Promise<void> }>(
    life: L,
    open: () => Promise<void>,
    signal: AbortSignal | undefined,
  ): Promise<L> {
    const abort = () => this.fail(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await open();
      return life;
    } catch (error) {
      await life.close();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }
}
