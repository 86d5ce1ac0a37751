import { expect, it } from 'vitest';
import { describeKiosk } from './describe-kiosk.js';
import { serveSite } from './site-server.js';

describeKiosk('kiosk: failures', (kiosks) => {
  it.each([
    ['the worker is missing', /intake-worker/, { status: 404 }, 'The worker is gone or could not start'],
    [
      'the worker has a wrong MIME type',
      /intake-worker/,
      { type: 'text/plain' },
      'The worker is gone or could not start',
    ],
    ['the runtime is missing', /ort-wasm.*\.wasm$/, { status: 404 }, 'A part of the program is missing or failed'],
    [
      'the runtime has a wrong MIME type',
      /ort-wasm.*\.mjs$/,
      { type: 'text/plain' },
      'A part of the program is missing or failed',
    ],
    [
      'the kernels are a web page',
      /kernels.*\.wasm$/,
      { type: 'text/html', body: '<!doctype html>' },
      'A part of the program is missing or failed',
    ],
    ['the kernels are missing', /kernels.*\.wasm$/, { status: 404 }, 'A part of the program is missing or failed'],
    ['the model is missing', /standard\.onnx$/, { status: 404 }, 'The model was refused'],
    ['the model was damaged', /standard\.onnx$/, { body: 'not what it was' }, 'The model was refused'],
  ])('%s', async (_, match, fault, title) => {
    await using broken = await serveSite({ folder: kiosks.folder, isolated: true, faults: [{ match, ...fault }] });
    await using kiosk = await kiosks.open('?autostart=1', { site: broken });
    await kiosk.notice(title);
    expect(await kiosk.status.textContent()).toBe('Stopped by a failure');
    expect(await kiosk.page.getByRole('alert').getByRole('button').count()).toBeGreaterThan(0);
    expect(await kiosk.page.locator('#notice-technical').textContent()).toMatch(/^\w+Error ERR_\w+: Expected /);
  });

  it.each([
    ["worker-src 'none'", 'The worker is gone or could not start'],
    ["script-src 'self'", 'A part of the program is missing or failed'],
  ])('a policy of the server forbids it: %s', async (csp, title) => {
    await using strict = await serveSite({ folder: kiosks.folder, isolated: true, csp });
    await using kiosk = await kiosks.open('?autostart=1', { site: strict });
    await kiosk.notice(title);
    expect(await kiosk.page.getByRole('alert').getByRole('button').count()).toBeGreaterThan(0);
  });

  it('says that there is no WebGPU, and runs on the processor instead', async () => {
    await using kiosk = await kiosks.open('?provider=webgpu&autostart=1');
    await kiosk.notice('No WebGPU here');
    await kiosk.page.getByRole('button', { name: 'Run on the processor' }).click();
    await kiosk.running();
  });

  it('does not blame WebGPU where the processor that comes after it lacks a file', async () => {
    const faults = [{ match: /ort-wasm.*\.wasm$/, status: 404 }];
    await using broken = await serveSite({ folder: kiosks.folder, isolated: true, faults });
    await using kiosk = await kiosks.open('?provider=webgpu,wasm&autostart=1', { site: broken });
    await kiosk.notice('A part of the program is missing or failed');
    expect(await kiosk.page.locator('#notice-text').textContent()).toMatch(/404/);
    expect(await kiosk.page.locator('#notice-technical').textContent()).toMatch(/webgpu: /);
  });
});
