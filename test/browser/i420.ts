/** RGBA as planes Y, U, V of BT.601 in limited range, chroma averaged over 2 × 2 px; sides are even. */
export function toI420(rgba: Uint8Array, width: number, height: number): Uint8Array {
  const half = width / 2;
  const planes = new Uint8Array((width * height * 3) / 2);
  const chroma = new Float64Array(half * (height / 2) * 2);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 4;
      const r = rgba[from];
      const b = rgba[from + 2];
      const luma = 0.299 * r + 0.587 * rgba[from + 1] + 0.114 * b;
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
