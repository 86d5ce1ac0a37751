import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syntheticSourceSchema } from '../../../src/core/definition.js';
import { parse } from '../../../src/core/parse.js';
import { syntheticI420, writeY4m } from '../../browser/y4m.js';

/** A camera that Chromium plays from a file: a conveyor, over and over. The caller removes the file. */
export interface FakeCamera {
  flags: string[];
  remove(): void;
}

const second = 30;

/**
 * Writes a second of the synthetic camera, which is as long as a file need be.
 * @param stillSeconds that the camera repeats its last picture after each such second, as one that hangs does.
 */
export function fakeCamera(width: number, height: number, stillSeconds = 0): FakeCamera {
  const folder = mkdtempSync(join(tmpdir(), 'reflexarc-camera-'));
  const path = join(folder, 'camera.y4m');
  const scene = parse(syntheticSourceSchema, { type: 'synthetic', width, height }, 'fake camera');
  const frames = syntheticI420(scene, second);
  const still = new Array<Uint8Array>(stillSeconds * second).fill(frames[second - 1]);
  writeY4m(path, width, height, second, [...frames, ...still]);
  return {
    flags: [
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-video-capture=${path}`,
    ],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
