import type { CDPSession, Page } from 'playwright-core';
import type { Census } from './site/thread-census.js';

/** What one thread of a page holds, after its garbage was collected; NaN where a worker takes no census. */
export interface ThreadHoldings extends Census {
  /** `page`, or the name or address of a worker. */
  thread: string;
  /** JavaScript objects in use, in bytes. */
  heapBytes: number;
}

interface Answer {
  result?: unknown;
  error?: { message: string };
}

interface Thread {
  name: string;
  send<T>(method: string, params?: object): Promise<T>;
}

/**
 * Measures the heaps of a page and of its workers through Chromium's debugger, and takes their census. (The debugger could
 * find all objects of a class by itself, but that ends a worker in which WebAssembly runs.)
 */
export class ThreadProbe {
  readonly #session: CDPSession;
  readonly #workers = new Map<string, Thread>();
  readonly #waiting = new Map<number, { sessionId: string; settle(message: Answer): void }>();
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
      for (const [id, { sessionId: asked, settle }] of this.#waiting) {
        if (asked !== sessionId) continue;
        this.#waiting.delete(id);
        settle({ error: { message: 'the worker has ended' } });
      }
    });
    session.on('Target.receivedMessageFromTarget', ({ message }) => {
      const answer = JSON.parse(message);
      this.#waiting.get(answer.id)?.settle(answer);
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
    const found = [await examine(page)];
    for (const [sessionId, worker] of [...this.#workers]) {
      try {
        found.push(await examine(worker));
      } catch (error) {
        // One that is being ended holds nothing; word of that may be under way.
        if (!/No session|has ended/.test(String(error))) throw error;
        this.#workers.delete(sessionId);
      }
    }
    return found;
  }

  async detach(): Promise<void> {
    await this.#session.detach();
  }

  #sendTo(sessionId: string, method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#sent;
    const answer = new Promise<unknown>((resolve, reject) => {
      const settle = ({ result, error }: Answer) => {
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result);
      };
      this.#waiting.set(id, { sessionId, settle });
    });
    const message = JSON.stringify({ id, method, params });
    return this.#session.send('Target.sendMessageToTarget', { sessionId, message }).then(() => answer);
  }
}

async function examine({ name, send }: Thread): Promise<ThreadHoldings> {
  // What is dead is neither counted nor held by the census; twice, because a finaliser may let something go.
  await send('HeapProfiler.collectGarbage');
  const { result } = await send<{ result: { value?: Census } }>('Runtime.evaluate', {
    expression: 'globalThis.takeCensus?.()',
    returnByValue: true,
  });
  await send('HeapProfiler.collectGarbage');
  const { usedSize: heapBytes } = await send<{ usedSize: number }>('Runtime.getHeapUsage');
  const unknown: Census = { wasmBytes: Number.NaN, videoFrames: Number.NaN, bitmaps: Number.NaN };
  return { thread: name, heapBytes, ...(result.value ?? unknown) };
}
