import { describe, expect, it } from 'vitest';
import { DeviceLostError, ModelLoadError } from '../../../src/core/error.js';
import { openInTurn } from '../../../src/host/open-in-turn.js';

const never = new AbortController().signal;
const lost = new DeviceLostError({ subject: 'child', expected: 'one that runs', received: 'one that died' });
const refused = new ModelLoadError({ subject: 'model', expected: 'one of its own', received: 'another' });

describe('opening runtimes in turn', () => {
  it('gives the first that opens, and what the one before it said', async () => {
    const asked: number[] = [];
    const open = async (position: number) => {
      asked.push(position);
      if (position < 2) throw position === 0 ? lost : refused;
      return 'opened';
    };
    const opened = await openInTurn(['openvino', 'onnx-native', 'onnx-web'], open, { subject: 'model', signal: never });
    expect(opened).toEqual({ opened: 'opened', position: 2, failure: refused });
    expect(asked).toEqual([0, 1, 2]);
    const only = await openInTurn(['onnx-web'], async () => 1, { subject: 'model', signal: never });
    expect(only).toEqual({ opened: 1, position: 0, failure: undefined });
  });

  it('tries again what died, never what refused', async () => {
    const asked: number[] = [];
    const open = async (position: number) => {
      asked.push(position);
      if (position === 0) throw refused;
      if (asked.length < 3) throw lost;
      return 'opened';
    };
    const options = { subject: 'model', retries: 2, signal: never };
    await expect(openInTurn(['openvino', 'onnx-web'], open, options)).resolves.toMatchObject({ position: 1 });
    expect(asked).toEqual([0, 1, 1]);
  });

  it('throws what the only one said, and of several what each said', async () => {
    const fail = async (position: number): Promise<never> => {
      throw position === 0 ? lost : refused;
    };
    const options = { subject: 'model', signal: never };
    await expect(openInTurn(['onnx-web'], fail, options)).rejects.toBe(lost);
    await expect(openInTurn(['openvino', 'onnx-web'], fail, options)).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      details: {
        tried: [
          { runtime: 'openvino', code: 'ERR_DEVICE_LOST' },
          { runtime: 'onnx-web', code: 'ERR_MODEL_LOAD' },
        ],
      },
    });
  });

  it('ends with the reason when it is aborted', async () => {
    const controller = new AbortController();
    const open = async (): Promise<never> => {
      controller.abort(new Error('enough'));
      throw lost;
    };
    const options = { subject: 'model', retries: 5, signal: controller.signal };
    await expect(openInTurn(['openvino', 'onnx-web'], open, options)).rejects.toThrow('enough');
  });
});
