import { expect, it } from 'vitest';
import { identityModel } from '../../../../src/infer/one-node-model.js';
import { onnxWebRuntime } from '../../../../src/infer/onnx-web/onnx-web-runtime.node.js';
import { plainAllocator } from '../plain-allocator.js';

// A file of its own, because the number of threads is fixed by the first model of a process.
it('onnx-web runs with several threads and says so; a probe before does not settle their number', async () => {
  expect((await onnxWebRuntime.probe()).status).toBe('works');
  const session = await onnxWebRuntime.open(identityModel, 'identity', {
    threads: 2,
    slots: 1,
    allocator: plainAllocator,
  });
  expect(session.placement.threads).toBe(2);
  const [slot] = session.slots;
  slot.inputs[0].data[0] = 3;
  await session.run(slot);
  expect(slot.outputs[0].data[0]).toBe(3);
  await session.close();
});
