import { describe, expect, it } from 'vitest';
import { Tally } from '../../../examples/kiosk/tally.js';
import type { Item, Result, RuleEvent } from '../../../src/core/result.js';

const frame = (...items: Item[]) => ({ items }) as Result;
const part = (label: string, classId: number, trackId?: number): Item => ({
  box: { x: 0, y: 0, width: 9, height: 9 },
  score: 0.9,
  classId,
  label,
  ...(trackId === undefined ? {} : { trackId }),
});
const event = (type: RuleEvent['type'], label: string, classId: number) => ({ type, label, classId }) as RuleEvent;

describe('Tally', () => {
  it('counts each followed object once', () => {
    const tally = new Tally([]);
    tally.add(frame(part('gear', 0, 1), part('nut', 4, 2), part('nut', 4)));
    tally.add(frame(part('gear', 0, 1), part('nut', 4, 3)));
    expect(tally.found).toBe(3);
    expect(tally.labels).toEqual([
      { label: 'nut', classId: 4, found: 2, rejected: 0 },
      { label: 'gear', classId: 0, found: 1, rejected: 0 },
    ]);
  });

  it('counts what passed, and what was rejected under the name of the sound part', () => {
    const tally = new Tally(['*-defective']);
    tally.add(frame(part('gear-defective', 1, 1)));
    tally.event(event('crossing', 'gear-defective', 1));
    tally.event(event('reject', 'gear-defective', 1));
    tally.add(frame(part('gear', 0, 2)));
    tally.event(event('crossing', 'gear', 0));
    expect([tally.found, tally.passed, tally.rejected]).toEqual([2, 2, 1]);
    expect(tally.labels).toEqual([{ label: 'gear', classId: 0, found: 2, rejected: 1 }]);
  });

  it('keeps a label that is rejected as a whole, or that is nothing but the ending', () => {
    const tally = new Tally(['scratch', '*-defective']);
    tally.add(frame(part('scratch', 0, 1), part('-defective', 1, 2)));
    expect(tally.labels.map(({ label }) => label)).toEqual(['scratch', '-defective']);
  });

  it('counts what a classifier says when it changes', () => {
    const tally = new Tally([]);
    for (const label of ['cat', 'cat', 'dog', 'cat']) tally.add(frame({ score: 0.9, classId: 0, label }));
    tally.add(frame());
    expect(tally.labels.map(({ label, found }) => [label, found])).toEqual([
      ['cat', 2],
      ['dog', 1],
    ]);
  });

  it('forgets old objects, not their counts', () => {
    const tally = new Tally([]);
    for (let id = 0; id < 10_000; id++) tally.add(frame(part('nut', 4, id)));
    tally.add(frame(part('nut', 4, 9_999)));
    expect(tally.found).toBe(10_000);
  });
});
