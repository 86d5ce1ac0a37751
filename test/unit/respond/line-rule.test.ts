import { describe, expect, it } from 'vitest';
import type { LineRuleDefinition } from '../../../src/core/definition.js';
import type { Detection, RuleEvent } from '../../../src/core/result.js';
import { createLineRule, type LineRule } from '../../../src/respond/line-rule.js';

/** From bottom to top in the middle of a 1000 × 500 frame: forward is to the right. */
const definition: LineRuleDefinition = {
  type: 'line',
  id: 'gate',
  from: { x: 0.5, y: 0.8 },
  to: { x: 0.5, y: 0.2 },
  reject: ['*-defective'],
};

/** A 100 × 100 px part with its centre at x, y: surely on a side from 10 px on. */
function part(x: number, y = 250, more: Partial<Detection> = {}): Detection {
  return {
    box: { x: x - 50, y: y - 50, width: 100, height: 100 },
    score: 0.9,
    classId: 0,
    label: 'gear',
    trackId: 1,
    ...more,
  };
}

function run(
  frames: Detection[][],
  rule: LineRule = createLineRule(definition),
): { rule: LineRule; events: RuleEvent[] } {
  const events = frames.flatMap((detections, frame) =>
    rule.update(detections, { frame, timestamp: frame * 33_333, width: 1000, height: 500 }),
  );
  return { rule, events };
}

const along = (...xs: number[]) => xs.map((x) => [part(x)]);

describe('line rule', () => {
  it('reports a crossing in the very frame, with what crossed', () => {
    const { rule, events } = run(along(450, 480, 505, 530));
    expect(events).toEqual([
      {
        type: 'crossing',
        rule: 'gate',
        frame: 2,
        timestamp: 66_666,
        trackId: 1,
        classId: 0,
        label: 'gear',
        box: { x: 455, y: 200, width: 100, height: 100 },
        direction: 'forward',
      },
    ]);
    expect(rule.counts).toEqual({ forward: 1, backward: 0, rejected: 0 });
  });

  it('names directions as seen from `from` to `to`', () => {
    expect(run(along(550, 450)).events.map(({ direction }) => direction)).toEqual(['backward']);
    const turned = createLineRule({ ...definition, from: definition.to, to: definition.from });
    expect(run(along(550, 450), turned).events.map(({ direction }) => direction)).toEqual(['forward']);
    // Level, from left to right: its right is below.
    const level = createLineRule({ ...definition, from: { x: 0, y: 0.5 }, to: { x: 1, y: 0.5 } });
    expect(run([[part(300, 200)], [part(300, 300)]], level).events[0].direction).toBe('forward');
  });

  it('counts once where boxes jitter at the line', () => {
    expect(run(along(480, 502, 498, 503, 497, 504, 520, 540)).rule.counts).toEqual({
      forward: 1,
      backward: 0,
      rejected: 0,
    });
  });

  it('counts each real change of direction', () => {
    const { events } = run(along(450, 520, 450, 520));
    expect(events.map(({ direction }) => direction)).toEqual(['forward', 'backward', 'forward']);
  });

  it('counts a track that jumps over the line with dropped frames', () => {
    expect(run(along(300, 700)).rule.counts.forward).toBe(1);
  });

  it('waits with a track that begins at the line until it is surely past', () => {
    expect(run(along(498, 502, 506)).events).toEqual([]);
    const { events } = run(along(498, 502, 506, 511, 530));
    expect(events.map(({ frame, direction }) => [frame, direction])).toEqual([[3, 'forward']]);
    // On the line is on its right: nothing crossed.
    expect(run(along(500, 505, 530)).events).toEqual([]);
  });

  it('counts only between the end points', () => {
    expect(run([[part(450, 90)], [part(550, 90)]]).events).toEqual([]);
    expect(run([[part(450, 101)], [part(550, 101)]]).events).toHaveLength(1);
    // The way passes the line's end, although both centres are level with its middle on average.
    expect(run([[part(450, 0)], [part(550, 150)]]).events).toEqual([]);
    // Round the end and back through the line: one crossing, backward.
    const round = [part(450, 300), part(450, 50), part(550, 50), part(550, 300), part(450, 300)];
    expect(run(round.map((each) => [each])).events.map(({ direction }) => direction)).toEqual(['backward']);
  });

  it('rejects what matches a pattern, once per track, beside the crossing', () => {
    const defective = (x: number) => [part(x, 250, { classId: 5, label: 'gear-defective' })];
    const { rule, events } = run([450, 520, 450, 520].map(defective));
    expect(events.map(({ type, frame }) => [type, frame])).toEqual([
      ['crossing', 1],
      ['reject', 1],
      ['crossing', 2],
      ['crossing', 3],
    ]);
    expect(rule.counts).toEqual({ forward: 2, backward: 1, rejected: 1 });
    const exact = createLineRule({ ...definition, reject: ['gear'] });
    expect(run(along(450, 520), exact).rule.counts.rejected).toBe(1);
    expect(
      run([450, 520].map(defective), createLineRule({ ...definition, reject: ['gear'] })).rule.counts.rejected,
    ).toBe(0);
  });

  it('lets all frames of a track vote on its label, by score', () => {
    const flicker = (x: number, label: string, score: number) => [
      part(x, 250, { classId: label === 'gear' ? 0 : 5, label, score }),
    ];
    // The frame of the crossing says `gear`; the track says otherwise.
    const { events } = run([
      flicker(400, 'gear-defective', 0.9),
      flicker(430, 'gear', 0.4),
      flicker(460, 'gear-defective', 0.8),
      flicker(510, 'gear', 0.95),
    ]);
    expect(events.map(({ type, label, classId }) => [type, label, classId])).toEqual([
      ['crossing', 'gear-defective', 5],
      ['reject', 'gear-defective', 5],
    ]);
  });

  it('keeps tracks apart and passes over detections that are in none', () => {
    const { rule } = run([
      [part(450), part(550, 250, { trackId: 2 }), part(450, 300, { trackId: undefined })],
      [part(550), part(450, 250, { trackId: 2 }), part(550, 300, { trackId: undefined })],
    ]);
    expect(rule.counts).toEqual({ forward: 1, backward: 1, rejected: 0 });
  });

  it('forgets tracks with reset, and those unseen for longest where there are too many', () => {
    const { rule } = run(along(450));
    rule.reset();
    expect(run(along(550), rule).events).toEqual([]);
    const crowd = Array.from({ length: 1024 }, (_, i) => part(450, 250, { trackId: 10 + i }));
    expect(run([[part(450)], crowd, [part(550)]]).events).toEqual([]);
    expect(run([[part(450)], crowd.slice(1), [part(550)]]).events).toHaveLength(1);
  });

  it('refuses a line without length', () => {
    expect(() => createLineRule({ ...definition, to: definition.from })).toThrow(
      expect.objectContaining({ code: 'ERR_ARGUMENT' }),
    );
  });
});
