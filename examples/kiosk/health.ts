import type { PipelineHealth } from 'reflexarc';
import type { Settings } from './settings.js';

/** A trouble that passes, in the words of the person at the kiosk. */
export interface Trouble {
  /** A word or two, for the status line. */
  status: string;
  text: string;
}

const troubles: Record<
  'stalled' | 'lost' | 'hidden' | 'muted' | 'paused' | 'frozen' | 'restarting' | 'connection',
  Trouble
> = {
  stalled: {
    status: 'No picture',
    text: 'The camera sends no picture. See its cable; it goes on by itself when it comes back.',
  },
  lost: {
    status: 'No camera',
    text: 'The camera is gone, and is being looked for. See its cable; it goes on by itself when it comes back.',
  },
  hidden: { status: 'Hidden', text: 'No picture comes while this tab is hidden.' },
  muted: { status: 'No picture', text: 'The camera is switched off: by its own switch, its cover or the system.' },
  paused: { status: 'Paused', text: 'The video is paused.' },
  frozen: {
    status: 'Frozen picture',
    text: 'The camera repeats its last picture. Nothing that is counted now is live; connect it anew.',
  },
  restarting: {
    status: 'Recovering …',
    text: 'The worker was lost and is being replaced. Counts and tracks are kept.',
  },
  connection: {
    status: 'No host',
    text: 'The host is out of reach, and is being looked for. It goes on by itself when it is there again.',
  },
};

const stalledFile: Trouble = {
  status: 'No picture',
  text: 'No picture comes from the file. Start again, or take another one.',
};

/**
 * What trouble there is after this news: none, or the same as before where the news is of something else.
 * @param source What is being looked at: only a camera has a cable.
 */
export function troubleAfter(
  before: Trouble | undefined,
  health: PipelineHealth,
  source: Settings['source'],
): Trouble | undefined {
  switch (health.type) {
    case 'stalled':
      return !health.cause && source === 'file' ? stalledFile : troubles[health.cause ?? 'stalled'];
    case 'frozen':
      return troubles.frozen;
    case 'restarting':
      return troubles[health.reason === 'connection' ? 'connection' : 'restarting'];
    case 'resumed':
    case 'restored':
    case 'fallback':
      return undefined;
    case 'gap':
    case 'swapped':
    case 'ended':
      return before;
  }
}
