import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { FfmpegSource } from '../../../src/acquire/ffmpeg-source.node.js';
import { FramePool } from '../../../src/core/frame-pool.js';
import { assetPath, describeWith, describeWithAssets } from '../../assets.js';

const temporary = mkdtempSync(join(tmpdir(), 'reflexarc-video-'));
afterAll(() => rmSync(temporary, { recursive: true }));
const { signal } = new AbortController();
const searchPath = process.env.PATH;
afterEach(() => {
  process.env.PATH = searchPath;
});

function haveFfmpeg(): boolean {
  try {
    execFileSync('ffmpeg', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function readAll(source: FfmpegSource, pool = new FramePool()) {
  const times: number[] = [];
  const hashes: string[] = [];
  let error: unknown;
  try {
    for (;;) {
      const frame = await source.read(pool, signal);
      if (!frame) break;
      times.push(frame.timestamp);
      hashes.push(createHash('md5').update(frame.data).digest('hex'));
      frame.close();
    }
  } catch (cause) {
    error = cause;
  }
  await source.close();
  expect(pool.openFrames).toBe(0);
  return { times, hashes, error, buffers: pool.buffersMade };
}

// ffmpeg's own hash of every frame, through its framemd5 muxer.
function reference(path: string) {
  const text = execFileSync(
    'ffmpeg',
    [
      '-v',
      'error',
      '-i',
      path,
      '-map',
      '0:v:0',
      '-fps_mode',
      'passthrough',
      '-pix_fmt',
      'rgb24',
      '-f',
      'framemd5',
      '-',
    ],
    { encoding: 'utf8' },
  );
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

function referenceHashes(path: string) {
  return reference(path).map((line) => line.split(',').at(-1)?.trim());
}

describeWithAssets('FfmpegSource', () => {
  it('gives every frame of a video once, upright, with its time', async () => {
    const path = assetPath('video/mmdet_road_demo.mp4');
    const source = await FfmpegSource.open(path);
    expect(source.info).toEqual({
      type: 'video',
      width: 1280,
      height: 720,
      frameRate: 30,
      frameCount: 67,
      endless: false,
    });
    const { times, hashes, error, buffers } = await readAll(source);
    expect(error).toBeUndefined();
    expect(times).toEqual(Array.from({ length: 67 }, (_, i) => Math.round((i * 1e6) / 30)));
    expect(hashes).toEqual(referenceHashes(path));
    expect(buffers).toBe(1);
  });

  it('turns a video as its metadata says', async () => {
    const path = assetPath('video/rotate-buck-bunny.mp4');
    const source = await FfmpegSource.open(path);
    expect(source.info).toMatchObject({ width: 1080, height: 1920, frameRate: 24 });
    const { times, hashes } = await readAll(source);
    expect(hashes).toEqual(referenceHashes(path));
    // Its sound begins two frames before its picture.
    expect(times.slice(0, 3)).toEqual([83333, 125000, 166667]);
  });

  it('passes over frames and goes on with the right one', async () => {
    const path = assetPath('video/frames_numbered.webm');
    const all = referenceHashes(path);
    const source = await FfmpegSource.open(path);
    const pool = new FramePool();
    expect(await source.skip(40, signal)).toBe(40);
    const frame = await source.read(pool, signal);
    expect([frame?.id, frame?.timestamp]).toEqual([40, 1333000]);
    expect(
      createHash('md5')
        .update(frame?.data ?? '')
        .digest('hex'),
    ).toBe(all[40]);
    frame?.close();
    expect(await source.skip(1000, signal)).toBe(59);
    expect(await source.read(pool, signal)).toBeUndefined();
    await source.close();
  });

  it('gives the good frames of a damaged video, then what ffmpeg said', async () => {
    const path = assetPath('video/mmdet_road_demo.mp4');
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 150_000, 152_000);
    const broken = join(temporary, 'broken.mp4');
    writeFileSync(broken, bytes);
    const { hashes, error } = await readAll(await FfmpegSource.open(broken));
    expect(hashes.length).toBeGreaterThan(20);
    expect(hashes.length).toBeLessThan(67);
    expect(hashes).toEqual(referenceHashes(path).slice(0, hashes.length));
    expect(error).toMatchObject({ code: 'ERR_SOURCE', details: { frames: hashes.length } });
  });

  it('notices a container that ends early although ffmpeg reports success', async () => {
    const bytes = readFileSync(assetPath('video/vtest_f000-399.webm'));
    const cut = join(temporary, 'cut.webm');
    writeFileSync(cut, bytes.subarray(0, 400_000));
    const { hashes, error } = await readAll(await FfmpegSource.open(cut));
    expect(hashes.length).toBeGreaterThan(0);
    expect(error).toMatchObject({ code: 'ERR_SOURCE', received: expect.stringContaining('prematurely') });
  });

  it('says what is missing where there is no ffmpeg', async () => {
    process.env.PATH = temporary;
    await expect(FfmpegSource.open(assetPath('video/mmdet_road_demo.mp4'))).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      expected: 'ffprobe on the PATH',
      remedy: expect.stringContaining('apt install ffmpeg'),
    });
  });

  it('says so where there is ffprobe, but no ffmpeg', async () => {
    const tools = join(temporary, 'tools');
    mkdirSync(tools);
    symlinkSync(execFileSync('which', ['ffprobe'], { encoding: 'utf8' }).trim(), join(tools, 'ffprobe'));
    process.env.PATH = tools;
    const source = await FfmpegSource.open(assetPath('video/mmdet_road_demo.mp4'));
    await expect(source.read(new FramePool(), signal)).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      expected: 'ffmpeg on the PATH',
    });
    await source.close();
  });

  it('ends the process on abort and on close, in the middle of the video', async () => {
    const path = assetPath('video/vtest_f000-399.webm');
    const pool = new FramePool();
    const reason = new Error('enough');
    const source = await FfmpegSource.open(path);
    (await source.read(pool, signal))?.close();
    const controller = new AbortController();
    const skipping = source.skip(1e9, controller.signal);
    controller.abort(reason);
    await expect(skipping).rejects.toBe(reason);
    await expect(source.read(pool, signal)).rejects.toBe(reason);
    await source.close();
    const other = await FfmpegSource.open(path);
    (await other.read(pool, signal))?.close();
    await other.close();
    await expect(other.read(pool, signal)).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    expect(pool.openFrames).toBe(0);
    const running = execFileSync('ps', ['-eo', 'ppid,comm'], { encoding: 'utf8' });
    expect(running.split('\n').filter((line) => line.trim() === `${process.pid} ffmpeg`)).toEqual([]);
  });

  it('lets ffmpeg wait instead of reading ahead', async () => {
    const source = await FfmpegSource.open(assetPath('video/frames_numbered.webm'));
    const before = process.memoryUsage().rss;
    (await source.read(new FramePool(), signal))?.close();
    await new Promise((resolve) => setTimeout(resolve, 500));
    // 99 frames of 3.5 MB would be 340 MB.
    expect(process.memoryUsage().rss - before).toBeLessThan(60e6);
    await source.close();
  });
});

