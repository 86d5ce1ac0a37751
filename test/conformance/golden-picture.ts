/** The pictures of make-resize-goldens.py and make-warp-goldens.py, as RGB: noise and gradients in turn. */
export function goldenPicture([width, height]: readonly [number, number]): Uint8Array {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++, at++) {
        data[at] = ((x >> 3) + (y >> 3)) % 2 === 0 ? goldenNoise(x, y, c) : (x * 3 + y * 5 + c * 40) & 255;
      }
    }
  }
  return data;
}

/** A byte of noise, as the makers of the goldens have it. */
export function goldenNoise(x: number, y: number, channel: number): number {
  const n = Math.imul(x, 73856093) ^ Math.imul(y, 19349663) ^ Math.imul(channel, 83492791);
  return Math.imul(n, 2654435761) >>> 24;
}
