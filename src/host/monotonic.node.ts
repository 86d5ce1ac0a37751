/**
 * What to subtract from a time of `now()` to have ms of CLOCK_MONOTONIC, which all processes of a machine share; time
 * origins differ from process to process. A constant of this thread.
 */
export const monotonicOffset = performance.timeOrigin + performance.now() - Number(process.hrtime.bigint()) / 1e6;
