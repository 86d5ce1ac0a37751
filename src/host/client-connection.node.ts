import type { WebSocket } from 'ws';
import type { Answers, HostLimits } from '../bridge/answers.js';
import { decodeMessage, encodeMessage, type MessageType } from '../bridge/message.js';
import { type OpenRequest, type RequestType, type ResumeRequest, requestSchemas } from '../bridge/requests.js';
import { now } from '../core/clock.js';
import { InvalidArgumentError, serializeError } from '../core/error.js';
import { parse } from '../core/parse.js';
import { HostStream, type StreamOutlet, type StreamSetting } from './host-stream.node.js';
import type { StreamRegistry } from './stream-registry.node.js';

/** What a connection needs of its daemon. */
export interface ConnectionSetting extends StreamSetting {
  limits: HostLimits;
  registry: StreamRegistry;
}

// What may wait to be sent before results and news are held back, and before a connection is given up.
const slowBytes = 1 << 20;
const hopelessBytes = 16 << 20;
// A connection that says nothing, not even that it is alive, for two of these is given up.
const pulseMs = 15_000;
const drainMs = 20;
// A client may send so much that makes no sense; then it is none of ours.
const patience = 32;
// By how much a client may be ahead of its rate.
const burstSeconds = 2;

/** Codes that a WebSocket is closed with. */
export const closeCodes = { leaving: 1001, protocol: 1002, policy: 1008, stopping: 1012 } as const;

/** The daemon's end of one WebSocket: reads requests, answers them, and carries streams. */
export class ClientConnection {
  readonly #socket: WebSocket;
  readonly #setting: ConnectionSetting;
  readonly #streams = new Map<number, HostStream>();
  readonly #opening = new Map<number, AbortController>();
  // Streams that the page has asked to close: it needs no second word of their end.
  readonly #closing = new Set<number>();
  readonly #pulse: NodeJS.Timeout;
  #drain: NodeJS.Timeout | undefined;
  #alive = true;
  #nonsense = 0;
  #allowance: number;
  #counted = now();

