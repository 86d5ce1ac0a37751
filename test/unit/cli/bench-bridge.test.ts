import { describe, expect, it } from 'vitest';
import {
  type BridgeCase,
  type BridgeFigure,
  benchBridge,
  bridgeCases,
  isWithinLimit,
} from '../../../src/cli/bench-bridge.node.js';
import { PeerFailure } from '../../../src/cli/peer-process.node.js';
import { InferenceError, UnsupportedError } from '../../../src/core/error.js';

const told = { subject: 'case', expected: 'one thing', received: 'another' };
const figure = (value: number): BridgeFigure => ({ name: 'f', value, unit: 'ms', limit: 1 });
const of = (name: string, run: () => BridgeFigure[]): BridgeCase => ({
  name,
  what: name,
  run: async () => ({ n: 1, figures: run() }),
});
const fail = (error: Error) => () => {
  throw error;
};
const cases = [
  of('good', () => [figure(1)]),
  of('slow', () => [figure(1.1)]),
  of('absent', fail(new UnsupportedError({ ...told, details: { supported: [] } }))),
  of('wrong', fail(new InferenceError(told))),
  of('dead', fail(new PeerFailure('it ended with 1'))),
];
/** What a run of some cases says; with `all`, of a list of these. */
async function verdict(names: string[], all = false) {
  const list = cases.filter(({ name }) => !all || names.includes(name));
  const { results, skipped, failed, withinLimits } = await benchBridge(all ? undefined : names, { samples: 1 }, list);
  const namesOf = (entries: { case: string }[]) => entries.map((entry) => entry.case);
  return [namesOf(results), namesOf(skipped), namesOf(failed), withinLimits];
}

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

  it('is content where there are figures and each keeps its limit', async () => {
    expect(await verdict(['good'])).toEqual([['good'], [], [], true]);
    expect(await verdict(['good', 'slow'])).toEqual([['good', 'slow'], [], [], false]);
  });

  it('leaves out what is not installed, unless it is all there is or was named', async () => {
    expect(await verdict(['good', 'absent'], true)).toEqual([['good'], ['absent'], [], true]);
    expect(await verdict(['good', 'absent'])).toEqual([['good'], ['absent'], [], false]);
    expect(await verdict(['absent'], true)).toEqual([[], ['absent'], [], false]);
  });

  it('goes on after a case that failed, and fails', async () => {
    expect(await verdict(['good', 'wrong', 'dead'], true)).toEqual([['good'], [], ['wrong', 'dead'], false]);
    const { failed } = await benchBridge(['dead'], { samples: 1 }, cases);
    expect(failed).toEqual([{ case: 'dead', reason: 'it ended with 1' }]);
    await expect(benchBridge(['bug'], { samples: 1 }, [of('bug', fail(new TypeError('a bug')))])).rejects.toThrow(
      'bug',
    );
  });

  it('takes a program that does not start for one that is not installed', async () => {
    const options = { samples: 1, python: '/no/such/python' };
    const { skipped, withinLimits } = await benchBridge(['openvino-python'], options);
    expect(skipped).toEqual([
      { case: 'openvino-python', reason: expect.stringContaining('/no/such/python does not start') },
    ]);
    expect(withinLimits).toBe(false);
  });

  it('takes a program that ends at once for a failure', async () => {
    const { skipped, failed } = await benchBridge(['openvino-python'], { samples: 1, python: process.execPath });
    expect(skipped).toEqual([]);
    expect(failed).toEqual([{ case: 'openvino-python', reason: expect.stringContaining('it ended with 1') }]);
  });

  it('does not begin what was given up', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(benchBridge(undefined, { samples: 1, signal })).rejects.toThrow('enough');
  });
});
