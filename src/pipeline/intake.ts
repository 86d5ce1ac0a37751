import type { SourceInfo } from '../acquire/source.js';
import type { Frame } from '../core/frame.js';
import type { FrameFault } from '../core/result.js';
import type { EngineInfo, Processed } from './engine.js';

/** What an arc must know of a frame to answer it, wherever its pixels are. */
export interface FrameFacts {
  id: number;
  /** Presentation time in µs. */
  timestamp: number;
  /** Size of the upright frame in px. */
  width: number;
  height: number;
  source?: string;
  /** When it was due (paced), captured (the source says), or asked for, in ms of the shared clock. */
  captureTime: number;
  /** Whose `captureTime` is: the schedule's, the source's, or that of asking. */
  timed: 'intended' | 'source' | 'arrival';
  acquireMs: number;
  /** When acquisition ended: waiting in the queue counts from here. */
  readyTime: number;
}

/** A frame that came out of an intake: processed, or the reason why not. */
export type Landing =
  | { kind: 'frame'; frame: FrameFacts; processed: Processed; pixels?: Frame }
  /** `lost`: the frame was under way in a worker that is being replaced. */
  | { kind: 'fault'; fault: FrameFault; lost?: boolean };

/** How far an intake has come when it takes a frame: where another that takes its place goes on. */
export interface Progress {
  /** Id of the next frame of the source. */
  nextFrame: number;
  /** Frames that the source gave or passed over, as its schedule counts them. */
  position: number;
  /** Frames that were dropped before it. */
  dropped: number;
  /** When the schedule of a paced source began, in ms of the shared clock. */
  startTime: number;
}

/** Figures of an intake so far. */
export interface IntakeCounters {
  /** Frames that a newer one replaced, that fell due while the process did not run, or that a camera showed to nobody. */
  dropped: number;
  /** Frames handed out and not yet closed. */
  openFrames: number;
  /** Frame buffers made so far. */
  frameBuffers: number;
  kernelMemoryBytes: number;
  /** Times that a worker was replaced. */
  restarts: number;
}

/**
 * The sensor's end of an arc: acquire → preprocess → infer → postprocess. Lives where the source is, which may be
 * another thread; it keeps no state of the arc and may be killed.
 */
export interface Intake {
  readonly engine: EngineInfo;
  readonly source: SourceInfo;
  readonly counters: IntakeCounters;
  /** Copies of pixels and tensors per frame, in order. */
  readonly copies: readonly string[];
  /** Stages that run while another frame is being inferred. */
  readonly overlap: readonly string[];
  /**
   * The next frame on a free slot, in the order of the calls; `undefined` at the end of the source. Frames are acquired
   * one after the other, each as soon as it is asked for and its forerunner is acquired. The caller closes `pixels`.
   * Rejects with what ends the run: an error of the source, a lost engine.
   */
  next(slot: number): Promise<Landing | undefined>;
  /** Stops acquiring; calls under way still settle. Settles once the source is quiet. */
  stop(): Promise<void>;
  /** Frees source and engine. */
  close(): Promise<void>;
}
