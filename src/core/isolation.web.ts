/** Whether WebAssembly threads can be had here, and if not, why. */
export interface Isolation {
  /** The page was sent with the headers that isolate it, and the browser honoured them. */
  readonly crossOriginIsolated: boolean;
  /** A SharedArrayBuffer could be made and posted. */
  readonly sharedMemory: boolean;
  /** Both: WebAssembly may use more than one thread. */
  readonly threads: boolean;
  /** Why there is one thread only, and what to do; null where there may be more. */
  readonly problem: string | null;
  readonly remedy: string | null;
}

const headers =
  'Send the page with `Cross-Origin-Opener-Policy: same-origin` and `Cross-Origin-Embedder-Policy: require-corp`, over https or from localhost.';

/**
 * Looks whether memory can be shared between threads, in a page or in a worker. Isolation is a promise of the
 * headers; some browsers hand out a SharedArrayBuffer without it and then refuse to post it, so one is posted.
 */
export function probeIsolation(): Isolation {
  const isolated = globalThis.crossOriginIsolated === true;
  const refusal = postSharedMemory();
  const sharedMemory = refusal === undefined;
  if (isolated && sharedMemory) {
    return { crossOriginIsolated: true, sharedMemory: true, threads: true, problem: null, remedy: null };
  }
  const problem = isolated
    ? `shared memory cannot be posted: ${refusal}`
    : 'the page is not cross-origin isolated, so memory cannot be shared between threads';
  return { crossOriginIsolated: isolated, sharedMemory, threads: false, problem, remedy: headers };
}

// The reason of the refusal; undefined where the buffer could be posted.
function postSharedMemory(): string | undefined {
  if (typeof SharedArrayBuffer === 'undefined') return 'there is no SharedArrayBuffer';
  const { port1, port2 } = new MessageChannel();
  try {
    port1.postMessage(new SharedArrayBuffer(1));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    port1.close();
    port2.close();
  }
}
