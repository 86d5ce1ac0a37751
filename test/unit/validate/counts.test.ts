import { describe, expect, it } from 'vitest';
import { createTruth } from '../../../src/acquire/synthetic/truth.js';
import { type LineRuleDefinition, lineRuleSchema, syntheticSourceSchema } from '../../../src/core/definition.js';
import { parse } from '../../../src/core/parse.js';
import { CrossingCounter } from '../../../src/validate/counts.js';
import type { GroundTruth, TruthObject } from '../../../src/validate/ground-truth.js';

const size = { width: 100, height: 100 };
const middle: LineRuleDefinition = {
  type: 'line',
  id: 'line',
  from: { x: 0.5, y: 1 },
  to: { x: 0.5, y: 0 },
  reject: ['*-defective'],
};

function at(x: number, y = 50, id = 1, label = 'nut'): TruthObject {
  return { id, label, box: { x: x - 5, y: y - 5, width: 10, height: 10 }, visible: 1 };
}

function truthOf(frames: (TruthObject[] | undefined)[]): GroundTruth {
  return (frame) => frames[frame];
}

describe('expected crossings', () => {
  it('counts a centre that reaches the line, once', () => {
    const truth = truthOf([[at(40)], [at(50)], [at(60)]]);
    expect(new CrossingCounter(truth, [middle], size).upTo(3)).toEqual({ expected: 1, rejectable: 0 });
    expect(new CrossingCounter(truth, [middle], size).upTo(1).expected).toBe(0);
  });

  it('counts either direction', () => {
    const truth = truthOf([[at(40)], [at(60)], [at(40)]]);
    expect(new CrossingCounter(truth, [middle], size).upTo(3).expected).toBe(2);
  });

  it('counts labels to reject apart', () => {
    const truth = truthOf([
      [at(40, 20, 1, 'nut-defective'), at(40, 60, 2)],
      [at(60, 20, 1, 'nut-defective'), at(60, 60, 2)],
    ]);
    expect(new CrossingCounter(truth, [middle], size).upTo(2)).toEqual({ expected: 2, rejectable: 1 });
    expect(new CrossingCounter(truth, [{ ...middle, reject: ['nut'] }], size).upTo(2).rejectable).toBe(1);
  });

  it('passes over a way around the end of the line', () => {
    const short = { ...middle, from: { x: 0.5, y: 0.4 } };
    expect(new CrossingCounter(truthOf([[at(40, 80)], [at(60, 80)]]), [short], size).upTo(2).expected).toBe(0);
    expect(new CrossingCounter(truthOf([[at(40, 20)], [at(60, 20)]]), [short], size).upTo(2).expected).toBe(1);
  });

  it('bridges frames of which nothing is known', () => {
    expect(new CrossingCounter(truthOf([[at(40)], undefined, [at(60)]]), [middle], size).upTo(3).expected).toBe(1);
  });

  it('adds up several lines', () => {
    const quarter = { ...middle, from: { x: 0.25, y: 1 }, to: { x: 0.25, y: 0 } };
    const truth = truthOf([10, 30, 60].map((x) => [at(x)]));
    expect(new CrossingCounter(truth, [middle, quarter], size).upTo(3).expected).toBe(2);
  });

  it.each([1, 2, 3])('agrees with the scene itself, which counts by its layout (seed %i)', (seed) => {
    const options = parse(syntheticSourceSchema, { type: 'synthetic', seed }, 'source');
    const truth = createTruth(options);
    const rule = parse(lineRuleSchema, middle, 'rule');
    const crossings = new CrossingCounter((frame) => truth.items(frame), [rule], options).upTo(300);
    expect(crossings).toEqual(truth.counts(300, 0.5));
    expect(crossings.expected).toBeGreaterThan(5);
  });
});
