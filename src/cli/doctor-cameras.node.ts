import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { tryVideoDevice } from '../acquire/try-video-device.node.js';
import type { VideoDeviceFault } from '../acquire/video-device-failure.js';
import { deserializeError, ReflexarcError, SourceError } from '../core/error.js';
import { FramePool } from '../core/frame-pool.js';
import { declareCamera } from '../host/camera-declaration.node.js';
import { findHost } from '../host/token-file.node.js';
import { examinePart, type PartReport } from './part-report.js';

/** Which cameras are looked at. */
export interface CameraPlaces {
  /** Folder of the video devices. */
  devices: string;
  /** Cameras as `reflexarc host --camera` declares them. */
  declared: readonly string[];
  /** Of the host that may use one. */
  tokenFile: string;
}

/**
 * Takes a picture of each camera that is declared, in the mode that it is declared with, and of each other video device, one after
 * the other, because they may share a bus: some 6 s each at most. Devices that give no pictures by nature are only named.
 */
export async function examineCameras(
  { devices, declared, tokenFile }: CameraPlaces,
  signal = new AbortController().signal,
): Promise<PartReport[]> {
  const cameras: PartReport[] = [];
  const others: string[] = [];
  for (const text of declared) {
    const find = () => openDeclared(text, signal).catch((error) => explain(error, tokenFile));
    cameras.push(await examinePart(`host: camera ${text}`, 'Declare it otherwise.', find));
  }
  for (const path of await videoDevices(devices)) {
    if (declared.some((text) => sourceOf(text) === path)) continue;
    let isCamera = true;
    const part = await examinePart(`host: camera ${path}`, 'Plug it in anew.', async () => {
      try {
        const { width, height } = await tryVideoDevice(path, { signal });
        return `opened, and gave a picture of ${width}x${height} px in the mode that it was in`;
      } catch (error) {
        isCamera = faultOf(error) !== 'no-camera';
        return explain(error, tokenFile);
      }
    });
    if (isCamera) cameras.push(part);
    else others.push(path);
  }
  const without = others.length > 0 ? `; give no pictures: ${others.join(', ')}` : '';
  const found = cameras.length > 0 ? `tried: ${cameras.length}${without}` : `no video device${without}`;
  return [...cameras, await examinePart('host: cameras', 'Plug one in.', async () => found)];
}

async function videoDevices(folder: string): Promise<string[]> {
  const order = new Intl.Collator('en', { numeric: true });
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^video\d+$/.test(name));
  return names.sort(order.compare).map((name) => join(folder, name));
}

function sourceOf(declared: string): string {
  return declared.slice(declared.indexOf('=') + 1).split(',', 1)[0];
}

// As a host opens it for the first page that asks.
async function openDeclared(text: string, signal: AbortSignal): Promise<string> {
  const camera = await declareCamera(text);
  const end = () => void camera.close?.();
  signal.addEventListener('abort', end, { once: true });
  try {
    const source = await camera.open(() => {});
    try {
      const frame = await source.read(new FramePool(), signal);
      if (!frame || !('close' in frame)) {
        if (frame) throw deserializeError(frame.error);
        throw new SourceError({ subject: text, expected: 'pictures', received: 'none' });
      }
      using _frame = frame;
      return `opened as declared, and gave a picture of ${frame.codedWidth}x${frame.codedHeight} px`;
    } finally {
      await source.close();
    }
  } finally {
    signal.removeEventListener('abort', end);
    await camera.close?.();
  }
}

function faultOf(error: unknown): VideoDeviceFault | undefined {
  return error instanceof ReflexarcError ? (error.details.fault as VideoDeviceFault | undefined) : undefined;
}

// A host's camera is in use while pages see it, and that is as it should be.
async function explain(error: unknown, tokenFile: string): Promise<never> {
  const host = faultOf(error) === 'busy' && (await findHost(tokenFile).catch(() => undefined));
  if (!host) throw error;
  const { subject, expected, received, details, remedy } = error as SourceError;
  throw new SourceError({
    subject,
    expected,
    received,
    remedy: `All is well if the host that runs (pid ${host.pid}) reads it. ${remedy}`,
    details,
    cause: error,
  });
}
