import { expect, it } from 'vitest';
import { declareCamera } from '../../../src/host/camera-declaration.node.js';

it.each([
  '/dev/video0',
  '/dev/v4l/by-id/usb-046d_HD_Webcam-video-index0',
  '/dev/v4l/by-path/pci-0000:00:14.0-usb-0:1:1.0-video-index0',
])('takes a video device by any of its names: %s', async (path) => {
  const { name, info } = await declareCamera(`line=${path},size=640x480,rate=15,format=mjpeg`);
  expect(name).toBe('line');
  expect(info).toMatchObject({ type: 'camera', width: 640, height: 480, frameRate: 15, endless: true });
});

it.each([
  ['/dev/video0', 'a camera with a name'],
  ['line=/dev/video0,size=wide', 'a size of another form'],
  ['line=/dev/video0,rate=0', 'no rate'],
  ['line=/dev/video0,format=mjpeg;x', 'a format that is no name'],
  ['line=/dev/video0,loop', 'a setting of files'],
])('refuses %s: %s', async (text) => {
  await expect(declareCamera(text)).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
});
