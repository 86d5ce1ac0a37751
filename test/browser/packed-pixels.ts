import type { ReaderReport } from './site/scripts/acquire.js';

/** Red, green and blue of the pixels at some indices of the last frame that a reader sent, which has 4 bytes a pixel. */
export function coloursAt({ pixels = '', frames }: ReaderReport, indices: readonly number[]): number[][] {
  const bytes = Buffer.from(pixels, 'base64');
  const order = frames.at(-1)?.format.startsWith('B') ? [2, 1, 0] : [0, 1, 2];
  return indices.map((index) => order.map((channel) => bytes[index * 4 + channel]));
}
