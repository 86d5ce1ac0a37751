import { beforeAll, expect, it } from 'vitest';
import { haveAssets } from '../assets.js';
import { describeWithPython } from '../python.js';
import { compareModels, type ModelRow, modelTable, tablePath } from './openvino-models.js';

if (haveAssets) {
  describeWithPython('every shared model on openvino', ['openvino', 'onnxruntime', 'ai_edge_litert'], () => {
    let compared: ModelRow[];

    beforeAll(async () => {
      compared = await compareModels();
    }, 120_000);

    it('gives what OpenVINO gives Python', () => {
      const run = compared.filter(({ state }) => state !== 'refused');
      expect(run.length).toBeGreaterThanOrEqual(35);
      for (const { id, fromPython } of run) expect([id, fromPython]).toEqual([id, expect.toSatisfy((d) => d <= 1e-6)]);
    });

    it('is what the table says', async () => {
      await expect(modelTable(compared)).toMatchFileSnapshot(tablePath);
    });
  });
}
