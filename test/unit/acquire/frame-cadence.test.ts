import { describe, expect, it } from 'vitest';
import { FrameCadence, type FrameTiming } from '../../../src/acquire/frame-cadence.js';

const period = 1000 / 30;

/** A camera of 30 frames per second whose clock began at `origin`, and a reader that asks when it is told to. */
function play(cadence: FrameCadence, plan: { frame: number; asked: number; arrived: number; timestamp?: number }[]) {
  return plan.map(({ frame, asked, arrived, timestamp = Math.round(frame * period * 1000) }) =>
    cadence.arrive({ timestamp, asked, arrived }),
  );
}

/** Reads frames `from`…`to`, waiting for each, with a transit of `transit` ms; the clock of arrival is 5 s ahead. */
function waiting(from: number, to: number, transit = (_: number) => 0.5) {
  return Array.from({ length: to - from + 1 }, (_, i) => {
    const shown = 5000 + (from + i) * period;
    return { frame: from + i, asked: shown - period + 2, arrived: shown + transit(i) };
  });
}

const count = (timings: FrameTiming[], key: 'gap' | 'repeated') => timings.filter((timing) => timing[key]).length;
const missed = (timings: FrameTiming[]) => timings.reduce((sum, timing) => sum + timing.missed, 0);

describe('the cadence of a live source', () => {
  it('finds nothing wrong with a steady one, and when each frame was captured', () => {
    const cadence = new FrameCadence(30);
    const jitter = (i: number) => 0.5 + (i % 7 === 3 ? 12 : (i * 0.3) % 2);
    const timings = play(cadence, waiting(0, 199, jitter));
    expect(missed(timings)).toBe(0);
    expect(count(timings, 'gap')).toBe(0);
    expect(count(timings, 'repeated')).toBe(0);
    expect(cadence.periodMs).toBeCloseTo(period, 2);
    for (const [i, { captureTime }] of timings.entries()) {
      if (i < 20) continue;
      // Late by the shortest transit, free of the jitter.
      expect(captureTime - (5000 + i * period)).toBeGreaterThanOrEqual(0.499);
      expect(captureTime - (5000 + i * period)).toBeLessThan(1);
    }
  });

  it('counts what a busy reader missed', () => {
    const cadence = new FrameCadence(30);
    play(cadence, waiting(0, 9));
    // Busy from frame 9 to 12.4: frame 12 waits, 10 and 11 are gone.
    const back = 5000 + 12.4 * period;
    const [late] = play(cadence, [{ frame: 12, asked: back, arrived: back + 0.1 }]);
    expect(late).toMatchObject({ missed: 2, gap: false });
    expect(late.captureTime).toBeCloseTo(5000 + 12 * period + 0.5, 1);
    expect(missed(play(cadence, waiting(13, 20)))).toBe(0);
  });

  it('calls a frame that a waiting reader gets late a gap of the camera', () => {
    const cadence = new FrameCadence(30);
    play(cadence, waiting(0, 9));
    const asked = 5000 + 9 * period + 2;
    const [late] = play(cadence, [{ frame: 13, asked, arrived: 5000 + 13 * period + 0.5 }]);
    expect(late).toMatchObject({ missed: 0, gap: true });
  });

  it('learns that a camera slows down in the dark', () => {
    const cadence = new FrameCadence(30);
    const slow = Array.from({ length: 20 }, (_, i) => {
      const shown = 5000 + i * 2 * period;
      return { frame: i * 2, asked: shown - 2 * period + 2, arrived: shown + 0.5 };
    });
    const timings = play(cadence, slow);
    expect(cadence.periodMs).toBeCloseTo(2 * period, 2);
    expect(count(timings, 'gap')).toBeLessThanOrEqual(3);
    expect(missed(timings)).toBe(0);
  });

  it('knows a frame that comes twice, and believes a count', () => {
    const cadence = new FrameCadence(30);
    const [, again] = play(cadence, [...waiting(0, 0), { ...waiting(1, 1)[0], timestamp: 0 }]);
    expect(again.repeated).toBe(true);
    expect(new FrameCadence(30).arrive({ timestamp: 0, asked: 1, arrived: 2, missed: 22 }).missed).toBe(0);
    const told = cadence.arrive({ timestamp: 66_667, asked: 5040, arrived: 5067, missed: 7, captureTime: 5060 });
    expect(told).toMatchObject({ missed: 7, gap: false, captureTime: 5060 });
  });

  it('goes on in time where a film begins again', () => {
    const cadence = new FrameCadence(30);
    const first = play(cadence, waiting(0, 29));
    const second = play(
      cadence,
      waiting(30, 59).map((each, i) => ({ ...each, timestamp: Math.round(i * period * 1000) })),
    );
    const times = [...first, ...second].map(({ timestamp }) => timestamp);
    for (let i = 1; i < times.length; i++) expect(times[i] - times[i - 1]).toBeCloseTo(period * 1000, -2);
    expect(second[0].captureTime).toBeCloseTo(5000 + 30 * period + 0.5, 0);
  });

  it('does not take a clock that stood still for a frame that waited', () => {
    const cadence = new FrameCadence(30);
    play(cadence, waiting(0, 29));
    // A minute of pause, in which the timestamps did not go on.
    const [after] = play(cadence, [{ frame: 30, asked: 7000, arrived: 66_000 }]);
    expect(after.captureTime).toBeGreaterThan(6000);
    const next = play(cadence, [{ frame: 31, asked: 66_002, arrived: 66_000 + period }])[0];
    expect(next.captureTime).toBeCloseTo(66_000 + period, 3);
  });

  it('learns the rate of a source that states none', () => {
    const cadence = new FrameCadence();
    expect(cadence.periodMs).toBeUndefined();
    play(cadence, waiting(0, 9));
    expect(cadence.periodMs).toBeCloseTo(period, 2);
  });
});
