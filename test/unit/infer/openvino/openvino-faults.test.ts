import { expect, it } from 'vitest';
import { OpenVinoLibrary } from '../../../../src/infer/openvino/openvino-library.node.js';
import { openVinoRuntime } from '../../../../src/infer/openvino/openvino-runtime.node.js';
import type { Session } from '../../../../src/infer/runtime.js';
import { createPipeline } from '../../../../src/pipeline/create-pipeline.node.js';
import { describeWith } from '../../../assets.js';
import { openVinoOptions } from '../../../openvino.js';
import { buildOpenVinoDouble, doubleModel, haveCompiler } from '../../../openvino-double.js';
import { plainAllocator } from '../plain-allocator.js';

const model = doubleModel('in x f32 1,4 out y f32 1,8');

async function open(library: string, slots: number, device = 'CPU'): Promise<Session> {
  const runtimeOptions = openVinoOptions({ library, device });
  return openVinoRuntime.open(model, 'm', { threads: 1, slots, allocator: plainAllocator, runtimeOptions });
}

describeWith('openvino where the device fails', haveCompiler, 'gcc', () => {
  it.each([1, 2])('computes what the double computes, with %d slots', async (slots) => {
    const library = await buildOpenVinoDouble();
    const session = await open(library, slots);
    for (const slot of session.slots) (slot.inputs[0]!.data as Float32Array).set([1, 0, 3, -1]);
    await Promise.all(session.slots.map((slot) => session.run(slot)));
    for (const slot of session.slots)
      expect([...slot.outputs[0]!.data]).toEqual([0.5, 0, 0.75, 0.5, 0.5, 0, 0.75, 0.5]);
    await session.close();
    expect((await OpenVinoLibrary.open(library)).live).toBe(0);
  });

  it.each([1, 2])('is lost with its device: that run and every later one, with %d slots', async (slots) => {
    const library = await buildOpenVinoDouble('lost@2');
    const session = await open(library, slots);
    const [slot] = session.slots;
    await session.run(slot!);
    for (let i = 0; i < 3; i++) {
      await expect(session.run(slot!)).rejects.toMatchObject({
        code: 'ERR_DEVICE_LOST',
        subject: 'm',
        received: expect.stringContaining('ZE_RESULT_ERROR_DEVICE_LOST'),
      });
    }
    await session.close();
    expect((await OpenVinoLibrary.open(library)).live).toBe(0);
  });

  it('fails one run, with the words of OpenVINO, and goes on', async () => {
    const session = await open(await buildOpenVinoDouble('fail@1'), 1);
    await expect(session.run(session.slots[0]!)).rejects.toMatchObject({
      code: 'ERR_RUNTIME',
      received: 'a node failed',
    });
    await session.run(session.slots[0]!);
    await session.close();
  });

  it('says that a device was lost while a model was compiled', async () => {
    const library = await buildOpenVinoDouble('lost-load');
    await expect(open(library, 1)).rejects.toMatchObject({ code: 'ERR_DEVICE_LOST' });
    expect((await OpenVinoLibrary.open(library)).live).toBe(0);
  });

  it('names devices in AUTO, and their kind in the placement', async () => {
    const library = await buildOpenVinoDouble('devices=CPU,GPU.0,GPU.1,NPU');
    for (const [device, kind] of [
      ['GPU', 'gpu'],
      ['GPU.1', 'gpu'],
      ['NPU', 'npu'],
      ['AUTO:NPU,CPU', 'cpu'],
    ] as const) {
      const session = await open(library, 1, device);
      if (!device.startsWith('AUTO')) expect(session.placement.device).toBe(kind);
      expect(session.placement.executionProvider).toContain(device);
      await session.close();
    }
    await expect(open(library, 1, 'GPU.2')).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      details: { supported: ['CPU', 'GPU.0', 'GPU.1', 'NPU'] },
    });
  });

  it('runs a frame while another is in the device, and keeps the order of results', async () => {
    const library = await buildOpenVinoDouble('slow=20 model=in:images:f32:1,3,224,384/out:output:f32:1,336,17');
    await using pipeline = await createPipeline({
      source: { type: 'synthetic' },
      model: { type: 'bundle', path: 'models/conveyor', goldenCheck: false },
      runtime: ['openvino'],
      runtimeOptions: openVinoOptions({ library }),
      execution: 'inline',
      queue: 'wait',
      frames: 6,
    });
    const frames: number[] = [];
    for await (const { frame } of pipeline.run()) frames.push(frame);
    expect(frames).toEqual([0, 1, 2, 3, 4, 5]);
    expect(pipeline.info.overlap).toEqual(['acquire', 'respond', 'preprocess', 'postprocess']);
  });
});
