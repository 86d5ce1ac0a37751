import type { CDPSession, Page } from 'playwright-core';

/** What one thread of a page holds, after its garbage was collected. */
export interface ThreadHoldings {
  /** `page`, or the name or address of a worker. */
  thread: string;
  /** JavaScript objects in use, in bytes. */
  heapBytes: number;
  /** All WebAssembly memories that are reachable, in bytes. */
  wasmBytes: number;
  /** Frames and pictures of the browser that are not closed. */
  videoFrames: number;
  bitmaps: number;
}

interface Thread {
  name: string;
  send<T>(method: string, params?: object): Promise<T>;
}

type RemoteObject = { result: { objectId: string; value?: unknown } };

// What counts of each kind of object: its size in bytes, or whether it is open.
const measures: Record<'wasmBytes' | 'videoFrames' | 'bitmaps', { prototype: string; sum: string }> = {
  wasmBytes: { prototype: 'WebAssembly.Memory', sum: 'each.buffer.byteLength' },
  videoFrames: { prototype: 'VideoFrame', sum: '(each.codedWidth > 0 ? 1 : 0)' },
  bitmaps: { prototype: 'ImageBitmap', sum: '(each.width > 0 ? 1 : 0)' },
};

/**
 * Looks into the heaps of a page and of its workers through Chromium's debugger: it finds what is reachable, whether or
 * not our own counters know of it.
 */
export class ThreadProbe {
  readonly #session: CDPSession;
  readonly #workers = new Map<string, Thread>();
  readonly #waiting = new Map<number, (message: { result?: unknown; error?: { message: string } }) => void>();
  #sent = 0;

  private constructor(session: CDPSession) {
    this.#session = session;
    session.on('Target.attachedToTarget', ({ sessionId, targetInfo: { type, title, url } }) => {
      if (type !== 'worker') return;
      this.#workers.set(sessionId, {
        name: title || url,
        send: (method, params) => this.#sendTo(sessionId, method, params) as never,
      });
    });
    session.on('Target.detachedFromTarget', ({ sessionId }) => {
      this.#workers.delete(sessionId);
    });
    session.on('Target.receivedMessageFromTarget', ({ message }) => {
      const answer = JSON.parse(message);
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
  }

  /** Attaches to a page. The caller detaches. */
  static async attach(page: Page): Promise<ThreadProbe> {
    const session = await page.context().newCDPSession(page);
    const probe = new ThreadProbe(session);
    // Workers that exist are told of before this returns.
    await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
    return probe;
  }

  /** The holdings of the page, then of each worker that lives. Collects garbage first, which takes its time. */
  async holdings(): Promise<ThreadHoldings[]> {
    const page: Thread = {
      name: 'page',
      send: (method, params) => this.#session.send(method as 'Runtime.enable', params as undefined) as never,
    };
    const found: ThreadHoldings[] = [];
    for (const thread of [page, ...this.#workers.values()]) found.push(await examine(thread));
    return found;
  }

  async detach(): Promise<void> {
    await this.#session.detach();
  }

  #sendTo(sessionId: string, method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#sent;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, ({ result, error }) => {
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result);
      });
    });
    const message = JSON.stringify({ id, method, params });
    return this.#session.send('Target.sendMessageToTarget', { sessionId, message }).then(() => answer);
  }
}

async function examine({ name, send }: Thread): Promise<ThreadHoldings> {
  // Twice: what a finaliser of the first lets go, the second collects.
  for (let i = 0; i < 2; i++) await send('HeapProfiler.collectGarbage');
  const { usedSize: heapBytes } = await send<{ usedSize: number }>('Runtime.getHeapUsage');
  const holdings: ThreadHoldings = { thread: name, heapBytes, wasmBytes: 0, videoFrames: 0, bitmaps: 0 };
  const objectGroup = 'thread-probe';
  for (const [measure, { prototype, sum }] of Object.entries(measures)) {
    const { result } = await send<RemoteObject>('Runtime.evaluate', {
      expression: `globalThis.${prototype}?.prototype ?? Object.create(null)`,
      objectGroup,
    });
    const { objects } = await send<{ objects: { objectId: string } }>('Runtime.queryObjects', {
      prototypeObjectId: result.objectId,
      objectGroup,
    });
    const total = await send<RemoteObject>('Runtime.callFunctionOn', {
      objectId: objects.objectId,
      functionDeclaration: `function () { return this.reduce((sum, each) => sum + ${sum}, 0); }`,
      returnByValue: true,
    });
    holdings[measure as keyof typeof measures] = total.result.value as number;
  }
  await send('Runtime.releaseObjectGroup', { objectGroup });
  return holdings;
}
