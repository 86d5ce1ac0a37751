import { expect, it } from 'vitest';
import { median } from '../../../src/cli/median.js';

it.each([
  [[3], 3],
  [[10, 9, 100], 10],
  [[4, 1, 3, 2], 2.5],
  [[-1, -20, 5, 1e9, 0], 0],
])('of %o is %d', (values, expected) => {
  const before = [...values];
  expect(median(values)).toBe(expected);
  expect(values).toEqual(before);
});
