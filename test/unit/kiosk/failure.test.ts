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

const leftOut = new UnsupportedError({
  ...report({ supported: ['wasm'] }, 'an application that was built without WebGPU'),
  subject: 'execution provider webgpu',
});

type Source = Parameters<typeof explain>[1];

const cases: [ReflexarcError, title: string, first: string, source?: Source][] = [
  [new SourceError(report({ reason: 'permission' })), 'The camera is not allowed', 'retry', 'camera'],
  [new SourceError(report({ reason: 'missing' })), 'No camera found', 'retry', 'camera'],
  [new SourceError(report({ reason: 'in-use' })), 'The camera is busy', 'retry', 'camera'],
  [new SourceError(report({ reason: 'constraint' })), 'The camera cannot do that', 'source', 'camera'],
  [new SourceError(report({ reason: 'unplugged' })), 'The camera is gone', 'retry', 'camera'],
  [new SourceError(report({ reason: 'unreadable' })), 'The camera does not work', 'retry', 'camera'],
  [new SourceError(report({ reason: 'unreadable' })), 'This file cannot be shown', 'source', 'file'],
  [new SourceError(report({ reason: 'no-picture' })), 'This file has no picture', 'source', 'file'],
  [new SourceError(report()), 'No picture from the source', 'retry'],
  [new UnsupportedError(report({ reason: 'insecure' })), 'The camera is not allowed', 'synthetic', 'camera'],
  [new UnsupportedError(report({ reason: 'insecure' })), 'This page gets no pictures', 'synthetic', 'file'],
  [new UnsupportedError(report({ reason: 'unsupported' })), 'This browser gives no pictures', 'synthetic', 'camera'],
  [new UnsupportedError(report({ reason: 'unsupported' })), 'This browser gives no pictures', 'synthetic', 'file'],
  [new UnsupportedError(report({ reason: 'gpu' })), 'No WebGPU here', 'wasm'],
  [new UnsupportedError(report()), 'Not possible here', 'wasm'],
  [new ModelLoadError(report()), 'The model was refused', 'model'],
  [new ModelLoadError(report({ reason: 'memory' })), 'The model is too large', 'model'],
  [new InferenceError(report({ reason: 'memory' })), 'The model is too large', 'model'],
  [new SourceError(report({ reason: 'too-large' })), 'The picture is too large', 'source', 'file'],
  [new KernelError(report({ reason: 'too-large' })), 'The picture is too large', 'source', 'camera'],
  [new UnsupportedError({ ...report(), subject: 'onnx-web' }), 'A part of the program is missing or failed', 'retry'],
  [leftOut, 'A part of the program is missing or failed', 'retry'],
  [new DeviceLostError(report()), 'The worker is gone or could not start', 'retry'],
  [new KernelError(report()), 'A part of the program is missing or failed', 'retry'],
  [new InferenceError(report()), 'A part of the program is missing or failed', 'retry'],
  [new InvalidArgumentError(report()), 'A setting does not fit', 'source'],
];

describe('explain', () => {
  it.each(cases.map(([error, title, first, source = 'synthetic']) => ({ error, title, first, source })))(
    '$title ($error.code, $source)',
    ({ error, title, first, source }) => {
      const failure = explain(serializeError(error), source);
      expect(failure.title).toBe(title);
      expect(failure.actions[0]).toBe(first);
      expect(failure.text).toMatch(/^[A-Z].*\.$/);
    },
  );

  it('speaks of a camera where one is the source, and only there', () => {
    for (const reason of ['unreadable', 'unsupported', 'insecure', 'too-large']) {
      const words = (source: Source) =>
        JSON.stringify(explain(serializeError(new SourceError(report({ reason }))), source));
      expect(words('camera')).not.toMatch(/file|JPEG/);
      expect(words('file')).not.toMatch(/camera/i);
    }
  });

  it('explains what the last of several execution providers said', () => {
    const noAdapter = new UnsupportedError({ ...report({ reason: 'gpu' }), subject: 'execution provider webgpu' });
    const missing = new UnsupportedError({ ...report(undefined, 'status 404'), subject: 'onnx-web' });
    const both = (cause: ReflexarcError) =>
      explain(
        serializeError(
          new UnsupportedError({
            ...report({ tried: [{}, {}] }, 'webgpu: no WebGPU adapter · wasm: status 404'),
            cause,
          }),
        ),
        'synthetic',
      );
    expect(both(missing)).toMatchObject({
      title: 'A part of the program is missing or failed',
      text: 'Onnx-web: status 404.',
    });
    expect(both(noAdapter).title).toBe('No WebGPU here');
  });

  it('has words for errors of others', () => {
    expect(explain(serializeError(new Error('out of luck')), 'camera')).toMatchObject({
      title: 'It did not work',
      text: 'Out of luck.',
    });
    expect(explain({ name: 'EncodingError', code: undefined, message: 'cannot decode' }, 'file').title).toBe(
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
