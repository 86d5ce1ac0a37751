import { describe, expect, it } from 'vitest';
import { explain, technicalText } from '../../../examples/kiosk/failure.js';
import {
  DeviceLostError,
  type ErrorReport,
  InferenceError,
  InvalidArgumentError,
  KernelError,
  ModelLoadError,
  type ReflexarcError,
  SourceError,
  serializeError,
  UnsupportedError,
} from '../../../src/core/error.js';

const report = (details?: ErrorReport['details'], received = 'another'): ErrorReport => ({
  subject: 'the thing',
  expected: 'one thing',
  received,
  remedy: 'Do this.',
  details,
});

const cases: [ReflexarcError, title: string, first: string][] = [
  [new SourceError(report({ reason: 'permission' })), 'The camera is not allowed', 'retry'],
  [new SourceError(report({ reason: 'missing' })), 'No camera found', 'retry'],
  [new SourceError(report({ reason: 'in-use' })), 'The camera is busy', 'retry'],
  [new SourceError(report({ reason: 'constraint' })), 'The camera cannot do that', 'source'],
  [new SourceError(report({ reason: 'unplugged' })), 'The camera is gone', 'retry'],
  [new SourceError(report({ reason: 'unreadable' })), 'This file cannot be shown', 'source'],
  [new SourceError(report()), 'No picture from the source', 'retry'],
  [new UnsupportedError(report({ reason: 'insecure' })), 'The camera is not allowed', 'synthetic'],
  [new UnsupportedError(report({ reason: 'unsupported' })), 'This browser gives no pictures', 'synthetic'],
  [new UnsupportedError(report({}, 'no WebGPU adapter')), 'No WebGPU here', 'wasm'],
  [new UnsupportedError(report()), 'Not possible here', 'wasm'],
  [new ModelLoadError(report()), 'The model was refused', 'model'],
  [new ModelLoadError(report({ reason: 'memory' })), 'The model is too large', 'model'],
  [new InferenceError(report({ reason: 'memory' })), 'The model is too large', 'model'],
  [new SourceError(report({ reason: 'too-large' })), 'The picture is too large', 'source'],
  [new UnsupportedError({ ...report(), subject: 'onnx-web' }), 'A part of the program is missing or failed', 'retry'],
  [new DeviceLostError(report()), 'The worker is gone or could not start', 'retry'],
  [new KernelError(report()), 'A part of the program is missing or failed', 'retry'],
  [new InferenceError(report()), 'A part of the program is missing or failed', 'retry'],
  [new InvalidArgumentError(report()), 'A setting does not fit', 'source'],
];

describe('explain', () => {
  it.each(cases.map(([error, title, first]) => ({ error, title, first })))(
    '$title ($error.code)',
    ({ error, title, first }) => {
      const failure = explain(serializeError(error));
      expect(failure.title).toBe(title);
      expect(failure.actions[0]).toBe(first);
      expect(failure.text).toMatch(/^[A-Z].*\.$/);
    },
  );

  it('has words for errors of others', () => {
    expect(explain(serializeError(new Error('out of luck')))).toMatchObject({
      title: 'It did not work',
      text: 'Out of luck.',
    });
    expect(explain({ name: 'EncodingError', code: undefined, message: 'cannot decode' }).title).toBe(
      'This file cannot be shown',
    );
  });
});

describe('technicalText', () => {
  it('names all causes', () => {
    const error = new SourceError({ ...report(), cause: new Error('beneath', { cause: new Error('ground') }) });
    expect(technicalText(serializeError(error))).toBe(
      'SourceError ERR_SOURCE: Expected one thing for the thing, got another. Do this.\ncaused by Error: beneath\ncaused by Error: ground',
    );
  });
});
