import { ReflexarcError } from '../core/error.js';
import { errorOutput } from './run-output.js';

/** A part of the package or of the machine, and whether it can be used. */
export interface PartReport {
  id: string;
  status: 'works' | 'unavailable';
  /** What was found: a tier, a version. */
  found: string | null;
  problem: string | null;
  remedy: string | null;
}

/** Looks for a part. Never throws. @param usualRemedy where the error has none of its own. */
export async function examinePart(id: string, usualRemedy: string, find: () => Promise<string>): Promise<PartReport> {
  try {
    return { id, status: 'works', found: await find(), problem: null, remedy: null };
  } catch (error) {
    const { message, remedy } = errorOutput(error);
    const known = error instanceof ReflexarcError && error.remedy !== undefined;
    return { id, status: 'unavailable', found: null, problem: message, remedy: known ? remedy : usualRemedy };
  }
}
