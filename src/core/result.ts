import type { Box } from './box.js';
import type { SerializedError } from './error.js';

/** One class with its score. `score` is 0…1; `classId` counts from 0 in the model's labels. */
export interface Classification {
  score: number;
  classId: number;
  label: string;
}

/** One object found. `trackId` is there when the pipeline has a tracker and the object is being followed. */
export interface Detection extends Classification {
  box: Box;
  trackId?: number;
}

/** What a head finds in a frame. */
export type Item = Classification | Detection;

/** Something a rule saw happen to a tracked object. */
export interface RuleEvent {
  /** `crossing`: the object's centre passed the line. `reject`: it did, and its label is one to reject. */
  type: 'crossing' | 'reject';
  /** Id of the rule. */
  rule: string;
  frame: number;
  /** Time of the frame in µs. */
  timestamp: number;
  trackId: number;
  classId: number;
  label: string;
  box: Box;
  /** Which way: `forward` is from left to right of the line looking from `from` to `to`. */
  direction: 'forward' | 'backward';
}

/** Duration of each stage of one frame, in ms. `total` counts from the frame's intended arrival. */
export interface Spans {
  acquire: number;
  queue: number;
  preprocess: number;
  infer: number;
  postprocess: number;
  respond: number;
  /** preprocess + postprocess + respond: what this package itself costs. */
  overhead: number;
  total: number;
}

/** What came of one frame. */
export interface Result {
  /** Index of the frame in its source, from 0; dropped frames leave gaps. */
  frame: number;
  /** Presentation time of the frame in µs. */
  timestamp: number;
  /** Path of the picture relative to the source, or the file's name. */
  source?: string;
  /** Size of the upright frame in px. */
  width: number;
  height: number;
  items: Item[];
  events: RuleEvent[];
  spans: Spans;
  /** True where `total` exceeded the deadline. */
  late: boolean;
}

/** A frame that could not be read or processed; the others go on. */
export interface FrameFault {
  frame: number;
  source?: string;
  error: SerializedError;
}
