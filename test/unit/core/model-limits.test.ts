import { describe, expect, it } from 'vitest';
import { isOutOfMemory, maxModelBytes, requireModelFits } from '../../../src/core/model-limits.js';
import { onnxWebRuntime } from '../../../src/infer/onnx-web/onnx-web-runtime.node.js';
import { engineResources } from '../../../src/pipeline/engine-resources.web.js';
import { hungryModel, tooManyForWebAssembly } from '../../hungry-model.js';
import { plainAllocator } from '../infer/plain-allocator.js';

describe('a model too large', () => {
  it('is refused by its size, on either side of the limit of ONNX files', () => {
    expect(() => requireModelFits('a.onnx', maxModelBytes)).not.toThrow();
    expect(() => requireModelFits('a.onnx', maxModelBytes + 1)).toThrow(/at most 2 GiB.* for a\.onnx, got 2\.0 GiB/);
  });

  it('is not read at all where its size is known', async () => {
    let read = false;
    const file = {
      size: 3 * 2 ** 30,
      arrayBuffer: async () => {
        read = true;
        return new ArrayBuffer(0);
      },
    } as Blob;
    const resources = engineResources({ baseUrl: 'http://localhost/', models: { 'big.onnx': file } });
    await expect(resources.readFile('big.onnx')).rejects.toMatchObject({
      code: 'ERR_MODEL_LOAD',
      subject: 'big.onnx',
      received: '3.0 GiB',
      details: { reason: 'memory', bytes: 3 * 2 ** 30, limit: maxModelBytes },
    });
    expect(read).toBe(false);
  });

  it('is the run that fails where only running shows it, and the next model works', async () => {
    const options = { threads: 1, slots: 1, allocator: plainAllocator };
    const session = await onnxWebRuntime.open(hungryModel(tooManyForWebAssembly), 'hungry.onnx', options);
    await expect(session.run(session.slots[0])).rejects.toMatchObject({
      code: 'ERR_RUNTIME',
      subject: 'hungry.onnx',
      received: expect.stringContaining('more memory than there is'),
      remedy: expect.stringContaining('smaller'),
      details: { reason: 'memory' },
    });
    await session.close();
    const modest = await onnxWebRuntime.open(hungryModel(1000), 'modest.onnx', options);
    const [slot] = modest.slots;
    (slot.inputs[0].data as Float32Array).fill(0.5);
    await modest.run(slot);
    expect([...(slot.outputs[0].data as Float32Array)]).toEqual([0.5, 0.5, 0.5]);
    await modest.close();
  });

  it.each([
    [new Error("Can't create a session. failed to allocate a buffer of size 1900000000."), true],
    [new Error('failed to call OrtRun(). ERROR_CODE: 6, ERROR_MESSAGE: std::bad_alloc'), true],
    [new RangeError('Array buffer allocation failed'), true],
    [new RangeError('WebAssembly.Memory(): could not allocate memory: Out of memory'), true],
    [
      Object.assign(new RangeError('File size (3000000000) is greater than 2 GiB'), { code: 'ERR_FS_FILE_TOO_LARGE' }),
      true,
    ],
    [new Error('protobuf parsing failed'), false],
    [new Error('no room for boom.onnx'), false],
    ['std::bad_alloc', false],
  ])('is known by what an engine says: %s', (error, expected) => {
    expect(isOutOfMemory(error)).toBe(expected);
  });
});
