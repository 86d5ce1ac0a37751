import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Orientation, turnUpright } from '../../../src/acquire/upright.js';

const turns = [0, 90, 180, 270] as const;

function turned(from: number[], width: number, height: number, orientation: Orientation): number[] {
  const to = new Uint32Array(from.length);
  turnUpright(Uint32Array.from(from), width, height, orientation, to);
  return [...to];
}

describe('a stored picture', () => {
  // 1 2 3
  // 4 5 6
  it.each([
    [0, false, [1, 2, 3, 4, 5, 6]],
    [90, false, [4, 1, 5, 2, 6, 3]],
    [180, false, [6, 5, 4, 3, 2, 1]],
    [270, false, [3, 6, 2, 5, 1, 4]],
    [0, true, [3, 2, 1, 6, 5, 4]],
    [90, true, [1, 4, 2, 5, 3, 6]],
  ] as const)('is turned by %s° and mirrored: %s', (rotation, flip, expected) => {
    expect(turned([1, 2, 3, 4, 5, 6], 3, 2, { rotation, flip })).toEqual(expected);
  });

  it('is itself again after four quarter turns, and after two mirrors', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), (width, height) => {
        const from = Array.from({ length: width * height }, (_, i) => i);
        for (const flip of [false, true]) {
          for (const rotation of turns) {
            const quarter = rotation % 180 !== 0;
            const [w, h] = quarter ? [height, width] : [width, height];
            const once = turned(from, width, height, { rotation, flip });
            const mirrored = flip ? turned(once, w, h, { rotation: 0, flip: true }) : once;
            const back = ((360 - rotation) % 360) as Orientation['rotation'];
            expect(turned(mirrored, w, h, { rotation: back, flip: false })).toEqual(from);
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});
