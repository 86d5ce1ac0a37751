import { describe, expect, it } from 'vitest';
import type { TrackDefinition } from '../../../src/core/definition.js';
import type { Detection } from '../../../src/core/result.js';
import { createTracker } from '../../../src/track/create-tracker.js';
import { SortTracker } from '../../../src/track/sort.js';

const definition: TrackDefinition = { type: 'sort', maxAgeMs: 200, minHits: 3, iouThreshold: 0.3 };
const framePeriod = 1e6 / 30;

function at(x: number, y = 100, more: Partial<Detection> = {}): Detection {
  return { box: { x, y, width: 80, height: 80 }, score: 0.9, classId: 0, label: 'gear', ...more };
}

/** Runs frames of detections through a tracker; undefined is a frame that never came. */
function track(frames: (Detection[] | undefined)[], tracker = createTracker(definition)): (number | undefined)[][] {
  return frames.map((detections, index) => {
    if (!detections) return [];
    tracker.update(detections, Math.round(index * framePeriod));
    return detections.map(({ trackId }) => trackId);
  });
}

describe('SORT', () => {
  it('confirms a track with its third detection and numbers tracks from 1, in order of confirmation', () => {
    const ids = track([
      [],
      [],
      [],
      [at(0), at(500)],
      [at(5), at(505)],
      [at(10), at(510), at(900)],
      [at(15), at(515), at(905)],
      [at(20), at(520), at(910)],
    ]);
    expect(ids.slice(3)).toEqual([
      [undefined, undefined],
      [undefined, undefined],
      [1, 2, undefined],
      [1, 2, undefined],
      [1, 2, 3],
    ]);
  });

  it('confirms at once what is there in the first frames', () => {
    const ids = track([[at(0)], [at(5)], [at(10), at(500)], [at(15), at(505), at(900)]]);
    expect(ids).toEqual([[1], [1], [1, 2], [1, 2, undefined]]);
  });

  it('does not confuse objects by the order of detections, and keeps them apart where they pass each other', () => {
    const frames = Array.from({ length: 40 }, (_, i) => {
      const pair = [at(i * 20, 100), at(800 - i * 20, 130)];
      return i % 2 ? pair.reverse() : pair;
    });
    const ids = track(frames);
    expect(ids).toEqual(ids.map((_, i) => (i % 2 ? [2, 1] : [1, 2])));
  });

  it('finds an object again after an occlusion shorter than maxAge, at its predicted place', () => {
    // 40 px per frame: after four frames unseen the last box does not overlap any more.
    const seen = (i: number) => [at(i * 40)];
    const frames = Array.from({ length: 16 }, (_, i) => (i >= 8 && i < 12 ? [] : seen(i)));
    expect(track(frames)[12]).toEqual([1]);
  });

  it('gives a new number after an occlusion longer than maxAge', () => {
    const frames = Array.from({ length: 20 }, (_, i) => (i >= 6 && i < 14 ? [] : [at(i * 10)]));
    const ids = track(frames);
    expect(ids[5]).toEqual([1]);
    expect(ids[14]).toEqual([undefined]);
    expect(ids[16]).toEqual([2]);
  });

  it('keeps its tracks over dropped frames, even for longer than maxAge', () => {
    // 9 frames dropped = 333 ms: nobody looked, so nothing was missed.
    const frames = Array.from({ length: 30 }, (_, i) =>
      i >= 10 && i < 19 ? undefined : [at(i * 15), at(700 - i * 15, 300)],
    );
    const ids = track(frames);
    expect(ids[9]).toEqual([1, 2]);
    expect(ids[19]).toEqual([1, 2]);
    expect(ids[29]).toEqual([1, 2]);
  });

  it('forgets everything after a gap of many times maxAge', () => {
    const tracker = new SortTracker(definition);
    for (let i = 0; i < 3; i++) tracker.update([at(0)], i * 33_000);
    expect(tracker.trackCount).toBe(1);
    const late = [at(0)];
    tracker.update(late, 5_000_000);
    expect(late[0].trackId).toBeUndefined();
    expect(tracker.trackCount).toBe(1);
  });

  it('takes real time steps: an uneven frame rate does not matter', () => {
    const tracker = createTracker(definition);
    let time = 0;
    const ids = [33, 33, 33, 100, 5, 66, 180, 33].map((ms) => {
      time += ms;
      const detections = [at(time * 0.6)];
      tracker.update(detections, time * 1000);
      return detections[0].trackId;
    });
    expect(ids).toEqual(Array(8).fill(1));
  });

  it('follows a part whose class flickers, and leaves the labels of the frames alone', () => {
    const frames = Array.from({ length: 10 }, (_, i) => [
      i % 2 ? at(i * 5, 100, { classId: 1, label: 'gear-defective' }) : at(i * 5),
    ]);
    const ids = track(frames);
    expect(ids.flat()).toEqual(Array(10).fill(1));
    expect(frames.flat().map(({ label }) => label)).toContain('gear-defective');
  });

  it('follows one of two boxes on the same object: the better one', () => {
    const frames = Array.from({ length: 6 }, (_, i) => [
      at(i * 5 + 3, 100, { classId: 1, label: 'gear-defective', score: 0.4 }),
      at(i * 5),
    ]);
    expect(track(frames)[5]).toEqual([undefined, 1]);
  });

  it('goes on counting ids after a reset', () => {
    const tracker = createTracker(definition);
    track([[at(0)], [at(0)], [at(0)]], tracker);
    tracker.reset();
    expect(track([[at(0)], [at(0)], [at(0)]], tracker)[2]).toEqual([2]);
  });

  it('passes over boxes without area', () => {
    const tracker = new SortTracker(definition);
    tracker.update([at(0, 0, { box: { x: 0, y: 0, width: 0, height: 5 } })], 0);
    expect(tracker.trackCount).toBe(0);
  });

  it('is bounded, also where time stands still', () => {
    const tracker = new SortTracker(definition);
    for (let i = 0; i < 30; i++) {
      tracker.update(
        Array.from({ length: 50 }, (_, k) => at(k * 100, i * 1000)),
        0,
      );
    }
    expect(tracker.trackCount).toBe(1024);
  });

  it('refuses time that goes back', () => {
    const tracker = createTracker(definition);
    tracker.update([], 1000);
    expect(() => tracker.update([], 999)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
    expect(() => tracker.update([], Number.NaN)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
    tracker.update([], 1000);
  });

  it('gives the same numbers for the same detections', () => {
    const frames = () =>
      Array.from({ length: 30 }, (_, i) => [0, 1, 2, 3].map((k) => at(((i * 37 + k * 191) % 700) + k, (k * 50) % 120)));
    expect(track(frames())).toEqual(track(frames()));
  });
});
