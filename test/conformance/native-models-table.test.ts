import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { haveAssets } from '../assets.js';
import { describeWithPython } from '../python.js';
import { agree, compareModels, type ModelRow, modelTable, tablePath, type Verdict } from './native-models-table.js';

if (haveAssets) {
  describeWithPython('every shared model on native runtimes', ['openvino', 'onnxruntime', 'ai_edge_litert'], () => {
    let compared: ModelRow[];

    beforeAll(async () => {
      compared = await compareModels();
    }, 120_000);

    it('gives on openvino what OpenVINO gives Python', () => {
      const run = compared.filter(({ fromPython }) => fromPython !== null);
      expect(run.length).toBeGreaterThanOrEqual(35);
      for (const { id, fromPython } of run) expect([id, fromPython]).toEqual([id, expect.toSatisfy((d) => d <= 1e-6)]);
    });

    it('gives on onnx-native what ONNX Runtime gives Python', () => {
      const verdicts = compared.flatMap(({ id, onnxNative }) => (onnxNative ? [{ id, ...onnxNative }] : []));
      const refused = verdicts.filter(({ state }) => state === 'refused').map(({ id }) => id);
      expect(refused).toEqual(['negative_custom_op_noisy_relu.onnx']);
      for (const { id, state } of verdicts) if (!refused.includes(id)) expect([id, state]).toEqual([id, 'works']);
    });

    it('is what the table says', async () => {
      const table = modelTable(compared);
      // Written anew with -u.
      if (!agree(table, readFileSync(tablePath, 'utf8'))) {
        await expect(table).toMatchFileSnapshot(tablePath);
      }
    });
  });
}

const works: Verdict = { state: 'works', difference: 0, words: '' };
const differs = (difference: number): Verdict => ({ state: 'differs', difference, words: '' });
const table = (openvino: Verdict, id = 'a.onnx') =>
  modelTable([
    { id: 'b.onnx', reference: 'ONNX Runtime', onnxNative: works, openvino: differs(0.3), fromPython: 0 },
    { id, reference: 'ONNX Runtime', onnxNative: works, openvino, fromPython: 0 },
  ]);

describe('two tables of models', () => {
  it.each<[string, boolean, string]>([
    ['the same', true, table(differs(0.02))],
    ['ten times as far', true, table(differs(0.2))],
    ['a tenth as far', true, table(differs(0.002))],
    ['more than ten times as far', false, table(differs(0.5))],
    ['less than a tenth as far', false, table(differs(0.0019 / 2))],
    ['one that works', false, table(works)],
    ['one that is refused', false, table({ state: 'refused', difference: null, words: 'no' })],
    ['another model', false, table(differs(0.02), 'c.onnx')],
    ['another count', false, table(differs(0.02)).replace('differs 2', 'differs 1')],
  ])('agree or not: %s', (_, expected, other) => {
    expect(agree(table(differs(0.02)), other)).toBe(expected);
    expect(agree(other, table(differs(0.02)))).toBe(expected);
  });
});
