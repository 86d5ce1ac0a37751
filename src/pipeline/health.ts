import type { SerializedError } from '../core/error.js';
import type { RuntimeChoice } from '../core/runtime-choice.js';

/**
 * News of how a pipeline is doing while it runs. None of it ends the run by itself.
 *
 * Of a camera, screen or video of the page: `stalled`, no frame has come for a while, with the cause where it is known (`lost`: a
 * camera of a host is gone, and is looked for; `error` says why it cannot be read, and is told anew when that changes); `frozen`,
 * frames come but nothing in them ever changes, as a camera that hangs has it; `resumed`, either is over; `gap`, frames came late, at
 * most once a second.
 *
 * Of a worker: `restarting`, it crashed, hangs, or lost its graphics device, and the next attempt to replace it begins
 * after `waitMs`; `restored`, its successor works. Trackers, rules and counters stay as they were in between.
 *
 * Of a camera of a host: `ended`, it was made from something that has an end; `message` says which, and the remedy. The run ends
 * when the frames before it are through.
 *
 * Of a host's runtimes: `fallback`, another entry of the definition's `runtime` runs from now on, because of the error; without one,
 * because one that comes before in the list works again; `swapped`, the model of
 * that id runs from the next frame on, and where its labels are others, tracks begin anew.
 */
export type PipelineHealth =
  | { type: 'stalled'; cause?: 'hidden' | 'muted' | 'paused' | 'lost'; error?: SerializedError }
  | { type: 'frozen' }
  | { type: 'ended'; message: string }
  | { type: 'resumed' }
  /** `gaps` counts those of this reader of the camera. */
  | { type: 'gap'; gaps: number }
  /** `attempt` counts from 1 in each row of losses. */
  | { type: 'restarting'; reason: LossReason; attempt: number; waitMs: number; error: SerializedError }
  /** `restarts` counts those of the whole run; `missed`, results that a page never got while its host was out of reach. */
  | { type: 'restored'; restarts: number; outageMs: number; missed?: number }
  | { type: 'fallback'; from: RuntimeChoice; to: RuntimeChoice; error?: SerializedError }
  | { type: 'swapped'; model: string; labelsChanged: boolean };

/**
 * Why a worker is replaced; `failed`: an attempt to open its successor did not succeed. `connection`: a page has lost its
 * host, where the pipeline may have gone on.
 */
export type LossReason = 'crashed' | 'hung' | 'device' | 'failed' | 'connection';
