import { type SourceError, serializeError } from '../core/error.js';
import type { FrameOutlet, OutletEvents } from './frame-outlet.web.js';
import type { MediaCounters, MediaFacts, MediaMessage, MediaRequest, MediaRoute, MediaState } from './media-channel.js';

/** What a camera, screen or video gives, as far as the browser tells. */
export interface MediaSettings {
  width?: number;
  height?: number;
  frameRate?: number;
  deviceId?: string;
  /** Name of the device, as the system has it. */
  label?: string;
}

/** How the frames are doing. */
export interface MediaHealth {
  state: MediaState | 'ended';
  /**
   * Why none come, where the page knows: the tab is hidden, the camera's own switch or the system silenced it, the
   * video is paused.
   */
  cause?: 'hidden' | 'muted' | 'paused';
  /** As of the last report of the reader; at most a second old while they change. */
  counters: MediaCounters;
}

/** Why there are no more frames. */
export interface MediaEnd {
  /** `closed`: by `close()`. `finished`: the film is over, or the person stopped sharing. `failed`: see `error`. */
  reason: 'closed' | 'finished' | 'failed';
  error?: SourceError;
}

/** What an opened medium is made of. */
export interface MediaParts {
  facts: MediaFacts;
  settings: MediaSettings;
  stream?: MediaStream;
  /** Makes the way out for one reader. */
  outlet(events: OutletEvents): FrameOutlet;
  /** Why nothing comes, if the page knows. */
  cause(): MediaHealth['cause'];
  /** Gives the device back. */
  release(): void;
}

/**
 * A camera, screen, video or canvas of the page, opened, and its frames on the way to a reader, which may be a worker.
 * Owns: the caller closes it, which ends the camera or the screen; what the application gave, it keeps.
 */
export class OpenedMedia {
  /** The frames, for one reader: to be transferred to a worker, or read here. */
  readonly frames: MessagePort;
  readonly settings: MediaSettings;
  readonly route: MediaRoute;
  /** To be shown in a `<video>`; absent for a canvas and a film. */
  readonly stream: MediaStream | undefined;
  /** Settles when there are no more frames, with the reason; never rejects. */
  readonly ended: Promise<MediaEnd>;
  /** Called when {@link health} changes. */
  onHealth: ((health: MediaHealth) => void) | undefined;
  readonly #parts: MediaParts;
  #health: MediaHealth = { state: 'live', counters: noFrames };
  #reader: { port: MessagePort; outlet: FrameOutlet; told: boolean } | undefined;
  #end: MediaEnd | undefined;
  #settle!: (end: MediaEnd) => void;

  /** @internal */
  constructor(parts: MediaParts) {
    this.#parts = parts;
    this.settings = parts.settings;
    this.route = parts.facts.route;
    this.stream = parts.stream;
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.frames = this.connect();
  }

  get health(): MediaHealth {
    return this.#health;
  }

  /**
   * The frames for another reader, when the one before is lost, such as a worker that crashed. The device goes on; the
   * reader before gets no more frames.
   */
  connect(): MessagePort {
    this.#disconnect();
    // What the reader before saw is nothing that this one has seen.
    if (this.#health.state !== 'live' && !this.#end) this.#report('live', noFrames);
    const { port1, port2 } = new MessageChannel();
    const send = (message: MediaMessage, transfer: Transferable[] = []) => port1.postMessage(message, transfer);
    if (this.#end) {
      send({ type: 'open', facts: this.#parts.facts });
      send(endMessage(this.#end));
      return port2;
    }
    const outlet = this.#parts.outlet({
      stream: (port) => send({ type: 'stream', port }, [port]),
      frame: (frame, facts) => send({ type: 'frame', frame, ...facts }, [frame]),
      fail: (error) => this.finish({ reason: 'failed', error }),
    });
    send({ type: 'open', facts: this.#parts.facts });
    this.#reader = { port: port1, outlet, told: false };
    port1.onmessage = ({ data }: MessageEvent<MediaRequest>) => {
      if (data.type === 'want') outlet.want();
      else if (data.type === 'health') this.#report(data.state, data.counters);
      else this.#disconnect();
    };
    return port2;
  }

  /** @internal Ends the frames in order: what has been taken still comes. Only the first reason counts. */
  finish(end: MediaEnd): void {
    if (this.#end) return;
    this.#end = end;
    this.#parts.release();
    const reader = this.#reader;
    reader?.outlet.drain(() => {
      reader.told = true;
      reader.port.postMessage(endMessage(end));
    });
    this.#report('ended', this.#health.counters);
    this.#settle(end);
  }

  /** Ends the frames and gives the device back. Closing twice does nothing. */
  close(): void {
    this.finish({ reason: 'closed' });
    this.#disconnect();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #disconnect(): void {
    if (!this.#reader) return;
    const { port, outlet, told } = this.#reader;
    this.#reader = undefined;
    outlet.close();
    // A frame that waited holds back the end; a reader must not wait for ever.
    if (!told) port.postMessage(endMessage(this.#end ?? { reason: 'closed' }));
    port.close();
  }

  #report(state: MediaHealth['state'], counters: MediaCounters): void {
    const cause = state === 'stalled' ? this.#parts.cause() : undefined;
    this.#health = { state, ...(cause ? { cause } : {}), counters };
    this.onHealth?.(this.#health);
  }
}

const noFrames: MediaCounters = { frames: 0, missed: 0, gaps: 0, repeated: 0, stalls: 0, openVideoFrames: 0 };

function endMessage({ error }: MediaEnd): MediaMessage {
  return { type: 'end', ...(error ? { error: serializeError(error) } : {}) };
}
