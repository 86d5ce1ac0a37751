import { sleep, untilAborted } from '../core/abort.js';
import { now } from '../core/clock.js';
import {
  DeviceLostError,
  deserializeError,
  InvalidArgumentError,
  type SerializedError,
  serializeError,
} from '../core/error.js';
import type { Answers, HostInfo } from './answers.js';
import { type BridgeMessage, decodeMessage, encodeMessage, type MessageType } from './message.js';

/** What a connection uses of a WebSocket. */
export interface BridgeSocket {
  binaryType: string;
  readonly readyState: number;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
}

type SocketData = { data: unknown };
type SocketEnd = { code: number; reason: string };

/** How a host is reached. */
export interface HostAddress {
  /** For messages. */
  url: string;
  /** Begins to connect. */
  connect(): BridgeSocket;
  /** Asks the host whether it takes the token: the browser does not say why a WebSocket was refused. */
  checkToken(signal: AbortSignal): Promise<'taken' | 'refused' | 'no answer'>;
}

/** How the connection is doing. `refused`: the host no longer takes the token; nothing is tried any more. */
export type ConnectionState = 'connecting' | 'open' | 'lost' | 'refused' | 'closed';

/** News of a connection. None of it ends it but `refused`. */
export type HostHealth =
  /** The next attempt begins after `waitMs`. `attempt` counts from 1 in each row. */
  | { type: 'lost'; attempt: number; waitMs: number; error: SerializedError }
  | { type: 'restored'; outageMs: number; info: HostInfo }
  | { type: 'refused'; error: SerializedError };

/** The page's end of a stream. */
export interface StreamHandler {
  receive(message: BridgeMessage): void;
  /** The connection broke; `attempt` and `waitMs` are of the next. Called for each attempt. */
  lost(error: DeviceLostError, attempt: number, waitMs: number): void;
  /** It is there again. */
  restored(outageMs: number): void;
  /** It will not come back. */
  ended(error: Error): void;
}

interface Pending {
  resolve(message: BridgeMessage): void;
  reject(error: Error): void;
}

const firstWaitMs = 250;
const longestWaitMs = 10_000;
const connectMs = 10_000;
const pingMs = 5_000;
// A PONG that took no longer tells the host's clock well enough; else another is asked for after a while.
const soonMs = 2;
const clockMs = 100;
const openState = 1;

/** A connection to a host that is opened again whenever it breaks, with waits that double, each a little shortened at random. */
export class HostConnection {
  readonly #address: HostAddress;
  readonly #onHealth: (health: HostHealth) => void;
  readonly #stop = new AbortController();
  readonly #streams = new Map<number, StreamHandler>();
  readonly #pending = new Map<number, Pending>();
  #socket: BridgeSocket | undefined;
  #state: ConnectionState = 'connecting';
  #info: HostInfo | undefined;
  #nextStream = 1;
  #nextRequest = 1;
  #pulse: ReturnType<typeof setInterval> | undefined;
  #asked = false;
  #pingTime = 0;
  /** How far the host's clock is ahead of the page's, in ms, from the PING that came back soonest. */
  #ahead: { ms: number; roundTripMs: number } | undefined;

  private constructor(address: HostAddress, onHealth: (health: HostHealth) => void) {
    this.#address = address;
    this.#onHealth = onHealth;
  }

