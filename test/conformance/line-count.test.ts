import { parse } from 'valibot';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/acquire/synthetic/random.js';
import { createTruth } from '../../src/acquire/synthetic/truth.js';
import { syntheticSourceSchema } from '../../src/core/definition.js';
import type { Detection } from '../../src/core/result.js';
import { createLineRule } from '../../src/respond/line-rule.js';
import { createTracker } from '../../src/track/create-tracker.js';

const frames = 300;
const minus = (label: string) => label.replace(/-defective$/, '');

/** Counts the parts of the conveyor as an imperfect detector would see them, and as they really passed. */
function count(seed: number, fault: { missed: number; jitterPx: number; mistaken: number; stop: number }) {
  const definition = parse(syntheticSourceSchema, { type: 'synthetic', seed });
  const truth = createTruth(definition);
  const tracker = createTracker({ type: 'sort', maxAgeMs: 200, minHits: 3, iouThreshold: 0.3 });
  const rule = createLineRule({
    type: 'line',
    id: 'line',
    from: { x: 0.5, y: 1 },
    to: { x: 0.5, y: 0 },
    reject: ['*-defective'],
  });
  const random = new Random(77 + seed);
  const jitter = () => (random.unit() * 2 - 1) * fault.jitterPx;
  for (let frame = 0; frame < frames; frame++) {
    // Every three seconds some frames never arrive.
    if (frame % 90 >= 90 - fault.stop) continue;
    const found: Detection[] = [];
    for (const { classId, label, box } of truth.items(frame)) {
      if (random.unit() < fault.missed) continue;
      const mistaken = random.unit() < fault.mistaken;
      const seen = mistaken ? (label === minus(label) ? `${label}-defective` : minus(label)) : label;
      found.push({
        box: { ...box, x: box.x + jitter(), y: box.y + jitter() },
        score: mistaken ? 0.5 : 0.9,
        classId: mistaken ? classId ^ 1 : classId,
        label: seen,
      });
    }
    const timestamp = Math.round((frame * 1e6) / definition.frameRate);
    tracker.update(found, timestamp);
    rule.update(found, { frame, timestamp, width: definition.width, height: definition.height });
  }
  const { forward, backward, rejected } = rule.counts;
  return { counts: { expected: forward, rejectable: rejected }, backward, truth: truth.counts(frames) };
}

describe('parts counted at the line of the conveyor', () => {
  it.each([1, 2, 3, 4, 5, 6])('seed %i: as many as there are, from perfect boxes', (seed) => {
    const { counts, backward, truth } = count(seed, { missed: 0, jitterPx: 0, mistaken: 0, stop: 0 });
    expect(truth.expected).toBeGreaterThan(10);
    expect(truth.rejectable).toBeGreaterThan(0);
    expect(counts).toEqual(truth);
    expect(backward).toBe(0);
  });

  it.each([1, 2, 3, 4, 5, 6])(
    'seed %i: off by one at most with misses, jitter, mistakes and stops of 300 ms',
    (seed) => {
      const { counts, truth } = count(seed, { missed: 0.05, jitterPx: 2, mistaken: 0.1, stop: 9 });
      expect(Math.abs(counts.expected - truth.expected)).toBeLessThanOrEqual(1);
      expect(Math.abs(counts.rejectable - truth.rejectable)).toBeLessThanOrEqual(1);
    },
  );
});
