import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tryVideoDevice } from '../../../src/acquire/try-video-device.node.js';

const usualPath = process.env.PATH;

describe('a picture of a video device', () => {
  let folder: string;
  const ffmpegThat = (does: string) => {
    writeFileSync(join(folder, 'ffmpeg'), `#!/bin/sh\n${does}\n`);
    chmodSync(join(folder, 'ffmpeg'), 0o755);
    process.env.PATH = `${folder}:${usualPath}`;
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'reflexarc-try-'));
  });
  afterEach(() => {
    process.env.PATH = usualPath;
    rmSync(folder, { recursive: true });
  });

  it('is waited for as long as was said', async () => {
    ffmpegThat('exec sleep 60');
    await expect(tryVideoDevice('/dev/null', { timeoutMs: 300 })).rejects.toMatchObject({
      code: 'ERR_SOURCE',
      received: 'none in 0.3 s',
    });
  });

  it('is waited for no longer than the caller wants', async () => {
    ffmpegThat('exec sleep 60');
    const reason = new Error('enough');
    const stop = new AbortController();
    setTimeout(() => stop.abort(reason), 100);
    await expect(tryVideoDevice('/dev/null', { signal: stop.signal })).rejects.toBe(reason);
  });

  it.each([
    ['ioctl(VIDIOC_STREAMON): Device or resource busy', 'busy'],
    ['Not a video capture device.\\n/dev/video1: No such device', 'no-camera'],
    ['ioctl(VIDIOC_G_INPUT): Inappropriate ioctl for device', 'no-camera'],
    ['Cannot open video device /dev/video1: Permission denied', 'permission'],
    ['ioctl(VIDIOC_STREAMON): No space left on device', undefined],
  ])('fails with what ffmpeg says: %s', async (words, fault) => {
    ffmpegThat(`printf '${words}\\n' >&2; exit 1`);
    const failure = await tryVideoDevice('/dev/null').catch((error) => error);
    expect([failure.code, failure.details.fault]).toEqual(['ERR_SOURCE', fault]);
    if (fault === undefined) expect(failure.received).toContain(words);
  });

  it('is missing where the stream has none', async () => {
    ffmpegThat("printf '#dimensions 0: 640x480\\n'; echo 'Output file is empty' >&2");
    await expect(tryVideoDevice('/dev/null')).rejects.toMatchObject({ received: '"Output file is empty"' });
  });

  it('comes of no device that is not there', async () => {
    await expect(tryVideoDevice(join(folder, 'video0'))).rejects.toMatchObject({ received: 'no such device' });
  });
});
