import { InvalidArgumentError } from '../core/error.js';
import type { FrameFault, Result, RuleEvent } from '../core/result.js';
import { resultRecord } from './result-record.js';
import type { Sink } from './sink.js';

/** Which messages are sent: `result` for each frame, `reject` for each rejected part, `fault` for each unreadable frame. */
export type WebSocketMessageType = 'result' | 'reject' | 'fault';

/** How a {@link WebSocketSink} sends. */
export interface WebSocketSinkOptions {
  /** What is sent; everything by default. */
  messages?: readonly WebSocketMessageType[];
  /** Subprotocols to offer. */
  protocols?: readonly string[];
  /** Messages kept while there is no connection, or while it is slow; 256 by default. */
  capacity?: number;
  /** Bytes that the browser may hold for a slow connection before messages wait in the queue; 1 MiB by default. */
  maxBufferedBytes?: number;
  /** First and longest wait before another attempt to connect, in ms; 250 and 10 000 by default. Waits double in between. */
  backoffMs?: readonly [first: number, longest: number];
  /** Time that `close()` gives to messages still queued, in ms; 500 by default. */
  lingerMs?: number;
}

/** Figures of a {@link WebSocketSink} so far. */
export interface WebSocketSinkStats {
  state: 'idle' | 'connecting' | 'open' | 'waiting' | 'closed';
  /** Handed to the browser, which sends them in order. */
  sent: number;
  /** Given up because the queue was full, or because the sink was closed before they could be sent. */
  dropped: number;
  queued: number;
  /** Connections that came about. */
  connections: number;
  /** Why the last connection ended or did not come about. */
  lastFailure?: string;
}

interface Message {
  type: WebSocketMessageType;
  text: string;
}

const usual = {
  messages: ['result', 'reject', 'fault'] as const,
  capacity: 256,
  maxBufferedBytes: 2 ** 20,
  backoffMs: [250, 10_000] as const,
  lingerMs: 500,
};
/** A connection that has lasted this long was a good one: the next wait is the first again. */
const goodMs = 5_000;
const drainMs = 20;

/**
 * Sends results as text messages of JSON to one address, and nowhere else: `{ "type": "result", frame, items, … }`,
 * `{ "type": "reject", …event }`, `{ "type": "fault", frame, error }`.
 *
 * The arc never waits for the network: a message is acknowledged when it is queued. The queue is bounded; when it is full
 * the oldest result goes first, rejects last, and each loss is counted in `stats.dropped`. A lost connection is opened
 * again, after waits that double from `backoffMs[0]` to `backoffMs[1]`, each shortened at random by up to a half, so that
 * many pages do not come back at the same moment.
 *
 * ```ts
 * const sink = new WebSocketSink('wss://line-7.example/results', { messages: ['reject'] });
 * const pipeline = await createPipeline(definition, { sinks: [sink] });
 * ```
 */
export class WebSocketSink implements Sink {
  readonly #url: string;
  readonly #options: Required<Omit<WebSocketSinkOptions, 'protocols'>> & { protocols: readonly string[] };
  readonly #queue: Message[] = [];
  #socket: WebSocket | undefined;
  #state: WebSocketSinkStats['state'] = 'idle';
  #sent = 0;
  #dropped = 0;
  #connections = 0;
  #failures = 0;
  #lastFailure: string | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #drain: ReturnType<typeof setTimeout> | undefined;
  #emptied: (() => void) | undefined;

  /**
   * Connects with `open()`, which a pipeline calls.
   * @param url `ws:` or `wss:`, or relative to the page.
   * @throws {InvalidArgumentError} ERR_ARGUMENT another kind of address, or one with a fragment or with credentials.
   */
  constructor(url: string | URL, options: WebSocketSinkOptions = {}) {
    this.#url = checkedUrl(url);
    this.#options = { ...usual, protocols: [], ...options };
  }