  /** Takes over the socket. */
  constructor(socket: WebSocket, setting: ConnectionSetting) {
    this.#socket = socket;
    this.#setting = setting;
    this.#allowance = setting.limits.messagesPerSecond * burstSeconds;
    socket.on('message', (data: Buffer, isBinary) => this.#receive(data, isBinary));
    socket.on('pong', () => {
      this.#alive = true;
    });
    // What a socket has to complain of is said by its end.
    socket.on('error', () => {});
    socket.on('close', (code) => this.#lost(code));
    this.#pulse = setInterval(() => {
      if (!this.#alive) socket.terminate();
      this.#alive = false;
      socket.ping();
    }, pulseMs);
  }

  /** Sends a message of the connection or of a stream. */
  send<T extends keyof Answers>(type: T, stream: number, sequence: number, payload: Answers[T]): void {
    this.#write(type, stream, sequence, payload);
  }

  /** Ends the connection and its streams. */
  async close(): Promise<void> {
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    for (const stream of streams) stream.detach();
    this.#socket.close(closeCodes.stopping, 'the host stops');
    await Promise.all(streams.map((stream) => this.#end(stream)));
    this.#socket.terminate();
  }

  #receive(data: Buffer, isBinary: boolean): void {
    this.#alive = true;
    if (!this.#withinRate()) {
      this.#socket.close(closeCodes.policy, 'too many messages');
      return;
    }
    let answered = { stream: 0, sequence: 0 };
    try {
      if (!isBinary) {
        throw new InvalidArgumentError({ subject: 'message', expected: 'a binary one', received: 'text' });
      }
      const message = decodeMessage(data);
      answered = message;
      if (!Object.hasOwn(requestSchemas, message.type)) {
        const expected = `one of ${Object.keys(requestSchemas).join(', ')}`;
        throw new InvalidArgumentError({ subject: 'type of a message', expected, received: message.type });
      }
      const type = message.type as RequestType;
      const payload = parse(requestSchemas[type], message.payload, `payload of ${type}`);
      this.#take(type, message.stream, message.sequence, payload);
    } catch (error) {
      this.#refuse(answered.stream, answered.sequence, error);
      if (++this.#nonsense >= patience) this.#socket.close(closeCodes.protocol, 'too many messages that make no sense');
    }
  }

  #take(type: RequestType, stream: number, sequence: number, payload: unknown): void {
    const opening = this.#opening.get(stream);
    if (type === 'PING') this.#write('PONG', stream, sequence, undefined);
    else if (type === 'OPEN') {
      if (stream === 0 || opening || this.#streams.has(stream)) {
        const expected = 'a stream number that is free, from 1';
        throw new InvalidArgumentError({ subject: 'OPEN', expected, received: String(stream) });
      }
      void this.#open(stream, sequence, payload as never);
    } else if (opening && type === 'CLOSE') opening.abort();
    else this.#tell(type, stream, sequence, payload);
  }

  #tell(type: 'CREDIT' | 'SWAP' | 'CLOSE', stream: number, sequence: number, payload: unknown): void {
    const found = this.#streams.get(stream);
    if (!found) {
      // It ended while the message was on its way.
      if (type === 'CREDIT' || type === 'CLOSE') return;
      throw unknownStream(stream);
    }
    if (type === 'CREDIT') found.credit(payload as never);
    else if (type === 'CLOSE') this.#closeAsked(stream, found);
    else {
      found.swap(payload as never).then(
        (model) => this.send('SWAPPED', stream, sequence, { model }),
        (error) => this.#refuse(stream, sequence, error),
      );
    }
  }

  async #open(id: number, sequence: number, request: OpenRequest | ResumeRequest): Promise<void> {
    const { limits, registry } = this.#setting;
    const stop = new AbortController();
    let release: (() => void) | undefined;
    try {
      this.#forgetEnded();
      const running = [...this.#streams.values()].filter(({ ended }) => !ended).length;
      if (running + this.#opening.size >= limits.streamsPerConnection) {
        const expected = `at most ${limits.streamsPerConnection} streams of a connection`;
        const remedy = 'Close a pipeline first.';
        throw new InvalidArgumentError({ subject: 'OPEN', expected, received: 'one more', remedy });
      }
      // What is resumed is counted already.
      if (!('resume' in request)) release = registry.reserve();
      this.#opening.set(id, stop);
      const opened = await this.#stream(request, id, stop.signal);
      if (this.#socket.readyState !== this.#socket.OPEN) {
        // Gone meanwhile: what is new has nobody, what was resumed waits again.
        if (opened.had) registry.park(opened.stream);
        else await opened.stream.close();
        return;
      }
      if (stop.signal.aborted) {
        await this.#end(opened.stream);
        throw stop.signal.reason;
      }
      this.#streams.set(id, opened.stream);
      if (!opened.had) registry.add(opened.stream, () => this.#streams.delete(id));
      this.send('OPENED', id, sequence, opened.stream.opened(opened.had !== undefined));
      opened.stream.attach(this.#outlet(id), opened.had);
    } catch (error) {
      this.#refuse(id, sequence, error);
    } finally {
      release?.();
      if (this.#opening.get(id) === stop) this.#opening.delete(id);
    }
  }

  async #stream(
    request: OpenRequest | ResumeRequest,
    id: number,
    signal: AbortSignal,
  ): Promise<{ stream: HostStream; had?: { results: number; news: number } }> {
    if (!('resume' in request)) {
      const onProgress = (phase: Answers['PROGRESS']['phase']) => this.send('PROGRESS', id, 0, { phase });
      return { stream: await HostStream.open(request, this.#setting, onProgress, signal) };
    }
    const stream = this.#setting.registry.claim(request.resume, () => this.#streams.delete(id));
    if (stream) return { stream, had: request };
    throw new InvalidArgumentError({
      subject: 'OPEN: resume',
      expected: 'the key of a stream that waits',
      received: 'another',
      remedy: 'Open it anew: the host was started again, or the time was over.',
      details: { reason: 'gone' },
    });
  }

  #outlet(id: number): StreamOutlet {
    const connection = this;
    return {
      get ready() {
        return connection.#ready;
      },
      send: (type, sequence, payload) => this.#write(type, id, sequence, payload),
      preview: (sequence, picture) => {
        if (this.#ready) this.#write('PREVIEW', id, sequence, picture);
      },
      stats: (payload) => {
        if (this.#ready) this.send('STATS', id, 0, payload);
      },
      closed: (payload) => {
        this.send('CLOSED', id, 0, payload);
        const ended = this.#streams.get(id);
        // Kept until the page has acknowledged it: on a connection that breaks now, the word would be lost.
        if (ended && this.#closing.has(id)) this.#forget(id, ended);
      },
    };
  }

  // False while too much waits to be sent; then looks again until it does not.
  get #ready(): boolean {
    const { bufferedAmount, readyState, OPEN } = this.#socket;
    if (readyState !== OPEN) return false;
    if (bufferedAmount < slowBytes) return true;
    this.#drain ??= setTimeout(() => {
      this.#drain = undefined;
      if (this.#ready) for (const stream of [...this.#streams.values()]) stream.flush();
    }, drainMs);
    return false;
  }

  #closeAsked(id: number, stream: HostStream): void {
    if (stream.ended) this.#forget(id, stream);
    else {
      this.#closing.add(id);
      void stream.close();
    }
  }

  #forget(id: number, stream: HostStream): void {
    this.#streams.delete(id);
    this.#closing.delete(id);
    this.#setting.registry.remove(stream);
  }

  // A page that acknowledges no end is not kept ends for, but the last few.
  #forgetEnded(): void {
    const ended = [...this.#streams].filter(([, stream]) => stream.ended);
    for (const [id, stream] of ended.slice(0, -this.#setting.limits.streamsPerConnection)) this.#forget(id, stream);
  }

  #end(stream: HostStream): Promise<void> {
    this.#setting.registry.remove(stream);
    return stream.close();
  }

  #write(type: MessageType, stream: number, sequence: number, payload: unknown): void {
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > hopelessBytes) socket.terminate();
    else socket.send(encodeMessage({ type, stream, sequence, time: now(), payload }));
  }

  #refuse(stream: number, sequence: number, error: unknown): void {
    this.send('ERROR', stream, sequence, { error: serializeError(error) });
  }

  #withinRate(): boolean {
    const { messagesPerSecond: rate } = this.#setting.limits;
    const time = now();
    this.#allowance = Math.min(rate * burstSeconds, this.#allowance + ((time - this.#counted) / 1000) * rate) - 1;
    this.#counted = time;
    return this.#allowance >= 0;
  }

  // A page that leaves says so; one that is cut off may come back.
  #lost(code: number): void {
    clearInterval(this.#pulse);
    clearTimeout(this.#drain);
    for (const stop of this.#opening.values()) stop.abort();
    const left = code === 1000 || code === closeCodes.leaving;
    for (const stream of this.#streams.values()) {
      stream.detach();
      if (left) void this.#end(stream);
      else this.#setting.registry.park(stream);
    }
    this.#streams.clear();
  }
}

function unknownStream(stream: number): InvalidArgumentError {
  return new InvalidArgumentError({
    subject: 'stream of a message',
    expected: 'one that is open',
    received: String(stream),
  });
}
