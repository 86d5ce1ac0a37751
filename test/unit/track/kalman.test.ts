import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Box } from '../../../src/core/box.js';
import { BoxFilter } from '../../../src/track/box-filter.js';
import { ConstantVelocityKalman } from '../../../src/track/kalman.js';

type Numbers = [number, number, number, number];

interface Reference {
  start: Numbers;
  steps: { ms: number; box: Numbers | null; predicted: Numbers; updated: Numbers }[];
}

const reference: Reference = JSON.parse(
  readFileSync(new URL('../../fixtures/kalman-reference.json', import.meta.url), 'utf8'),
);

const asBox = ([x, y, width, height]: Numbers): Box => ({ x, y, width, height });

function expectBox(actual: Box, expected: Numbers): void {
  const numbers = [actual.x, actual.y, actual.width, actual.height];
  numbers.forEach((value, i) => {
    expect(Math.abs(value - expected[i])).toBeLessThan(1e-6 * Math.max(1, Math.abs(expected[i])));
  });
}

describe('the filter of one quantity', () => {
  it('does one step as by hand', () => {
    const filter = new ConstantVelocityKalman({
      measurement: 1,
      initialPosition: 3,
      initialVelocity: 4,
      processPosition: 0.5,
      processVelocity: 0.25,
    });
    filter.start(10);
    filter.predict(2);
    // P = [[3 + 2·2·4 + 2·0.5, 2·4], [8, 4 + 2·0.25]]
    expect([filter.positionVariance, filter.covariance, filter.velocityVariance]).toEqual([20, 8, 4.5]);
    filter.update(31);
    // k = [20, 8] / 21, innovation 21
    expect(filter.position).toBeCloseTo(30, 12);
    expect(filter.velocity).toBeCloseTo(8, 12);
    expect(filter.positionVariance).toBeCloseTo(20 / 21, 12);
    expect(filter.covariance).toBeCloseTo(8 / 21, 12);
    expect(filter.velocityVariance).toBeCloseTo(4.5 - 64 / 21, 12);
  });
});

describe('the filter of a box', () => {
  it('equals whole matrices in numpy, over uneven times and missed detections', () => {
    const filter = new BoxFilter();
    filter.start(asBox(reference.start));
    expectBox(filter.box, reference.start);
    for (const { ms, box, predicted, updated } of reference.steps) {
      filter.predict(ms / 1000);
      expectBox(filter.box, predicted);
      if (box) filter.update(asBox(box));
      expectBox(filter.box, updated);
    }
  });

  it('never predicts a box without size', () => {
    const filter = new BoxFilter();
    filter.start({ x: 0, y: 0, width: 100, height: 100 });
    filter.predict(1 / 30);
    filter.update({ x: 0, y: 0, width: 10, height: 10 });
    filter.predict(10);
    expect(filter.box.width).toBeGreaterThan(0);
    expect(filter.box.height).toBeGreaterThan(0);
  });
});
