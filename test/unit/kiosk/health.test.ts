import { describe, expect, it } from 'vitest';
import { type Trouble, troubleAfter } from '../../../examples/kiosk/health.js';
import { DeviceLostError, serializeError } from '../../../src/core/error.js';
import type { PipelineHealth } from '../../../src/pipeline/health.js';

const error = serializeError(new DeviceLostError({ subject: 'worker', expected: 'one', received: 'none' }));
const restarting: PipelineHealth = { type: 'restarting', reason: 'hung', attempt: 1, waitMs: 0, error };

function noticeAfter(...news: PipelineHealth[]): Trouble | undefined {
  return news.reduce<Trouble | undefined>((before, health) => troubleAfter(before, health, 'camera'), undefined);
}

describe('troubles at the kiosk', () => {
  it.each([
    [{ type: 'stalled' }, /cable/],
    [{ type: 'stalled', cause: 'hidden' }, /hidden/],
    [{ type: 'stalled', cause: 'muted' }, /switch/],
    [{ type: 'stalled', cause: 'paused' }, /paused/],
    [{ type: 'frozen' }, /repeats its last picture/],
    [restarting, /replaced/],
  ] as [PipelineHealth, RegExp][])('%o has words of its own, and is over in the end', (news, words) => {
    expect(noticeAfter(news)?.text).toMatch(words);
    expect(noticeAfter(news)?.status).not.toBe('');
    expect(noticeAfter(news, { type: 'resumed' })).toBeUndefined();
  });

  it('speaks of a camera only where one is the source', () => {
    expect(troubleAfter(undefined, { type: 'stalled' }, 'file')?.text).toMatch(/file/);
    expect(troubleAfter(undefined, { type: 'stalled' }, 'file')?.text).not.toMatch(/camera|cable/);
    expect(troubleAfter(undefined, { type: 'stalled', cause: 'paused' }, 'file')?.text).toMatch(/paused/);
  });

  it('lasts through news of something else', () => {
    expect(noticeAfter({ type: 'frozen' }, { type: 'gap', gaps: 3 })).toBe(noticeAfter({ type: 'frozen' }));
    expect(noticeAfter({ type: 'gap', gaps: 3 })).toBeUndefined();
    // What ends the run is said when it is over.
    expect(noticeAfter({ type: 'ended', message: 'The film is over.' })).toBeUndefined();
  });

  it('is over when a worker works again', () => {
    expect(noticeAfter(restarting, { type: 'restored', restarts: 1, outageMs: 900 })).toBeUndefined();
  });
});
