import { SourceError, UnsupportedError } from '../core/error.js';
import type { MediaRoute } from './media-channel.js';

/** What a page does with the frames of an outlet. */
export interface OutletEvents {
  /** Takes over all frames from now on: a port whose one message is the stream of them. */
  stream(port: MessagePort): void;
  /** Takes over a frame that was wanted. */
  frame(frame: VideoFrame, facts: { captureTime?: number; missed: number }): void;
  /** No further frame can be taken. */
  fail(error: SourceError): void;
}

/** The page's end of a way that frames take to their reader; one outlet serves one reader. */
export interface FrameOutlet {
  readonly route: MediaRoute;
  /** Asks for one frame: a waiting one at once, else the next. */
  want(): void;
  /** Calls back when a waiting frame is gone, which may be at once. */
  drain(drained: () => void): void;
  /** Takes no further frame, and closes a waiting one. */
  close(): void;
}

interface TrackProcessor {
  readonly readable: ReadableStream<VideoFrame>;
}

type TrackProcessorConstructor = new (init: { track: MediaStreamTrack; maxBufferSize?: number }) => TrackProcessor;

/** The browser's constructor of streams of frames; `undefined` where a page has none. */
export function trackProcessor(): TrackProcessorConstructor | undefined {
  return (globalThis as { MediaStreamTrackProcessor?: TrackProcessorConstructor }).MediaStreamTrackProcessor;
}

/**
 * Frames of a track that the browser hands to the reader, past the page. The newest one waits, older ones are gone.
 *
 * The stream begins when the reader asks for its first frame, so that this one is fresh. The track is a clone, so that the
 * stream can be ended where the camera goes on: a stream that is cancelled loses the frame that is on its way, one that
 * ends does not.
 */
export class TrackOutlet implements FrameOutlet {
  readonly route = 'track-processor';
  readonly #Processor: TrackProcessorConstructor;
  readonly #source: MediaStreamTrack;
  readonly #events: OutletEvents;
  #track: MediaStreamTrack | undefined;
  #closed = false;

  constructor(Processor: TrackProcessorConstructor, source: MediaStreamTrack, events: OutletEvents) {
    this.#Processor = Processor;
    this.#source = source;
    this.#events = events;
  }

  want(): void {
    // A track that has ended cannot begin; word of that is on its way.
    if (this.#track || this.#source.readyState === 'ended') return;
    this.#track = this.#source.clone();
    this.#begin(this.#track).catch((cause) => this.#events.fail(refusedFrame('track', cause)));
  }

  drain(drained: () => void): void {
    drained();
  }

  close(): void {
    this.#closed = true;
    this.#track?.stop();
  }

  // The browser itself reads a stream that is transferred until its receiver has it. A frame that comes just while it is
  // received is lost and never closed (Chromium 156). So it is sent to a port, which nobody receives before the browser
  // holds the first frame; with one in hand, it reads no other.
  async #begin(track: MediaStreamTrack): Promise<void> {
    const { readable } = new this.#Processor({ track, maxBufferSize: 1 });
    const { port1, port2 } = new MessageChannel();
    port1.postMessage(readable, [readable as unknown as Transferable]);
    // Frames reach the processors of a track in the order in which these were made.
    const probe = new this.#Processor({ track, maxBufferSize: 1 }).readable.getReader();
    const { value: frame } = await probe.read();
    frame?.close();
    await probe.cancel();
    if (this.#closed) {
      port2.onmessage = ({ data }) => {
        port2.close();
        closeAll(data);
      };
    } else this.#events.stream(port2);
  }
}

/** Closes the frames of a stream that has ended, or is about to. */
async function closeAll(stream: ReadableStream<VideoFrame>): Promise<void> {
  for await (const frame of stream as unknown as AsyncIterable<VideoFrame>) frame.close();
}

/** Frames of a `<video>`, as they are presented. The newest one waits until it is wanted. */
export class VideoOutlet implements FrameOutlet {
  readonly route = 'video-callback';
  readonly #video: HTMLVideoElement;
  readonly #events: OutletEvents;
  #callback: number;
  #wanted = false;
  #waiting: { frame: VideoFrame; captureTime?: number } | undefined;
  #presented: number | undefined;
  #mediaTime: number | undefined;
  #missed = 0;
  #drained: (() => void) | undefined;

  /** @throws {UnsupportedError} ERR_UNSUPPORTED without requestVideoFrameCallback. */
  constructor(video: HTMLVideoElement, events: OutletEvents) {
    if (!video.requestVideoFrameCallback) {
      throw unsupported('MediaStreamTrackProcessor or requestVideoFrameCallback');
    }
    this.#video = video;
    this.#events = events;
    this.#callback = video.requestVideoFrameCallback(this.#take);
  }

