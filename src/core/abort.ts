/**
 * Settles as `promise` does, or rejects with `signal.reason` as soon as the signal is aborted. The promise itself goes
 * on; a late rejection of it is swallowed. No listener outlives the call.
 */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
