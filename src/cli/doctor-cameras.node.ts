import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { tryVideoDevice } from '../acquire/try-video-device.node.js';
import type { VideoDeviceFault } from '../acquire/video-device-failure.js';
import { ReflexarcError, SourceError } from '../core/error.js';
import { findHost } from '../host/token-file.node.js';
import { examinePart, type PartReport } from './part-report.js';

/**
 * Takes a picture of each video device of a folder, one after the other, because they may share a bus: 6 s each at most.
 * Devices that give no pictures by nature are only named. @param tokenFile of the host that may use one.
 */
export async function examineCameras(folder: string, tokenFile: string, signal?: AbortSignal): Promise<PartReport[]> {
  const order = new Intl.Collator('en', { numeric: true });
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^video\d+$/.test(name)).sort(order.compare);
  const cameras: PartReport[] = [];
  const others: string[] = [];
  for (const path of names.map((name) => join(folder, name))) {
    let isCamera = true;
    const part = await examinePart(`host: camera ${path}`, 'Plug it in anew.', async () => {
      try {
        const { width, height } = await tryVideoDevice(path, { signal });
        return `opened, and gave a picture of ${width}x${height} px in the mode that it was in`;
      } catch (error) {
        isCamera = faultOf(error) !== 'no-camera';
        throw faultOf(error) === 'busy' ? await heldBy(path, error as SourceError, tokenFile) : error;
      }
    });
    if (isCamera) cameras.push(part);
    else others.push(path);
  }
  const without = others.length > 0 ? `; give no pictures: ${others.join(', ')}` : '';
  const found = cameras.length > 0 ? `tried: ${cameras.length}${without}` : `no video device${without}`;
  return [...cameras, await examinePart('host: cameras', 'Plug one in.', async () => found)];
}

function faultOf(error: unknown): VideoDeviceFault | undefined {
  return error instanceof ReflexarcError ? (error.details.fault as VideoDeviceFault | undefined) : undefined;
}

// A host's camera is in use while pages see it, and that is as it should be.
async function heldBy(path: string, error: SourceError, tokenFile: string): Promise<SourceError> {
  const host = await findHost(tokenFile).catch(() => undefined);
  if (!host) return error;
  const { subject, expected, received, details, cause } = error;
  const remedy = `All is well if the host that runs (pid ${host.pid}) reads it. Else end the program that does: fuser -v ${path}`;
  return new SourceError({ subject, expected, received, remedy, details, cause });
}
