import { describe, expect, it } from 'vitest';
import type { LineRuleDefinition } from '../../../src/core/definition.js';
import type { Detection, Result, RuleEvent } from '../../../src/core/result.js';
import { Evaluator } from '../../../src/validate/evaluator.js';
import type { GroundTruth, TruthObject } from '../../../src/validate/ground-truth.js';

const line: LineRuleDefinition = {
  type: 'line',
  id: 'line',
  from: { x: 0.5, y: 1 },
  to: { x: 0.5, y: 0 },
  reject: ['*-defective'],
};

function objectAt(x: number, label = 'nut', visible = 1): TruthObject {
  return { id: 1, label, box: { x, y: 40, width: 20, height: 20 }, visible };
}

function detectionAt(x: number, label = 'nut', score = 0.9): Detection {
  return { box: { x, y: 40, width: 20, height: 20 }, label, score, classId: 0 };
}

function resultOf(frame: number, items: Detection[], events: RuleEvent['type'][] = []): Result {
  const spans = { acquire: 0, queue: 0, preprocess: 0, infer: 0, postprocess: 0, respond: 0, overhead: 0, total: 0 };
  const event = { rule: 'line', frame, timestamp: 0, trackId: 1, classId: 0, label: 'nut', box: objectAt(0).box };
  return {
    frame,
    timestamp: frame * 1000,
    width: 100,
    height: 100,
    items,
    events: events.map((type) => ({ ...event, type, direction: 'forward' })),
    spans,
    late: false,
  };
}

describe('evaluator', () => {
  const truth: GroundTruth = (frame) => (frame < 3 ? [objectAt(20 + frame * 20)] : undefined);

  it('compares by label, whatever the class ids are', () => {
    const evaluator = new Evaluator(truth, [line]);
    evaluator.result(resultOf(0, [detectionAt(20)]));
    evaluator.result(resultOf(1, [{ ...detectionAt(40), classId: 7 }]));
    expect(evaluator.evaluate().accuracy).toEqual({ map50: 1, perClass: { nut: 1 } });
  });

  it('judges processed frames only, and expects crossings in all frames up to the last', () => {
    const evaluator = new Evaluator(truth, [line]);
    evaluator.result(resultOf(0, [detectionAt(20)]));
    evaluator.result(resultOf(2, [detectionAt(60)], ['crossing']));
    expect(evaluator.evaluate()).toEqual({
      accuracy: { map50: 1, perClass: { nut: 1 } },
      counts: { found: 1, expected: 1, rejected: 0, rejectable: 0 },
    });
  });

  it('counts a crossing and its reject apart', () => {
    const evaluator = new Evaluator((frame) => [objectAt(20 + frame * 40, 'nut-defective')], [line]);
    evaluator.result(resultOf(0, []));
    evaluator.result(resultOf(1, [], ['crossing', 'reject']));
    const { accuracy, counts } = evaluator.evaluate();
    expect(counts).toEqual({ found: 1, expected: 1, rejected: 1, rejectable: 1 });
    expect(accuracy).toEqual({ map50: 0, perClass: { 'nut-defective': 0 } });
  });

  it('neither asks for nor blames what is less than half in sight', () => {
    const evaluator = new Evaluator(() => [objectAt(40), { ...objectAt(90, 'bolt', 0.4), id: 2 }], []);
    evaluator.result(resultOf(0, [detectionAt(40, 'nut', 0.5), detectionAt(90, 'nut', 0.9)]));
    expect(evaluator.evaluate().accuracy).toEqual({ map50: 1, perClass: { nut: 1 } });
  });

  it('leaves frames without truth out', () => {
    const evaluator = new Evaluator(truth, [line]);
    evaluator.result(resultOf(2, [detectionAt(60)]));
    evaluator.result(resultOf(3, [detectionAt(80)]));
    expect(evaluator.evaluate().accuracy.map50).toBe(1);
  });

  it('gives the same figures for a run that is longer than it can hold', () => {
    // A part passes every eight frames; it is missed in every third frame, and counted by nobody.
    const evaluator = new Evaluator((frame) => [{ ...objectAt(10 + (frame % 8) * 10), id: frame >> 3 }], [line]);
    const frames = 12_000;
    for (let frame = 0; frame < frames; frame++) {
      evaluator.result(resultOf(frame, frame % 3 === 0 ? [] : [detectionAt(10 + (frame % 8) * 10)]));
    }
    const { accuracy, counts } = evaluator.evaluate();
    // Precision 1 up to a recall of 2/3: the points 0, 0.01 … 0.66 of 101.
    expect(accuracy.map50).toBeCloseTo(67 / 101, 12);
    expect(counts).toEqual({ found: 0, expected: frames / 8, rejected: 0, rejectable: 0 });
  });

  it('knows nothing where there was nothing', () => {
    expect(new Evaluator(truth, [line]).evaluate()).toEqual({ accuracy: { map50: null, perClass: {} } });
  });
});
