import { describe, expect, it } from 'vitest';
import { isUndisturbed } from '../../../src/cli/run-time.js';

describe('isUndisturbed', () => {
  it('is false of a run that waited for a processor for more than a tenth of its time', () => {
    expect(isUndisturbed({ ms: 10, cpuMs: 9.9 })).toBe(true);
    expect(isUndisturbed({ ms: 10, cpuMs: 12 })).toBe(true);
    expect(isUndisturbed({ ms: 10, cpuMs: 8 })).toBe(false);
    // Clocks of processors may be coarse.
    expect(isUndisturbed({ ms: 0.1, cpuMs: 0.06 })).toBe(true);
  });
});
