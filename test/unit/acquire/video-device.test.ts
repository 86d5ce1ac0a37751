import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { VideoDevice, type VideoDeviceNews } from '../../../src/acquire/video-device.node.js';
import type { SourceError } from '../../../src/core/error.js';
import { Frame } from '../../../src/core/frame.js';
import { FramePool } from '../../../src/core/frame-pool.js';
import { standInForVideoDevice, type VideoDeviceStandIn } from '../../v4l2-stand-in.js';

const settings = { path: '/dev/video9', width: 320, height: 240, frameRate: 20 };
const never = new AbortController().signal;
const usualPath = process.env.PATH;
let standIn: VideoDeviceStandIn;
let device: VideoDevice;

function plugIn(change?: string) {
  standIn = standInForVideoDevice(change);
  process.env.PATH = standIn.path;
  device = new VideoDevice(settings);
}

afterEach(async () => {
  await device.close();
  process.env.PATH = usualPath;
  standIn[Symbol.dispose]();
});

async function read(source: Awaited<ReturnType<VideoDevice['open']>>, pool = new FramePool()): Promise<Frame> {
  const frame = await source.read(pool, never);
  if (!(frame instanceof Frame)) throw new Error('no frame');
  return frame;
}

const said = async (news: VideoDeviceNews[], wanted: VideoDeviceNews) => {
  for (let tries = 0; !news.includes(wanted); tries++) {
    if (tries > 400) throw new Error(`no "${wanted}" among ${news}`);
    await new Promise((done) => setTimeout(done, 50));
  }
};

describe('a video device', () => {
  it('gives the pixels that ffmpeg gives, ids that count what was missed, and times that grow', async () => {
    plugIn();
    const source = await device.open(() => {});
    expect(source.info).toEqual({
      type: 'camera',
      width: 320,
      height: 240,
      frameRate: 20,
      endless: true,
      captureTime: 'driver',
    });
    using first = await read(source);
    expect([first.id, first.timestamp, first.format]).toEqual([0, 0, 'RGB']);
    const all = execFileSync(
      'ffmpeg',
      '-v error -f lavfi -i testsrc2=size=320x240:rate=20 -frames:v 40 -f rawvideo -pix_fmt rgb24 pipe:1'.split(' '),
      { maxBuffer: 1 << 28 },
    );
    const index = (frame: Frame) =>
      Array.from({ length: 40 }, (_, i) => i).find((i) =>
        all.subarray(i * frame.data.length, (i + 1) * frame.data.length).equals(frame.data),
      );
    const at = index(first);
    expect(at).toBeDefined();
    await new Promise((done) => setTimeout(done, 400));
    using later = await read(source);
    expect(later.id).toBeGreaterThan(4);
    expect(index(later)).toBe((at as number) + later.id);
    expect(source.missed).toBe(later.id - 1);
    expect(later.timestamp).toBeGreaterThan(300_000);
    await source.close();
    expect(device.state).toBe('unknown');
  });

  it('is opened once for two readers, and closed with the last', async () => {
    plugIn();
    const one = await device.open(() => {});
    const other = await device.open(() => {});
    (await read(one)).close();
    (await read(other)).close();
    expect(standIn.openings).toBe(1);
    await one.close();
    using frame = await read(other);
    expect(frame.id).toBeGreaterThanOrEqual(1);
    await other.close();
  });

  it('is lost when it is unplugged, looked for, and found again', async () => {
    plugIn();
    const news: VideoDeviceNews[] = [];
    const source = await device.open((told) => news.push(told));
    using before = await read(source);
    standIn.unplug();
    await said(news, 'lost');
    expect(device.state).toBe('lost');
    standIn.plug();
    await said(news, 'resumed');
    using after = await read(source);
    expect(after.id).toBeGreaterThan(before.id);
    expect(after.timestamp).toBeGreaterThan(before.timestamp);
    // Its end and what keeps it from being opened again are two reasons.
    expect([...new Set(news)]).toEqual(['lost', 'resumed']);
    expect(device.state).toBe('working');
  });

  it('says why it is lost, and anew when that is another reason', async () => {
    plugIn();
    const reasons: unknown[] = [];
    const source = await device.open((news, error) => news === 'lost' && reasons.push((error as SourceError).received));
    (await read(source)).close();
    standIn.unplug();
    await expect.poll(() => reasons.at(-1), { timeout: 10_000 }).toBe('no such device');
    const before = reasons.length;
    standIn.unplug('Device or resource busy');
    await expect.poll(() => reasons.at(-1), { timeout: 10_000 }).toBe('one that is in use');
    expect(reasons.length).toBe(before + 1);
    standIn.plug();
    (await read(source)).close();
  });

  it('stalls when it gives nothing, and is opened anew when that lasts', async () => {
    plugIn();
    const news: VideoDeviceNews[] = [];
    const source = await device.open((told) => news.push(told));
    (await read(source)).close();
    standIn.freeze();
    await said(news, 'stalled');
    await said(news, 'resumed');
    expect(news.filter((told) => told !== 'lost')).toEqual(['stalled', 'resumed']);
    expect(standIn.openings).toBe(2);
  });

  it.each([
    ['No such file or directory', 'no such device'],
    ['Device or resource busy', 'one that is in use'],
    ['Permission denied', 'no permission to read it'],
  ])('says what to do: %s', async (message, received) => {
    plugIn();
    standIn.unplug(message);
    await expect(device.open(() => {})).rejects.toMatchObject({ code: 'ERR_SOURCE', received });
    standIn.plug();
    // The next attempt does not remember it.
    (await read(await device.open(() => {}))).close();
  });

  it('refuses another mode than was asked for', async () => {
    plugIn('The V4L2 driver changed the video from 320x240 to 640x480');
    await expect(device.open(() => {})).rejects.toMatchObject({
      code: 'ERR_SOURCE',
      received: expect.stringContaining('from 320x240 to 640x480'),
    });
  });

  it('ends a wait when its signal says so', async () => {
    plugIn();
    const source = await device.open(() => {});
    (await read(source)).close();
    standIn.unplug();
    const stop = new AbortController();
    const waiting = (async () => {
      for (;;) ((await source.read(new FramePool(), stop.signal)) as Frame).close();
    })();
    setTimeout(() => stop.abort(new Error('enough')), 200);
    await expect(waiting).rejects.toThrow('enough');
  });
});
