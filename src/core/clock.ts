/**
 * Milliseconds on a clock that every thread of this process shares: the time origin of the thread plus its
 * monotonic time. Differences are valid across threads; the absolute value is Unix time at the thread's start.
 */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
