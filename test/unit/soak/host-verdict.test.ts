import { describe, expect, it } from 'vitest';
import { type HostSample, type HostSoakNotes, judge } from '../../soak/host-verdict.js';

const held = { anonymousBytes: 1e8, sharedBytes: 0, files: 30, threads: 15, children: 0 };

/** A sample each second, holding more and more. */
function samples(minutes: number, bytesPerMinute = 0, filesPerMinute = 0, youngBytes = 0): HostSample[] {
  return Array.from({ length: minutes * 60 }, (_, second) => {
    const minute = (second + 1) / 60;
    // What a young process takes, it takes in the first half.
    const young = youngBytes * Math.min(1, (2 * minute) / minutes);
    const anonymousBytes = held.anonymousBytes + minute * bytesPerMinute + young;
    const files = held.files + Math.floor(minute * filesPerMinute);
    return { ...held, minute, anonymousBytes, files, answerMs: 3, results: second, reconnects: 0 };
  });
}

const counts = { laps: 1, results: 9, faults: 1, missed: 0, drops: 0, rejects: 1, previews: 0, reconnects: 0 };
const good: HostSoakNotes = {
  seed: 1,
  minutes: 10,
  timed: true,
  faults: [{ at: 1, kind: 'kill -9', client: 'belt', outcome: 'crashed, restored', recoverMs: 900 }],
  samples: samples(10),
  clients: [{ name: 'belt', ...counts }],
  loads: [{ runtime: 'onnx-native', ms: 100 }],
  expected: ['kill -9'],
  problems: [],
  before: held,
  after: held,
  code: 0,
  said: '',
  left: [],
};
const failed = (notes: Partial<HostSoakNotes>) =>
  judge({ ...good, ...notes }).checks.flatMap(({ name, passed }) => (passed ? [] : [name]));
const swap = { at: 2, kind: 'swap', outcome: 'the lap was over' };
const slow = [{ ...good.faults[0], recoverMs: 1101 }];

describe('the verdict on a host', () => {
  it('is good where it has kept its word', () => {
    expect(failed({})).toEqual([]);
    expect(judge(good).loads).toEqual({ 'onnx-native': 100 });
    expect(failed({ samples: samples(10, 0.49e6, 0, 40e6) })).toEqual([]);
    expect(failed({ faults: slow, timed: false })).toEqual([]);
    expect(failed({ expected: ['swap'], faults: [...good.faults, swap] })).toEqual([]);
    // A short run cannot tell a process that is young from one that leaks slowly.
    expect(failed({ minutes: 2, samples: samples(2, 4.9e6, 0, 40e6) })).toEqual([]);
    expect(failed({ after: { ...held, anonymousBytes: 1.59e8 } })).toEqual([]);
  });

  it.each<[string, Partial<HostSoakNotes>]>([
    ['no frame lost without notice', { problems: ['belt: frame 7 has neither a result nor a fault'] }],
    ['every fault mastered', { faults: [{ ...good.faults[0], problem: 'no results' }] }],
    ['results again after kill -9', { faults: slow }],
    ['results again after kill -9', { faults: [], expected: [] }],
    ['every kind of fault made', { expected: ['kill -9', 'swap'] }],
    ['every kind of fault made', { expected: ['swap'], faults: [...good.faults, { ...swap, idle: true }] }],
    ['daemon up throughout', { code: 1 }],
    ['daemon up throughout', { said: 'TypeError: undefined' }],
    [
      'daemon up throughout',
      { samples: [...good.samples, { ...good.samples[300], minute: 10.1, answerMs: Number.NaN }] },
    ],
    ['anonymousBytes of the daemon flat', { samples: samples(10, 0.51e6) }],
    ['anonymousBytes of the daemon flat', { minutes: 2, samples: samples(2, 5.1e6) }],
    ['files of the daemon flat', { samples: samples(10, 0, 10) }],
    ['nothing left when the pages are gone', { after: { ...held, children: 1 } }],
    ['nothing left when the pages are gone', { after: { ...held, files: 32 } }],
    ['nothing left when the pages are gone', { after: { ...held, sharedBytes: 9e6 } }],
    ['nothing left when the pages are gone', { after: { ...held, anonymousBytes: 1.61e8 } }],
    ['no orphan', { left: ['123 node (S)'] }],
  ])('says what is wrong: %s', (name, notes) => {
    expect(failed(notes)).toEqual([name]);
  });
});
