import { describe, expect, it } from 'vitest';
import { mediaFailure, noMediaDevices } from '../../../src/acquire/media-error.web.js';
import { SourceError } from '../../../src/core/error.js';

describe('what a browser says of a camera', () => {
  it.each([
    ['NotAllowedError', 'permission'],
    ['SecurityError', 'permission'],
    ['NotFoundError', 'missing'],
    ['NotReadableError', 'in-use'],
    ['AbortError', 'in-use'],
    ['InvalidStateError', 'gesture'],
    ['TypeError', 'constraint'],
    ['WeirdError', 'unreadable'],
  ])('%s becomes one clear error (%s)', (name, reason) => {
    for (const kind of ['camera', 'screen'] as const) {
      const cause = new DOMException('Could not start video source.', name);
      const error = mediaFailure(kind, cause) as SourceError;
      expect(error).toMatchObject({ code: 'ERR_SOURCE', subject: kind, details: { reason }, cause });
      expect(error.received).toContain('("Could not start video source")');
      expect(error.remedy).toMatch(/\.$/);
    }
  });

  it('names the constraint that no camera meets, what was asked, and what to do', () => {
    const cause = Object.assign(new Error(''), { name: 'OverconstrainedError', constraint: 'frameRate' });
    const error = mediaFailure('camera', cause, { frameRate: 240, width: 640 }) as SourceError;
    expect(error.message).toBe(
      'Expected 240 for camera: frameRate, got no camera that has it. Leave frameRate out, or ask listCameras() for what there is.',
    );
    // Some browsers do not say which.
    const unnamed = mediaFailure('camera', { ...cause, name: 'OverconstrainedError', constraint: '' }, { width: 640 });
    expect(unnamed).toMatchObject({ subject: 'camera', expected: 'width 640' });
  });

  it('our own errors pass', () => {
    const own = new SourceError({ subject: 'a', expected: 'b', received: 'c' });
    expect(mediaFailure('camera', own)).toBe(own);
  });

  it('an insecure page is told so', () => {
    expect(noMediaDevices('camera')).toMatchObject({
      code: 'ERR_UNSUPPORTED',
      expected: 'a secure page (https, or localhost)',
      details: { reason: 'insecure' },
    });
  });
});
