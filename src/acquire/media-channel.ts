import type { SerializedError } from '../core/error.js';

/**
 * How frames leave a page. `track-processor`: the browser hands them to the worker itself, the page is not on their
 * way; `video-callback`: the page takes them from a `<video>` as it presents them; `canvas`: the page takes them from
 * a canvas as the screen refreshes.
 */
export type MediaRoute = 'track-processor' | 'video-callback' | 'canvas';

/** What a page knows of its frames before the first. */
export interface MediaFacts {
  type: 'camera' | 'screen' | 'media';
  route: MediaRoute;
  /** Size in px and frames per second as the browser states them; absent where it does not. */
  width?: number;
  height?: number;
  frameRate?: number;
}

/** Whether frames come: `stalled`, none for a while; `frozen`, they come, but nothing in them ever changes. */
export type MediaState = 'live' | 'stalled' | 'frozen';

/** Figures of the frames that have come so far. */
export interface MediaCounters {
  /** Frames that came. */
  frames: number;
  /** Frames that nobody took, because the reader was busy. */
  missed: number;
  /** Times that a waiting reader got the next frame late, by more than three quarters of a frame's time. */
  gaps: number;
  /** Frames with the time of the one before. */
  repeated: number;
  /** Times that none came for so long that the source was called stalled. */
  stalls: number;
  /** Frames of the browser that are open at this moment. */
  openVideoFrames: number;
}

/** From the page to the reader of the frames. */
export type MediaMessage =
  /** First of all. */
  | { type: 'open'; facts: MediaFacts }
  /** The answer of a track: this frame and all others are read from a stream, which is this port's one message. */
  | { type: 'stream'; port: MessagePort }
  /** One frame that was asked for, transferred; `missed` counts those that nobody took since the one before. */
  | { type: 'frame'; frame: VideoFrame; captureTime?: number; missed: number }
  /** No further frame comes; with an error, because something broke. */
  | { type: 'end'; error?: SerializedError };

/** From the reader of the frames to the page. */
export type MediaRequest =
  /** Asks for one frame. */
  | { type: 'want' }
  /** The state has changed, or a second has passed and a counter has. */
  | { type: 'health'; state: MediaState; counters: MediaCounters }
  /** The reader is gone. */
  | { type: 'close' };
