/** A frame that has come, as its reader sees it. Times in ms of the shared clock, but for the timestamp. */
export interface FrameArrival {
  /** Presentation time in µs, as the browser gave it. */
  timestamp: number;
  /** When the reader asked for it. */
  asked: number;
  /** When the reader got it. */
  arrived: number;
  /** Frames since the one before that nobody took, where somebody counted. */
  missed?: number;
  /** When it was captured, where the browser says so in so many words. */
  captureTime?: number;
}

/** What a cadence makes of a frame. */
export interface FrameTiming {
  /** Presentation time in µs, never before that of the frame before: a film that starts again goes on. */
  timestamp: number;
  captureTime: number;
  /** Frames since the one before that nobody took, because the reader was busy. */
  missed: number;
  /** The reader waited, and yet the frame was late. */
  gap: boolean;
  /** It has the time of the one before. */
  repeated: boolean;
}

// Intervals that the period is the median of, and frames that a transit time is the least of.
const intervals = 9;
const transits = 64;
// What delivery may vary by without being called another clock, in ms.
const jitterMs = 100;

/**
 * Reads the times of a live source: which frames were missed, which were late, and when each was captured.
 *
 * A camera goes on while its reader works. A frame that a waiting reader gets late is the camera's doing, a gap; what
 * went by while the reader was busy was missed. The two are told apart by when the reader asked. The period is the
 * median of the intervals that a waiting reader saw, because cameras slow down in the dark.
 *
 * Timestamps count from an origin of their own, but run as time does: the least difference between arrival and
 * timestamp of the last frames is that origin plus the shortest transit, so `captureTime` is late by that transit,
 * less than a millisecond from a camera of the same machine, and free of the jitter of delivery.
 */
export class FrameCadence {
  readonly #recent: number[] = [];
  #periodMs: number | undefined;
  #lastRaw: number | undefined;
  #lastArrival = 0;
  #shift = 0;
  // The least of arrival − timestamp, of this run of frames and of the run before.
  #least = Number.POSITIVE_INFINITY;
  #leastBefore = Number.POSITIVE_INFINITY;
  #run = 0;

  /** @param frameRate frames per second that the source states; learnt where it states none. */
  constructor(frameRate?: number) {
    if (frameRate !== undefined && frameRate > 0) this.#periodMs = 1000 / frameRate;
  }

  /** Time from frame to frame in ms; `undefined` before anybody knows. */
  get periodMs(): number | undefined {
    return this.#periodMs;
  }

  /** Takes note of the next frame. */
  arrive(arrival: FrameArrival): FrameTiming {
    const { asked, arrived } = arrival;
    const before = this.#lastRaw;
    let step = before === undefined ? 0 : (arrival.timestamp - before) / 1000;
    if (step < 0) {
      // Sought back, or begun again: the next frame of a steady source.
      const period = this.#periodMs ?? 0;
      this.#shift += (period - step) * 1000;
      step = period;
    }
    // What was shown before anybody read was missed by nobody.
    const told = before === undefined ? 0 : arrival.missed;
    const waiting = before !== undefined && asked - this.#lastArrival < (this.#periodMs ?? 0) / 2;
    const timing: FrameTiming = {
      timestamp: Math.round(arrival.timestamp + this.#shift),
      captureTime: arrival.captureTime ?? 0,
      missed: told ?? (waiting ? 0 : this.#missed(step)),
      gap: waiting && !told && this.#periodMs !== undefined && step > 1.75 * this.#periodMs,
      repeated: before !== undefined && step === 0,
    };
    if (arrival.captureTime === undefined) timing.captureTime = this.#capture(timing.timestamp / 1000, arrived);
    if (step > 0 && (waiting || this.#periodMs === undefined)) this.#learn(step);
    this.#lastRaw = arrival.timestamp;
    this.#lastArrival = arrived;
    return timing;
  }

  #missed(stepMs: number): number {
    return this.#periodMs === undefined ? 0 : Math.max(0, Math.round(stepMs / this.#periodMs) - 1);
  }

  #learn(stepMs: number): void {
    this.#recent.push(stepMs);
    if (this.#recent.length > intervals) this.#recent.shift();
    // One late frame is no new rate.
    if (this.#periodMs !== undefined && this.#recent.length < 3) return;
    const sorted = this.#recent.toSorted((a, b) => a - b);
    this.#periodMs = sorted[sorted.length >> 1];
  }

  #capture(timeMs: number, arrived: number): number {
    const transit = arrived - timeMs;
    const least = Math.min(this.#least, this.#leastBefore);
    // It was captured after the frame before came, or the clock of the timestamps stood still meanwhile.
    const oldest = this.#lastArrival === 0 ? jitterMs : arrived - this.#lastArrival + jitterMs;
    if (transit - least > oldest) this.#forget();
    this.#least = Math.min(this.#least, transit);
    const captured = timeMs + Math.min(this.#least, this.#leastBefore);
    if (++this.#run === transits) {
      this.#leastBefore = this.#least;
      this.#least = Number.POSITIVE_INFINITY;
      this.#run = 0;
    }
    return captured;
  }

  #forget(): void {
    this.#least = Number.POSITIVE_INFINITY;
    this.#leastBefore = Number.POSITIVE_INFINITY;
    this.#run = 0;
  }
}
