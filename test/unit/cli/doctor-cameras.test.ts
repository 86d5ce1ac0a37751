import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { examineCameras } from '../../../src/cli/doctor-cameras.node.js';
import type { PartReport } from '../../../src/cli/part-report.js';
import { standInForVideoDevice, type VideoDeviceStandIn } from '../../v4l2-stand-in.js';

const usualPath = process.env.PATH;

describe('what doctor says of cameras', () => {
  let folder: string;
  let standIn: VideoDeviceStandIn | undefined;
  const path = (name: string) => join(folder, name);
  const examine = (...declared: string[]): Promise<PartReport[]> =>
    examineCameras({ devices: folder, declared, tokenFile: path('host.json') });
  // A character device, as video devices are; what it gives, the stand-in says.
  const plugIn = (name: string) => symlinkSync('/dev/null', path(name));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'reflexarc-dev-'));
  });
  afterEach(() => {
    process.env.PATH = usualPath;
    standIn?.[Symbol.dispose]();
    standIn = undefined;
    rmSync(folder, { recursive: true });
  });

  it('takes a picture of each, and leaves none open', async () => {
    standIn = standInForVideoDevice();
    process.env.PATH = standIn.path;
    for (const name of ['video10', 'video2', 'vhost-net']) plugIn(name);
    const parts = await examine();
    expect(parts.map(({ id, status }) => [id, status])).toEqual([
      [`host: camera ${path('video2')}`, 'works'],
      [`host: camera ${path('video10')}`, 'works'],
      ['host: cameras', 'works'],
    ]);
    expect(parts[0].found).toMatch(/gave a picture of 640x480 px/);
    expect(standIn.openings).toBe(2);
  });

  it('says of a camera in use that it is', async () => {
    standIn = standInForVideoDevice();
    process.env.PATH = standIn.path;
    standIn.unplug('Device or resource busy');
    plugIn('video0');
    const [camera] = await examine();
    expect(camera).toMatchObject({
      status: 'unavailable',
      problem: expect.stringContaining('one that is in use'),
      remedy: `End the program that uses it: fuser -v ${path('video0')}`,
    });
  });

  it('says that the host may be what uses it', async () => {
    standIn = standInForVideoDevice();
    process.env.PATH = standIn.path;
    standIn.unplug('Device or resource busy');
    plugIn('video0');
    const host = createServer((_, response) => response.writeHead(204).end()).listen(0, '127.0.0.1');
    await new Promise((resolve) => host.once('listening', resolve));
    const { port } = host.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/`;
    writeFileSync(
      path('host.json'),
      JSON.stringify({ url, port, pid: process.pid, token: 'x'.repeat(43), store: '/' }),
    );
    const [camera] = await examine();
    host.close();
    expect(camera.status).toBe('unavailable');
    expect(camera.remedy).toContain(`All is well if the host that runs (pid ${process.pid}) reads it`);
  });

  it('opens a camera as it is declared, and not once more', async () => {
    standIn = standInForVideoDevice();
    process.env.PATH = standIn.path;
    const [line, ...others] = await examine('line=/dev/video7,size=320x240,rate=20');
    expect(line).toMatchObject({ id: 'host: camera line=/dev/video7,size=320x240,rate=20', status: 'works' });
    expect(line.found).toMatch(/as declared, and gave a picture of 320x240 px/);
    expect(others).toHaveLength(1);
    expect(standIn.openings).toBe(1);
  });

  it('names a mode that a declared camera has not', async () => {
    standIn = standInForVideoDevice('The V4L2 driver changed the video from 320x240 to 640x480');
    process.env.PATH = standIn.path;
    const [line] = await examine('line=/dev/video7,size=320x240,rate=20');
    expect(line).toMatchObject({ status: 'unavailable', problem: expect.stringContaining('to 640x480') });
  });

  it('says what is wrong with a declaration', async () => {
    const [line, belt] = await examine('line=/dev/video7,size=big', 'belt=synthetic,width=320,height=240');
    expect(line).toMatchObject({ status: 'unavailable', problem: expect.stringContaining('WIDTHxHEIGHT') });
    expect(belt).toMatchObject({ status: 'works', found: expect.stringContaining('320x240 px') });
  });

  it('takes no file for a camera', async () => {
    writeFileSync(path('video0'), '');
    const [camera] = await examine();
    expect(camera).toMatchObject({ status: 'unavailable', problem: expect.stringContaining('got a file') });
  });

  it('names devices that are no cameras, and asks nothing of them', async () => {
    // The real ffmpeg, on a real device.
    plugIn('video0');
    expect(await examine()).toEqual([
      {
        id: 'host: cameras',
        status: 'works',
        found: `no video device; give no pictures: ${path('video0')}`,
        problem: null,
        remedy: null,
      },
    ]);
  });

  it('says where ffmpeg is missing', async () => {
    plugIn('video0');
    process.env.PATH = folder;
    const [camera] = await examine();
    expect(camera).toMatchObject({ status: 'unavailable', remedy: expect.stringContaining('Install FFmpeg') });
  });
});
