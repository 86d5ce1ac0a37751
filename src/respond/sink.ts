import type { Frame } from '../core/frame.js';
import type { FrameFault, Result, RuleEvent } from '../core/result.js';

/**
 * A receiver of results: a file, an actuator, a message bus. Each promise is the acknowledgement; the `respond` stage
 * lasts until all are in. A rejected promise ends the run with {@link SinkError}.
 */
export interface Sink {
  /** True where `result` needs the pixels: it then gets `frame`, borrowed until the promise settles. */
  readonly needsFrame?: boolean;
  /** Called once before the first frame. */
  open?(): Promise<void> | void;
  /** One processed frame, in order. `result.spans.respond` and `total` are not final yet. */
  result?(result: Result, frame: Frame | undefined): Promise<void> | void;
  /** One rejected part. Called before `result`, so that an actuator does not wait for a disk. */
  reject?(event: RuleEvent): Promise<void> | void;
  /** One frame that could not be processed. */
  fault?(fault: FrameFault): Promise<void> | void;
  /** Called once at the end, also after a failure or an abort: finish files here. */
  close?(): Promise<void> | void;
}

/** Shape of the default export of a module named by `{ type: 'module', url }` in `sinks`. */
export type SinkFactory = (options: unknown) => Sink | Promise<Sink>;
