import { settledWithin, untilAborted } from '../core/abort.js';
import { now } from '../core/clock.js';
import { type SerializedError, SourceError, serializeError } from '../core/error.js';
import type { MediaFacts, MediaMessage, MediaRequest } from './media-channel.js';

/** A frame of the browser that came, or the end; the reader gives the frame back to `release`. */
export type Delivery =
  | { frame: VideoFrame; arrived: number; captureTime?: number; missed?: number }
  | { end: SerializedError | undefined };

/** Where frames of a page come in. Calls of `next` never overlap; what one that was aborted asked for, the next gets. */
export interface FrameInlet {
  next(signal: AbortSignal): Promise<Delivery>;
  /** Closes a frame. */
  release(frame: VideoFrame): void;
  tell(request: MediaRequest): void;
  /** Tells the page, and closes the frames that were on their way; settles when none is left. */
  close(): Promise<void>;
  /** Frames that came and were not released. */
  readonly openVideoFrames: number;
}

/** How long the page may take to say why its stream has ended. */
const reasonMs = 1000;
/** How long the page may take to send the last of it. */
const drainMs = 500;
/** How long the page may take to say what it sends. */
const openMs = 10_000;

/** Waits for the page's first word and reads from then on. @throws {SourceError} ERR_SOURCE it does not come. */
export async function openInlet(port: MessagePort): Promise<{ inlet: FrameInlet; facts: MediaFacts }> {
  const inlet = new PortInlet(port);
  const facts = await inlet.opened;
  return { inlet, facts };
}

class PortInlet implements FrameInlet {
  readonly opened: Promise<MediaFacts>;
  readonly #port: MessagePort;
  #reader: Promise<ReadableStreamDefaultReader<VideoFrame>> | undefined;
  readonly #open = new Set<VideoFrame>();
  // Asked for and not yet taken.
  #pending: Promise<Delivery> | undefined;
  #deliver: ((delivery: Delivery) => void) | undefined;
  #end: { end: SerializedError | undefined } | undefined;
  #onEnd: (() => void) | undefined;
  // The page's last word, after which nothing comes by the port.
  #hear: () => void = () => {};
  readonly #told = new Promise<void>((resolve) => {
    this.#hear = resolve;
  });
  #closed = false;

  constructor(port: MessagePort) {
    this.#port = port;
    this.opened = new Promise((resolve, reject) => {
      const silent = () =>
        reject(new SourceError({ subject: 'frames of the page', expected: 'a first word', received: 'none' }));
      const timer = setTimeout(silent, openMs);
      port.onmessage = ({ data }: MessageEvent<MediaMessage>) => {
        if (data.type === 'open') {
          clearTimeout(timer);
          resolve(data.facts);
        } else {
          this.#take(data);
        }
      };
    });
  }

  get openVideoFrames(): number {
    return this.#open.size;
  }

  async next(signal: AbortSignal): Promise<Delivery> {
    this.#pending ??= this.#reader ? this.#readStream(this.#reader) : this.#ask();
    const delivery = await untilAborted(this.#pending, signal);
    this.#pending = undefined;
    return delivery;
  }

  release(frame: VideoFrame): void {
    if (this.#open.delete(frame)) frame.close();
  }

  tell(request: MediaRequest): void {
    if (!this.#closed) this.#port.postMessage(request);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.tell({ type: 'close' });
    this.#closed = true;
    const pending = this.#pending?.then((delivery) => 'frame' in delivery && this.release(delivery.frame));
    this.#finish({ end: undefined });
    // What the page sent before it heard of the close is still in the port or in the stream.
    await settledWithin(Promise.all([pending, this.#told.then(() => this.#drain())]), drainMs);
    this.#cancel();
    this.#port.close();
  }

  async #drain(): Promise<void> {
    try {
      for (;;) {
        const reader = await this.#reader;
        const last = await reader?.read();
        if (!last || last.done) return;
        last.value.close();
      }
    } catch {
      // A stream that broke holds nothing any more.
    }
  }

  #ask(): Promise<Delivery> {
    if (this.#end) return Promise.resolve(this.#end);
    const asked = new Promise<Delivery>((resolve) => {
      this.#deliver = resolve;
    });
    this.tell({ type: 'want' });
    return asked;
  }

  async #readStream(opening: Promise<ReadableStreamDefaultReader<VideoFrame>>): Promise<Delivery> {
    try {
      const reader = await opening;
      const { done, value } = await reader.read();
      if (!done) {
        this.#open.add(value);
        return { frame: value, arrived: now() };
      }
      return await this.#reason();
    } catch (cause) {
      const received = cause instanceof Error ? cause.message : String(cause);
      const error = new SourceError({ subject: 'stream of frames', expected: 'a frame', received, cause });
      return { end: serializeError(error) };
    }
  }

  // A stream ends without a reason; the page tells it, unless the track was stopped on purpose.
  async #reason(): Promise<Delivery> {
    if (!this.#end) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, reasonMs);
        this.#onEnd = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#end ?? { end: undefined };
  }

  #take(message: Exclude<MediaMessage, { type: 'open' }>): void {
    if (message.type === 'end') {
      this.#hear();
      this.#finish({ end: message.error });
      // A stream ends itself with its track, after the last frame; if it does not, nobody waits for it.
      setTimeout(() => this.#cancel(), reasonMs);
      return;
    }
    if (message.type === 'stream') {
      const { port } = message;
      this.#reader = new Promise((resolve) => {
        port.onmessage = ({ data }: MessageEvent<ReadableStream<VideoFrame>>) => {
          port.close();
          resolve(data.getReader());
        };
      });
      const deliver = this.#deliver;
      this.#deliver = undefined;
      if (deliver) this.#readStream(this.#reader).then(deliver);
      return;
    }
    const { frame, captureTime, missed } = message;
    const deliver = this.#deliver;
    this.#deliver = undefined;
    if (!deliver || this.#closed) {
      frame.close();
      return;
    }
    this.#open.add(frame);
    deliver({ frame, arrived: now(), captureTime, missed });
  }

  #cancel(): void {
    this.#reader?.then((reader) => reader.cancel()).catch(() => {});
  }

  #finish(end: { end: SerializedError | undefined }): void {
    this.#end ??= end;
    this.#onEnd?.();
    this.#deliver?.(this.#end);
    this.#deliver = undefined;
  }
}