  want(): void {
    this.#wanted = true;
    this.#send();
  }

  drain(drained: () => void): void {
    this.#stop();
    if (this.#waiting) this.#drained = drained;
    else drained();
  }

  close(): void {
    this.#stop();
    this.#waiting?.frame.close();
    this.#waiting = undefined;
  }

  readonly #take = (_time: number, metadata: VideoFrameCallbackMetadata): void => {
    this.#callback = this.#video.requestVideoFrameCallback(this.#take);
    const { mediaTime, captureTime, presentedFrames } = metadata;
    // What was presented without a call of ours, because the page was busy, is missed, too.
    if (this.#presented !== undefined) this.#missed += Math.max(0, presentedFrames - this.#presented - 1);
    this.#presented = presentedFrames;
    // Firefox presents a picture twice now and then.
    if (mediaTime === this.#mediaTime) return;
    this.#mediaTime = mediaTime;
    let frame: VideoFrame;
    try {
      // Not every browser gives such a frame the time of the film.
      frame = new VideoFrame(this.#video, { timestamp: Math.round(mediaTime * 1e6) });
    } catch (cause) {
      this.close();
      this.#events.fail(refusedFrame('video', cause));
      return;
    }
    if (this.#waiting) {
      this.#waiting.frame.close();
      this.#missed++;
    }
    this.#waiting = {
      frame,
      captureTime: captureTime === undefined ? undefined : performance.timeOrigin + captureTime,
    };
    this.#send();
  };

  #send(): void {
    if (!this.#wanted || !this.#waiting) return;
    const { frame, captureTime } = this.#waiting;
    const missed = this.#missed;
    this.#wanted = false;
    this.#waiting = undefined;
    this.#missed = 0;
    this.#events.frame(frame, { captureTime, missed });
    this.#drained?.();
  }

  #stop(): void {
    this.#video.cancelVideoFrameCallback(this.#callback);
  }
}

/** Frames of a canvas, taken when they are wanted and the screen refreshes. */
export class CanvasOutlet implements FrameOutlet {
  readonly route = 'canvas';
  readonly #canvas: HTMLCanvasElement | OffscreenCanvas;
  readonly #events: OutletEvents;
  #request: number | undefined;

  constructor(canvas: HTMLCanvasElement | OffscreenCanvas, events: OutletEvents) {
    this.#canvas = canvas;
    this.#events = events;
  }

  want(): void {
    this.#request ??= requestAnimationFrame((time) => {
      this.#request = undefined;
      let frame: VideoFrame;
      try {
        frame = new VideoFrame(this.#canvas, { timestamp: Math.round(time * 1000), alpha: 'discard' });
      } catch (cause) {
        this.#events.fail(refusedFrame('canvas', cause));
        return;
      }
      this.#events.frame(frame, { captureTime: performance.timeOrigin + performance.now(), missed: 0 });
    });
  }

  drain(drained: () => void): void {
    this.close();
    drained();
  }

  close(): void {
    if (this.#request !== undefined) cancelAnimationFrame(this.#request);
    this.#request = undefined;
  }
}

/** The error of a browser that lacks `what`; browsers hide it from pages that did not come safely. */
export function unsupported(what: string): UnsupportedError {
  if (!globalThis.isSecureContext) {
    return new UnsupportedError({
      subject: 'frames of a page',
      expected: `a secure page (https, or localhost), which has ${what}`,
      received: globalThis.location?.origin ?? 'an insecure one',
      remedy: 'Serve the page over https, or open it from localhost.',
      details: { reason: 'insecure' },
    });
  }
  return new UnsupportedError({
    subject: 'frames of a page',
    expected: `a browser with ${what}`,
    received: 'one without',
    remedy: 'Open the page in a newer browser.',
    details: { reason: 'unsupported' },
  });
}

function refusedFrame(what: 'track' | 'video' | 'canvas', cause: unknown): SourceError {
  const { name, message } = cause as Error;
  const foreign = name === 'SecurityError';
  return new SourceError({
    subject: what,
    expected: foreign ? 'pixels of this origin' : 'pixels that can be read',
    received: foreign ? 'pixels of another one, which may be shown and not read' : message.replace(/\.$/, ''),
    remedy: foreign
      ? 'Serve it from this origin, or with CORS headers and the attribute crossorigin.'
      : `Give a ${what} that shows a picture.`,
    details: { reason: 'unreadable' },
    cause,
  });
}
