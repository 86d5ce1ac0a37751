import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { haveAssets } from '../assets.js';
import { describeWithPython } from '../python.js';
import { comparable, compareModels, type ModelRow, modelTable, tablePath } from './native-models-table.js';

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
      // Written anew with -u; compared without what depends on the processor.
      if (comparable(table) !== comparable(readFileSync(tablePath, 'utf8'))) {
        await expect(table).toMatchFileSnapshot(tablePath);
      }
    });
  });
}