  /**
   * Connects, once: a host that is not there is an error, not something to wait for.
   * @throws {DeviceLostError} ERR_DEVICE_LOST no answer. @throws {InvalidArgumentError} ERR_ARGUMENT a token that is not taken.
   */
  static async open(
    address: HostAddress,
    { signal, onHealth = () => {} }: { signal?: AbortSignal; onHealth?(health: HostHealth): void } = {},
  ): Promise<HostConnection> {
    const connection = new HostConnection(address, onHealth);
    try {
      const connecting = connection.#connect();
      await (signal ? untilAborted(connecting, signal) : connecting);
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** What the host said of itself last. */
  get info(): HostInfo {
    return this.#info as HostInfo;
  }

  /** How long a message that arrives now was under way, in ms; nothing before the host's clock is known. */
  delayOf({ time }: BridgeMessage): number | undefined {
    return this.#ahead && this.#ahead.roundTripMs <= soonMs ? Math.max(0, now() + this.#ahead.ms - time) : undefined;
  }

  /** Gives a stream its number. Numbers are not used again. */
  add(handler: StreamHandler): number {
    const id = this.#nextStream++;
    this.#streams.set(id, handler);
    return id;
  }

  /** Forgets a stream. */
  remove(stream: number): void {
    this.#streams.delete(stream);
  }

  /** Sends what needs no answer; nothing where there is no connection. */
  send(type: 'CREDIT' | 'CLOSE', stream: number, payload?: unknown): void {
    this.#write(type, stream, 0, payload);
  }

  /**
   * Sends a request and waits for its answer.
   * @throws the error that the host answers; {DeviceLostError} ERR_DEVICE_LOST where the connection breaks before that.
   */
  request<T extends 'OPENED' | 'SWAPPED'>(
    type: 'OPEN' | 'SWAP',
    stream: number,
    payload: unknown,
  ): Promise<Answers[T]> {
    const sequence = this.#nextRequest++;
    return new Promise<BridgeMessage>((resolve, reject) => {
      this.#pending.set(sequence, { resolve, reject });
      if (!this.#write(type, stream, sequence, payload)) this.#settle(sequence)?.reject(this.#lostError('none'));
    }).then((message) => message.payload as Answers[T]);
  }

  /** Ends the connection; streams end with it. Idempotent. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#end('closed', this.#lostError('a connection that was closed'));
    // Says that the page leaves, so that the host need not wait for it.
    this.#socket?.close(1000, 'closed');
  }

  // Settles when the host has said HELLO.
  async #connect(): Promise<void> {
    const { signal } = this.#stop;
    const socket = this.#address.connect();
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    const greeted = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        socket.close();
        reject(this.#lostError('none in time'));
      }, connectMs);
      socket.onerror = () => {};
      socket.onclose = ({ code, reason }: SocketEnd) => {
        clearTimeout(timer);
        reject(this.#lostError(reason || `none (${code})`));
      };
      socket.onmessage = ({ data }: SocketData) => {
        clearTimeout(timer);
        try {
          const message = decodeMessage(new Uint8Array(data as ArrayBuffer));
          if (message.type !== 'HELLO') throw new Error(`${message.type} before HELLO`);
          this.#info = message.payload as HostInfo;
          resolve();
        } catch (cause) {
          socket.close();
          reject(this.#lostError('something that is no bridge', cause));
        }
      };
    });
    try {
      await untilAborted(greeted, signal);
    } catch (error) {
      signal.throwIfAborted();
      if ((await this.#address.checkToken(signal)) === 'refused') throw this.#refusedError(error);
      throw error;
    }
    this.#state = 'open';
    socket.onmessage = ({ data }: SocketData) => this.#receive(socket, data);
    socket.onclose = ({ code, reason }: SocketEnd) =>
      this.#broken(socket, this.#lostError(reason || `an end (${code})`));
    this.#watch(socket);
    if (socket.readyState !== openState) this.#broken(socket, this.#lostError('an end'));
  }

  // A host that hangs keeps its connections: only an answer shows that it lives.
  #watch(socket: BridgeSocket): void {
    this.#asked = false;
    this.#ahead = undefined;
    this.#pulse = setInterval(() => {
      if (this.#asked) this.#broken(socket, this.#lostError(`nothing for ${(2 * pingMs) / 1000} s`));
      else this.#asked = this.#ping();
    }, pingMs);
    this.#ping();
  }

  #ping(): boolean {
    this.#pingTime = now();
    return this.#write('PING', 0, 0, undefined);
  }

  // As in the Network Time Protocol; both clocks run alike, so that one PONG that came soon is enough.
  #compareClocks(socket: BridgeSocket, { time }: BridgeMessage): void {
    const roundTripMs = now() - this.#pingTime;
    if (!this.#ahead || roundTripMs < this.#ahead.roundTripMs) {
      this.#ahead = { ms: time - (this.#pingTime + roundTripMs / 2), roundTripMs };
    }
    if (this.#ahead.roundTripMs > soonMs) setTimeout(() => socket === this.#socket && this.#ping(), clockMs);
  }

  #receive(socket: BridgeSocket, data: unknown): void {
    this.#asked = false;
    let message: BridgeMessage;
    try {
      message = decodeMessage(new Uint8Array(data as ArrayBuffer));
    } catch (error) {
      this.#broken(socket, this.#lostError((error as Error).message, error));
      return;
    }
    const { type, stream, sequence, payload } = message;
    if (type === 'OPENED' || type === 'SWAPPED') this.#settle(sequence)?.resolve(message);
    else if (type === 'ERROR') this.#settle(sequence)?.reject(deserializeError((payload as Answers['ERROR']).error));
    else if (type === 'PONG') this.#compareClocks(socket, message);
    else this.#streams.get(stream)?.receive(message);
  }

  #settle(sequence: number): Pending | undefined {
    const pending = this.#pending.get(sequence);
    this.#pending.delete(sequence);
    return pending;
  }

  #broken(socket: BridgeSocket, error: DeviceLostError): void {
    if (socket !== this.#socket || this.#state !== 'open') return;
    this.#state = 'lost';
    clearInterval(this.#pulse);
    socket.onclose = null;
    socket.onmessage = null;
    // Not as one who leaves: the host keeps the streams for a while.
    socket.close(4000, 'silent');
    this.#rejectAll(error);
    this.#reconnect(error).catch((reason: Error) => this.#end('refused', reason));
  }

  async #reconnect(first: DeviceLostError): Promise<void> {
    const { signal } = this.#stop;
    const began = now();
    let error: DeviceLostError = first;
    for (let attempt = 1; !signal.aborted; attempt++) {
      const full = attempt === 1 ? 0 : Math.min(longestWaitMs, firstWaitMs * 2 ** (attempt - 2));
      const waitMs = Math.round(full * (1 - Math.random() / 4));
      const { stack: _, ...told } = serializeError(error);
      this.#onHealth({ type: 'lost', attempt, waitMs, error: told });
      for (const stream of [...this.#streams.values()]) stream.lost(error, attempt, waitMs);
      try {
        await sleep(waitMs, signal);
        await this.#connect();
      } catch (cause) {
        if (signal.aborted) return;
        if (!(cause instanceof DeviceLostError)) throw cause;
        error = cause;
        continue;
      }
      const outageMs = now() - began;
      this.#onHealth({ type: 'restored', outageMs, info: this.info });
      for (const stream of [...this.#streams.values()]) stream.restored(outageMs);
      return;
    }
  }

  #end(state: 'closed' | 'refused', error: Error): void {
    if (this.#state === 'closed' || this.#state === 'refused') {
      this.#state = state;
      return;
    }
    this.#state = state;
    this.#stop.abort(error);
    clearInterval(this.#pulse);
    this.#rejectAll(error);
    if (state === 'refused') this.#onHealth({ type: 'refused', error: serializeError(error) });
    for (const stream of [...this.#streams.values()]) stream.ended(error);
    this.#streams.clear();
  }

  #rejectAll(error: Error): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(error);
  }

  #write(type: MessageType, stream: number, sequence: number, payload: unknown): boolean {
    const socket = this.#socket;
    if (!socket || this.#state !== 'open' || socket.readyState !== openState) return false;
    socket.send(encodeMessage({ type, stream, sequence, time: now(), payload }));
    return true;
  }

  #lostError(received: string, cause?: unknown): DeviceLostError {
    return new DeviceLostError({
      subject: `host at ${this.#address.url}`,
      expected: 'a connection',
      received,
      remedy: 'Look whether reflexarc host runs: reflexarc host status.',
      details: { reason: 'connection' },
      cause,
    });
  }

  #refusedError(cause: unknown): InvalidArgumentError {
    return new InvalidArgumentError({
      subject: `token of the host at ${this.#address.url}`,
      expected: 'the one of its present start',
      received: 'another',
      remedy: 'Open the address that reflexarc host has printed, with its #token, or let it open the page: --open.',
      details: { reason: 'token' },
      cause,
    });
  }
}
