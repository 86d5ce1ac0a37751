import { writeFileSync } from 'node:fs';
import { createScene } from '../../src/acquire/synthetic/scene.js';
import { toI420 } from './i420.js';

/** Writes 4:2:0 frames as YUV4MPEG2, which Chromium's fake camera plays in a loop. */
export function writeY4m(path: string, width: number, height: number, frameRate: number, frames: Uint8Array[]): void {
  const parts = [Buffer.from(`YUV4MPEG2 W${width} H${height} F${frameRate}:1 Ip A1:1 C420jpeg\n`)];
  for (const frame of frames) parts.push(Buffer.from('FRAME\n'), Buffer.from(frame));
  writeFileSync(path, Buffer.concat(parts));
}

/** Frames of the synthetic camera, as planes Y, U, V of BT.601 in limited range, chroma averaged over 2 × 2 px. */
export function syntheticI420(options: Parameters<typeof createScene>[0], count: number): Uint8Array[] {
  const scene = createScene(options);
  const { width, height } = scene;
  const rgba = new Uint8Array(width * height * 4);
  return Array.from({ length: count }, (_, index) => {
    scene.render(index, rgba);
    return toI420(rgba, width, height);
  });
}
