import { writeFileSync } from 'node:fs';
import { createScene } from '../../src/acquire/synthetic/scene.js';

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

function toI420(rgba: Uint8Array, width: number, height: number): Uint8Array {
  const half = width / 2;
  const planes = new Uint8Array((width * height * 3) / 2);
  const chroma = new Float64Array(half * (height / 2) * 2);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [r, g, b] = rgba.subarray((y * width + x) * 4);
      const luma = 0.299 * r + 0.587 * g + 0.114 * b;
      planes[y * width + x] = Math.round(16 + (luma * 219) / 255);
      const at = ((y >> 1) * half + (x >> 1)) * 2;
      chroma[at] += (b - luma) / 1.772 / 4;
      chroma[at + 1] += (r - luma) / 1.402 / 4;
    }
  }
  const uStart = width * height;
  const vStart = uStart + uStart / 4;
  for (let i = 0; i < uStart / 4; i++) {
    planes[uStart + i] = Math.round(128 + (chroma[2 * i] * 224) / 255);
    planes[vStart + i] = Math.round(128 + (chroma[2 * i + 1] * 224) / 255);
  }
  return planes;
}