describeWith('FfmpegSource without assets', haveFfmpeg(), 'ffmpeg', () => {
  it('reads names that look like options or URLs as names', async () => {
    const path = join(temporary, '-i http:x.avi');
    execFileSync('ffmpeg', [
      '-v',
      'error',
      '-f',
      'lavfi',
      '-i',
      'testsrc=s=32x16:d=0.2:r=10',
      '-c:v',
      'ffv1',
      `file:${path}`,
    ]);
    const { times, hashes } = await readAll(await FfmpegSource.open(path));
    expect(times).toEqual([0, 100_000]);
    expect(hashes).toEqual(referenceHashes(`file:${path}`));
  });

  it('refuses what is missing, a folder, a text and a sound', async () => {
    const text = join(temporary, 'text.mp4');
    writeFileSync(text, 'hello');
    const sound = join(temporary, 'sound.wav');
    execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'sine=d=0.1', sound]);
    const source = { code: 'ERR_SOURCE' };
    await expect(FfmpegSource.open(join(temporary, 'none.mp4'))).rejects.toMatchObject(source);
    await expect(FfmpegSource.open(temporary)).rejects.toMatchObject({ ...source, received: 'no file' });
    await expect(FfmpegSource.open(text)).rejects.toMatchObject({
      ...source,
      received: expect.stringContaining('Invalid data'),
    });
    await expect(FfmpegSource.open(sound)).rejects.toMatchObject({
      ...source,
      received: 'a file without a video stream',
    });
  });

  it('opens no playlist that leads to the network', async () => {
    const list = join(temporary, 'list.m3u8');
    writeFileSync(list, '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n');
    await expect(FfmpegSource.open(list)).rejects.toMatchObject({ code: 'ERR_SOURCE' });
  });
});
