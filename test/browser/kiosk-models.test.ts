import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { assetPath, haveAssets } from '../assets.js';
import { hungryModel, tooManyForWebAssembly } from '../hungry-model.js';
import { describeKiosk } from './describe-kiosk.js';
import { drop, inkOf } from './kiosk-page.js';

const classifier = 'models/onnx/mobilenet_v2_quant.onnx';

describeKiosk('kiosk: models', (kiosks) => {
  it('refuses what is no model, and goes back to its own', async () => {
    await using kiosk = await kiosks.open();
    await drop(kiosk, { name: 'broken.onnx', type: '', content: 'this is no model' });
    const dialog = kiosk.page.getByRole('dialog', { name: 'Model' });
    expect(await dialog.locator('#model-file-name').textContent()).toBe('broken.onnx');
    await dialog.getByRole('button', { name: 'Use this model' }).click();
    await kiosk.notice('The model was refused');
    await kiosk.model('broken.onnx');
    await kiosk.page.getByRole('button', { name: 'Use the built-in model' }).click();
    await kiosk.running();
    await kiosk.model('Conveyor');
  });

  it('refuses a model of another kind than was said, and runs it as what it is', async () => {
    await using kiosk = await kiosks.open();
    // A classifier, as small as can be.
    await drop(kiosk, { name: 'means.onnx', type: '', content: hungryModel(1) });
    const dialog = kiosk.page.getByRole('dialog', { name: 'Model' });
    await dialog.getByRole('button', { name: 'Use this model' }).click();
    await kiosk.notice('The model was refused');
    await kiosk.page.getByRole('button', { name: 'Choose a model' }).click();
    await dialog.getByLabel('Kind of model').selectOption('classification');
    await dialog.getByLabel('Labels, one per line').fill('red, green\nblue');
    await dialog.getByRole('button', { name: 'Use this model' }).click();
    await kiosk.running();
    expect(await kiosk.page.locator('#labels').textContent()).toMatch(/^(red|green|blue)/);
    expect(await kiosk.fact('Self-test')).toBe('no sample');
  });

  it('takes the model that was dropped last, whatever was chosen before', async () => {
    await using kiosk = await kiosks.open();
    const dialog = kiosk.page.getByRole('dialog', { name: 'Model' });
    const file = dialog.locator('#model-file-name');
    await kiosk.page.keyboard.press('o');
    await dialog.getByText('Your own').click();
    await dialog
      .locator('input[type=file]')
      .setInputFiles({ name: 'A.onnx', mimeType: '', buffer: Buffer.from('no model') });
    await dialog.getByRole('button', { name: 'Use this model' }).click();
    await kiosk.notice('The model was refused');
    await drop(kiosk, { name: 'B.onnx', type: '', content: 'no model either' });
    await dialog.getByLabel('Kind of model').selectOption('classification');
    expect(await file.textContent()).toBe('B.onnx');
    await dialog.getByRole('button', { name: 'Use this model' }).click();
    await kiosk.model('B.onnx');
    await kiosk.notice('The model was refused');
  });

  it('says that a model is too large: by its size, or when it wants more memory than there is', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reflexarc-'));
    try {
      // Holes take no room on a disk.
      writeFileSync(join(folder, 'large.onnx'), 'x');
      truncateSync(join(folder, 'large.onnx'), 3 * 2 ** 30);
      writeFileSync(join(folder, 'hungry.onnx'), hungryModel(tooManyForWebAssembly));
      await using kiosk = await kiosks.open();
      const dialog = kiosk.page.getByRole('dialog', { name: 'Model' });
      for (const [name, text] of [
        ['large.onnx', '3.0 GiB'],
        ['hungry.onnx', 'more memory'],
      ]) {
        await kiosk.page.keyboard.press('o');
        await dialog.getByText('Your own').click();
        await dialog.locator('input[type=file]').setInputFiles(join(folder, name));
        await dialog.getByLabel('Kind of model').selectOption('classification');
        await dialog.getByRole('button', { name: 'Use this model' }).click();
        await kiosk.page.locator('#status:text-is("Starting …")').waitFor({ state: 'detached' });
        await kiosk.page.locator(`#notice-text:text-matches("${text}")`).waitFor();
        await kiosk.notice('The model is too large');
      }
      await kiosk.page.getByRole('button', { name: 'Use the built-in model' }).click();
      await kiosk.running();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it.skipIf(!haveAssets)('runs a dropped classifier', async () => {
    await using kiosk = await kiosks.open();
    await kiosk.page.keyboard.press('o');
    const dialog = kiosk.page.getByRole('dialog', { name: 'Model' });
    await dialog.getByText('Your own').click();
    await dialog.locator('input[type=file]').setInputFiles(assetPath(classifier));
    await dialog.getByLabel('Kind of model').selectOption('classification');
    await dialog.getByRole('button', { name: 'Use this model' }).click();
    await kiosk.running();
    expect(await inkOf(kiosk, '#overlay')).toBeGreaterThan(1000);
    expect(await kiosk.fact('Self-test')).toBe('no sample');
  });
});
