import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import * as errors from '../../../src/core/error.js';

const report = { subject: 's', expected: 'e', received: 'r', remedy: 'Do x.', details: { n: 1 } };

describe('ReflexarcError', () => {
  it('says what was expected, what came and what to do', () => {
    const error = new errors.ShapeError({
      subject: 'tensor',
      expected: '[1, 3]',
      received: '[2]',
      remedy: 'Reshape it.',
    });
    expect(error.message).toBe('Expected [1, 3] for tensor, got [2]. Reshape it.');
    expect(error).toMatchObject({ name: 'ShapeError', code: 'ERR_SHAPE', subject: 'tensor' });
  });

  const classes = [
    errors.InvalidArgumentError,
    errors.ShapeError,
    errors.ClosedError,
    errors.UnsupportedError,
    errors.ModelLoadError,
    errors.InferenceError,
    errors.DeviceLostError,
    errors.KernelError,
    errors.SourceError,
    errors.SinkError,
  ];

  it.each(classes)('%o survives a message port with class, code, cause and details', async (Class) => {
    const original = new Class({ ...report, cause: new errors.KernelError(report) });
    const { port1, port2 } = new MessageChannel();
    const arrived = new Promise<errors.SerializedError>((resolve) => port2.once('message', resolve));
    port1.postMessage(errors.serializeError(original));
    const error = errors.deserializeError(await arrived) as errors.ReflexarcError;
    port1.close();
    expect(error).toBeInstanceOf(Class);
    expect(error).toMatchObject({ ...report, code: original.code, message: original.message, stack: original.stack });
    expect(error.cause).toBeInstanceOf(errors.KernelError);
  });

  it('keeps the name of an AbortError and the code of a system error', () => {
    const abort = errors.deserializeError(errors.serializeError(new DOMException('stop', 'AbortError')));
    expect(abort).toBeInstanceOf(DOMException);
    expect(abort.name).toBe('AbortError');
    const missing = Object.assign(new Error('gone'), { code: 'ENOENT' });
    expect(errors.deserializeError(errors.serializeError(missing))).toMatchObject({ message: 'gone', code: 'ENOENT' });
  });

  it('serialises what is no error', () => {
    expect(errors.serializeError('boo')).toEqual({ name: 'Error', code: undefined, message: 'boo' });
  });
});
