import { expect, it } from 'vitest';
import type { MediaCounters, MediaState } from '../../../src/acquire/media-channel.js';
import type { MediaHealth } from '../../../src/acquire/opened-media.web.js';
import type { PipelineHealth } from '../../../src/pipeline/health.js';
import { MediaNews } from '../../../src/pipeline/media-news.web.js';

const counters: MediaCounters = { frames: 0, missed: 0, gaps: 0, repeated: 0, stalls: 0, openVideoFrames: 0 };

function tell(...reports: [state: MediaState | 'ended', gaps: number, cause?: MediaHealth['cause']][]) {
  const told: PipelineHealth[] = [];
  const news = new MediaNews((health) => told.push(health));
  for (const [state, gaps, cause] of reports) news.take({ state, cause, counters: { ...counters, gaps } });
  return told;
}

it('tells each change of state once, with the cause where it is known', () => {
  expect(
    tell(['stalled', 0, 'hidden'], ['stalled', 0], ['live', 0], ['frozen', 0], ['live', 0], ['stalled', 0]),
  ).toEqual([
    { type: 'stalled', cause: 'hidden' },
    { type: 'resumed' },
    { type: 'frozen' },
    { type: 'resumed' },
    { type: 'stalled' },
  ]);
});

it('tells gaps, but not the one that a stall is, and counts anew for a new reader', () => {
  expect(tell(['live', 1], ['live', 1], ['live', 4], ['stalled', 4], ['live', 5], ['live', 0], ['live', 1])).toEqual([
    { type: 'gap', gaps: 1 },
    { type: 'gap', gaps: 4 },
    { type: 'stalled' },
    { type: 'resumed' },
    { type: 'gap', gaps: 1 },
  ]);
});

it('leaves the end to the run', () => {
  expect(tell(['frozen', 0], ['ended', 0])).toEqual([{ type: 'frozen' }]);
});
