import { DeviceLostError } from '../core/error.js';

/**
 * A frame was under way in a worker that is gone and is being replaced: the frame is lost, the run is not.
 * Code ERR_DEVICE_LOST; `cause` says why the worker went.
 */
export class FrameLostError extends DeviceLostError {
  /** Id of the frame. */
  readonly frame: number;
  /** The loss itself. */
  readonly loss: DeviceLostError;

  constructor(frame: number, cause: DeviceLostError) {
    super({
      subject: `frame ${frame}`,
      expected: 'a worker that answers',
      received: cause.received,
      remedy: 'The worker is replaced, and the run goes on after this frame.',
      details: cause.details,
      cause,
    });
    // What callers see of it is the class that they know.
    this.name = DeviceLostError.name;
    this.frame = frame;
    this.loss = cause;
  }
}
