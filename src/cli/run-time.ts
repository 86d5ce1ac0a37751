/** What one run took: by the clock, and of all processors. */
export interface RunTime {
  ms: number;
  cpuMs: number;
}

/**
 * True of a run that had a processor nearly all the time. Where programs wait for one, short runs fit between the others' and
 * long ones never do: the clock alone would then make the slower of two things slower still.
 */
export function isUndisturbed({ ms, cpuMs }: RunTime): boolean {
  return ms - cpuMs <= 0.1 * ms + 0.05;
}
