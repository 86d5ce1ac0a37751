const attempts = 50;

/**
 * What to subtract from a time of `now()` to have ms of CLOCK_MONOTONIC, which all processes of a machine share; time
 * origins differ from process to process. A constant of this thread, exact to about a µs.
 */
export const monotonicOffset = measure();

// The two clocks cannot be read at once: of many readings, the one that took the shortest.
function measure(): number {
  let [shortest, offset] = [Number.POSITIVE_INFINITY, 0];
  for (let i = 0; i < attempts; i++) {
    const before = process.hrtime.bigint();
    const time = performance.now();
    const after = process.hrtime.bigint();
    const took = Number(after - before);
    if (took >= shortest) continue;
    shortest = took;
    offset = performance.timeOrigin + time - Number(before + after) / 2e6;
  }
  return offset;
}