  get stats(): WebSocketSinkStats {
    return {
      state: this.#state,
      sent: this.#sent,
      dropped: this.#dropped,
      queued: this.#queue.length,
      connections: this.#connections,
      ...(this.#lastFailure === undefined ? {} : { lastFailure: this.#lastFailure }),
    };
  }

  /** Begins to connect. Does not wait for the connection: the arc runs without it. */
  open(): void {
    if (this.#state === 'idle') this.#connect();
  }

  result(result: Result): void {
    if (this.#wants('result')) this.#enqueue('result', resultRecord(result, { timings: true }));
  }

  reject(event: RuleEvent): void {
    if (this.#wants('reject')) this.#enqueue('reject', event);
  }

  fault({ frame, source, error }: FrameFault): void {
    if (!this.#wants('fault')) return;
    const { stack: _, ...told } = error;
    this.#enqueue('fault', { frame, source, error: told });
  }

  /** Sends what is queued, for `lingerMs` at most, then closes. Idempotent. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    const socket = this.#socket;
    if (socket && this.#queue.length > 0) await this.#settle();
    this.#state = 'closed';
    clearTimeout(this.#retry);
    clearTimeout(this.#drain);
    this.#dropped += this.#queue.splice(0).length;
    this.#socket = undefined;
    socket?.close(1000);
  }

  #wants(type: WebSocketMessageType): boolean {
    return this.#state !== 'closed' && this.#options.messages.includes(type);
  }

  #enqueue(type: WebSocketMessageType, body: object): void {
    this.#queue.push({ type, text: JSON.stringify({ type, ...body }) });
    this.#flush();
    if (this.#queue.length <= this.#options.capacity) return;
    const oldest = this.#queue.findIndex((message) => message.type !== 'reject');
    this.#queue.splice(Math.max(0, oldest), 1);
    this.#dropped++;
  }

  #connect(): void {
    this.#state = 'connecting';
    const { protocols } = this.#options;
    let socket: WebSocket;
    try {
      socket = new WebSocket(this.#url, [...protocols]);
    } catch (error) {
      // The page's content security policy, or a wrong subprotocol.
      this.#lost(error instanceof Error ? error.message : String(error), 0);
      return;
    }
    this.#socket = socket;
    let openedAt = 0;
    socket.onopen = () => {
      if (socket !== this.#socket) return;
      openedAt = performance.now();
      this.#state = 'open';
      this.#connections++;
      this.#flush();
    };
    socket.onclose = ({ code, reason }) => {
      if (socket !== this.#socket) return;
      const what = openedAt === 0 ? 'no connection' : 'connection closed';
      this.#lost(`${what} (${code}${reason ? `, ${reason}` : ''})`, openedAt);
    };
  }

  #lost(why: string, openedAt: number): void {
    this.#socket = undefined;
    this.#lastFailure = why;
    if (this.#state === 'closed') return;
    this.#state = 'waiting';
    if (openedAt > 0 && performance.now() - openedAt >= goodMs) this.#failures = 0;
    const [first, longest] = this.#options.backoffMs;
    const wait = Math.min(longest, first * 2 ** Math.min(this.#failures++, 30));
    this.#retry = setTimeout(() => this.#connect(), wait * (1 - Math.random() / 2));
  }

  #flush(): void {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return;
    clearTimeout(this.#drain);
    while (this.#queue.length > 0) {
      if (socket.bufferedAmount >= this.#options.maxBufferedBytes) {
        // Nothing tells when a WebSocket has room again.
        this.#drain = setTimeout(() => this.#flush(), drainMs);
        return;
      }
      socket.send((this.#queue.shift() as Message).text);
      this.#sent++;
    }
    this.#emptied?.();
  }

  #settle(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#options.lingerMs);
      this.#emptied = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function checkedUrl(url: string | URL): string {
  const base = globalThis.location?.href;
  let parsed: URL | undefined;
  try {
    parsed = new URL(url, base);
    if (parsed.protocol === 'http:' || parsed.protocol === 'https:')
      parsed.protocol = parsed.protocol.replace('http', 'ws');
  } catch {
    // Said below.
  }
  // A relative address has no colon before its first slash: what has one, and did not parse alone, is a misspelt scheme.
  const misspelt = /^[^/?#]*:/.test(String(url)) && !URL.canParse(String(url));
  const fits =
    parsed &&
    !misspelt &&
    /^wss?:$/.test(parsed.protocol) &&
    parsed.hash === '' &&
    parsed.username === '' &&
    parsed.password === '';
  if (parsed && fits) return parsed.href;
  throw new InvalidArgumentError({
    subject: 'WebSocketSink: url',
    expected: 'a ws: or wss: address without fragment and credentials, or one relative to the page',
    received: JSON.stringify(String(url)),
  });
}
