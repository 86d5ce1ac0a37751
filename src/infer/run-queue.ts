/**
 * Strings calls of one library together. Overlapping calls of onnxruntime-web's WebGPU builds hang or ruin
 * the module, also those of different sessions, so that every create, run and release takes its turn here.
 */
export class RunQueue {
  // The end of the last turn; never rejects.
  #tail: Promise<unknown> = Promise.resolve();

  /** Calls `turn` when all turns before it have ended, whatever became of them. */
  take<T>(turn: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(turn);
    this.#tail = result.catch(() => {});
    return result;
  }

  /** Settles when all turns so far have ended. */
  async idle(): Promise<void> {
    await this.#tail;
  }
}
