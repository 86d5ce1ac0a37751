import { describe, expect, it } from 'vitest';
import { type BridgeFigure, benchBridge, bridgeCases, isWithinLimit } from '../../../src/cli/bench-bridge.node.js';

describe('bench bridge', () => {
  it('knows its cases by name, each once', async () => {
    const names = bridgeCases.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    await expect(benchBridge(['no-such-case'], { samples: 1 })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT',
      details: { known: names },
    });
  });

  it('holds a figure to its limit, where it has one', () => {
    const figure: BridgeFigure = { name: 'f', value: 0.4, unit: '×' };
    expect(isWithinLimit(figure)).toBe(true);
    expect(isWithinLimit({ ...figure, limit: 0.4 })).toBe(true);
    expect(isWithinLimit({ ...figure, limit: 0.39 })).toBe(false);
    // What was not measured keeps nothing.
    expect(isWithinLimit({ ...figure, value: Number.NaN, limit: 1 })).toBe(false);
  });

  it('does not begin what was given up', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(benchBridge(undefined, { samples: 1, signal })).rejects.toThrow('enough');
  });
});
