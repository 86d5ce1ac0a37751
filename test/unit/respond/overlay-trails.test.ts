import { describe, expect, it } from 'vitest';
import { Trails } from '../../../src/respond/overlay-trails.js';

const at = (trackId: number, x: number, label = 'nut') => ({
  box: { x, y: 10, width: 20, height: 40 },
  score: 0.9,
  classId: 4,
  label,
  trackId,
});

describe('Trails', () => {
  it('remembers centres, the oldest first, from the second sight on', () => {
    const trails = new Trails(1000);
    trails.update([at(1, 0)], 0);
    expect([...trails]).toEqual([]);
    trails.update([at(1, 5)], 100_000);
    expect([...trails]).toMatchObject([{ trackId: 1, classId: 4, label: 'nut', points: [10, 30, 15, 30] }]);
  });

  it('forgets points older than its duration, and objects that have none left', () => {
    const trails = new Trails(250);
    for (let i = 0; i < 10; i++) trails.update([at(1, i)], i * 100_000);
    expect([...trails][0].points).toEqual([17, 30, 18, 30, 19, 30]);
    trails.update([], 2_000_000);
    trails.update([at(1, 50)], 2_100_000);
    expect([...trails]).toEqual([]);
  });

  it('starts anew when time does', () => {
    const trails = new Trails(250);
    trails.update([at(1, 0)], 5_000_000);
    trails.update([at(1, 1)], 5_100_000);
    trails.update([at(1, 2)], 0);
    trails.update([at(1, 3)], 100_000);
    expect([...trails][0].points).toEqual([12, 30, 13, 30]);
  });

  it('passes over what is not followed or has no place, and shows the latest class', () => {
    const trails = new Trails(1000);
    const { trackId: _, ...untracked } = at(1, 0);
    trails.update([untracked, { score: 1, classId: 0, label: 'scene' }, at(2, 0)], 0);
    trails.update([at(2, 1, 'nut-defective')], 1);
    expect([...trails]).toMatchObject([{ trackId: 2, label: 'nut-defective' }]);
  });

  it('is bounded', () => {
    const trails = new Trails(1e9);
    for (let i = 0; i < 1000; i++) trails.update([at(1, i)], i);
    const [{ points }] = trails;
    expect(points.length).toBe(240);
    expect(points.at(-2)).toBe(1009);
    trails.clear();
    expect([...trails]).toEqual([]);
  });
});
