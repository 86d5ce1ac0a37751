import type { MediaHealth } from '../acquire/opened-media.web.js';
import type { PipelineHealth } from './health.js';

/**
 * Turns what a camera, screen or video of the page reports into news of its pipeline. A frame that is late because the
 * source had stalled is told as its end, not as a gap.
 */
export class MediaNews {
  #last: MediaHealth['state'] = 'live';
  #gaps = 0;
  readonly #tell: (health: PipelineHealth) => void;

  constructor(tell: (health: PipelineHealth) => void) {
    this.#tell = tell;
  }

  /** Takes the next report; tells nothing where nothing is new. */
  take({ state, cause, counters }: MediaHealth): void {
    const before = this.#last;
    const more = counters.gaps > this.#gaps;
    this.#last = state;
    this.#gaps = counters.gaps;
    // The end is the run's own: it finishes, or rejects with the reason.
    if (state === 'ended') return;
    if (state !== before) this.#tell(this.#news(state, cause));
    else if (more) this.#tell({ type: 'gap', gaps: counters.gaps });
  }

  #news(state: Exclude<MediaHealth['state'], 'ended'>, cause: MediaHealth['cause']): PipelineHealth {
    if (state === 'live') return { type: 'resumed' };
    if (state === 'frozen') return { type: 'frozen' };
    return cause === undefined ? { type: 'stalled' } : { type: 'stalled', cause };
  }
}
