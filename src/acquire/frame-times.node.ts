import type { PipeReader } from './pipe-reader.node.js';

/**
 * Filters of ffmpeg that write presentation times, in whole µs, to a pipe of their own, number 3: one line per frame,
 * before the frame's pixels.
 */
export const printFrameTimes = [
  'settb=1/1000000',
  'metadata=mode=add:key=reflexarc:value=1',
  'metadata=mode=print:key=reflexarc:direct=1:file=pipe\\\\:3',
].join(',');

/** Reads `frame:N pts:T …` lines; each is followed by the line of the entry that made it appear. */
export class FrameTimes {
  readonly #reader: PipeReader;
  readonly #byte = new Uint8Array(1);
  #line = '';

  constructor(reader: PipeReader) {
    this.#reader = reader;
  }

  /** The next frame's time in µs, null where it has none, undefined at the end. */
  async next(signal: AbortSignal): Promise<number | null | undefined> {
    while ((await this.#reader.fill(this.#byte, signal)) === 1) {
      if (this.#byte[0] !== 10) {
        this.#line += String.fromCharCode(this.#byte[0]);
        continue;
      }
      const match = /^frame:\d+\s+pts:(\S+)/.exec(this.#line);
      this.#line = '';
      if (match) return /^-?\d+$/.test(match[1]) ? Number(match[1]) : null;
    }
    return undefined;
  }
}
