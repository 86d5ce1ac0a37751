import { describe, expect, it } from 'vitest';
import type { BridgeMessage, MessageType } from '../../../src/bridge/message.js';
import { RunStatistics } from '../../../src/pipeline/run-statistics.js';
import { StreamLedger } from '../../soak/stream-ledger.js';

const message = (type: MessageType, sequence: number, payload: unknown): BridgeMessage => ({
  type,
  stream: 1,
  sequence,
  time: 0,
  payload,
});
const result = (sequence: number, frame: number, missed = 0) =>
  message('RESULT', sequence, { result: { frame }, missed });
const fault = (sequence: number, frame: number) => message('FAULT', sequence, { fault: { frame }, missed: 0 });
const event = (sequence: number, type: string) => message('EVENT', sequence, { event: { type }, missed: 0 });

function figures(frames: number, { faults = 0, dropped = 0, forward = 0, rejected = 0 } = {}) {
  const statistics = new RunStatistics();
  const counters = { dropped, openFrames: 0, restarts: 0, frameBuffers: 0, kernelMemoryBytes: 0 };
  return { ...statistics.snapshot(counters, { gate: { forward, backward: 0, rejected } }), frames, faults };
}
/** Frames from the first on, each with its result, and the end. */
const lap = (frames: number) => [
  ...Array.from({ length: frames }, (_, frame) => result(frame + 1, frame)),
  closed(figures(frames)),
];
const closed = (stats: object, reason = 'ended') => message('CLOSED', 0, { reason, stats });

function problemsOf(lossless: boolean, frames: number, messages: readonly BridgeMessage[]): string[] {
  const ledger = new StreamLedger('stream', { lossless, frames });
  for (const each of messages) ledger.take(each);
  return ledger.problems;
}

describe('the books of a stream', () => {
  it('are equal where every frame has a result or was told of', () => {
    const whole = [result(1, 0), fault(1, 1), event(2, 'crossing'), event(3, 'reject'), result(2, 2), fault(4, 3)];
    const end = closed(figures(2, { faults: 2, forward: 1, rejected: 1 }));
    expect(problemsOf(true, 4, [...whole, end])).toEqual([]);
    // Three ids have nothing: one result was missed, two frames were dropped; the last frame was lost.
    const live = [result(1, 0), result(3, 4, 1), fault(1, 5), closed(figures(3, { faults: 1, dropped: 2 }))];
    expect(problemsOf(false, 6, live)).toEqual([]);
    // A camera gave two that nobody read, beside the four that were asked for; the last one was lost.
    const camera = [result(1, 0), result(2, 3), result(3, 4), fault(1, 5)];
    expect(problemsOf(false, 4, [...camera, closed(figures(3, { faults: 1, dropped: 2 }))])).toEqual([]);
    // Who closes a stream gives up what is on its way.
    expect(problemsOf(true, 9, [result(1, 0), closed(figures(3), 'closed')])).toEqual([]);
  });

  it.each<[string, boolean, number, BridgeMessage[], RegExp]>([
    ['a frame without a word', true, 3, [result(1, 0), result(2, 2)], /frame 1 has neither/],
    ['one at the end', true, 2, [result(1, 0), closed(figures(1, { faults: 1 }))], /faults: 0 .*, 1 /],
    ['a result that did not arrive', true, 2, [result(1, 0), closed(figures(2))], /results.*: 1 .*, 2 /],
    ['frames that never came, after the last one', true, 10, lap(7), /frame 9 has neither .*7 of 10 frames accounted/s],
    ['frames of a camera that nobody counted, after the last one', false, 10, lap(7), /7 of 10 frames accounted/],
    [
      'a loss beyond the end',
      true,
      1,
      [result(1, 0), fault(1, 1), closed(figures(1, { faults: 1 }))],
      /2 of 1 frames accounted/,
    ],
    ['a number without a word', false, 3, [result(1, 0), result(3, 2)], /result 3 after 1, but 0 told/],
    ['a result twice', false, 2, [result(1, 0), result(1, 0)], /result 1 after 1/],
    ['a frame twice', false, 4, [result(1, 3), result(2, 3)], /frame 3 after one of 3/],
    ['a missed one where none may be', true, 2, [result(1, 0), result(3, 1, 1)], /1 results missed/],
    ['a result of a lost frame', false, 1, [fault(1, 0), result(1, 0)], /told of as lost/],
    ['a loss that is told too late', true, 1, [result(1, 0), fault(1, 0)], /too late or twice/],
    ['a loss that is told twice', true, 1, [fault(1, 0), fault(2, 0)], /too late or twice/],
    ['news that are gone', true, 1, [fault(2, 0)], /news 2 after 0/],
    ['drops that nobody counted', false, 3, [result(1, 0), result(2, 2), closed(figures(2))], /ids.*: 1 .*, 0 /],
    ['drops where none may be', true, 2, [result(1, 0), closed(figures(1, { dropped: 1 }))], /drops: 0 .*, 1 /],
    ['a reject that did not arrive', true, 1, [result(1, 0), closed(figures(1, { rejected: 1 }))], /rejects: 0 .*, 1 /],
    [
      'a counter that falls',
      false,
      9,
      [message('STATS', 0, { stats: figures(3) }), message('STATS', 0, { stats: figures(2) })],
      /frames went from 3 to 2/,
    ],
    ['messages after the end', true, 1, [result(1, 0), closed(figures(1)), result(2, 1)], /RESULT after CLOSED/],
  ])('show %s', (_, lossless, frames, messages, problem) => {
    const problems = problemsOf(lossless, frames, messages);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.join('\n')).toMatch(problem);
  });
});
