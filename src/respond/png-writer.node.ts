import type { Frame } from '../core/frame.js';
import { isTurned } from '../core/orientation.js';
import { bytesPerPixel, isYuvFormat } from '../core/pixel-format.js';
import type { Sharp } from '../core/sharp.node.js';
import { RgbPicture } from '../kernels/rgb-picture.js';
import { writeFailure } from './write-failure.node.js';
import { writeWholeFile } from './write-whole-file.node.js';

/**
 * Writes frames as PNG, upright: RGB for every colour format (alpha is dropped, as preprocessing does), gray for `GRAY8`. It is without
 * loss but for YUV, whose colours are computed as preprocessing does where it does not resize. A picture that is there is whole. Keeps one buffer of the size of a frame where formats differ.
 */
export class PngWriter {
  readonly #sharp: Sharp;
  readonly #rgb = new RgbPicture();
  #buffer = new Uint8Array();

  constructor(sharp: Sharp) {
    this.#sharp = sharp;
  }

  /** @throws {SinkError} ERR_SINK it cannot be written. Calls must not overlap. */
  async write(frame: Frame, path: string): Promise<void> {
    try {
      // Stored, not deflated: the noise of a sensor hardly shrinks (by a tenth), and a recorder must keep up with a camera.
      const png = await this.picture(frame).png({ compressionLevel: 0 }).toBuffer();
      await writeWholeFile(path, png);
    } catch (cause) {
      throw writeFailure(path, cause);
    }
  }

  /** The frame's pixels as the beginning of a sharp pipeline; they must stay until it has run. */
  picture(frame: Frame): ReturnType<Sharp> {
    const { displayWidth: width, displayHeight: height } = frame;
    const channels = channelsOf(frame);
    return this.#sharp(this.pixels(frame), { raw: { width, height, channels } });
  }

  /** Tight rows of RGB (or gray): the frame's own memory where it is that already, else this writer's buffer. */
  pixels(frame: Frame): Uint8Array {
    const { format, codedWidth, codedHeight, strideBytes, data } = frame;
    const to = channelsOf(frame);
    const length = codedWidth * codedHeight * to;
    const from = isYuvFormat(format) || isTurned(frame) ? 0 : bytesPerPixel[format];
    if (from === to && format !== 'BGR' && strideBytes === codedWidth * to) return data.subarray(0, length);
    if (this.#buffer.length < length) this.#buffer = new Uint8Array(length);
    const out = this.#buffer.subarray(0, length);
    if (from === 0) {
      this.#rgb.write(frame, out);
      return out;
    }
    const first = format.startsWith('BGR') ? 2 : 0;
    for (let y = 0, o = 0; y < codedHeight; y++) {
      for (let x = 0, at = y * strideBytes; x < codedWidth; x++, at += from) {
        out[o++] = data[at + first];
        if (to === 1) continue;
        out[o++] = data[at + 1];
        out[o++] = data[at + 2 - first];
      }
    }
    return out;
  }
}

// A gray picture that is turned takes the way of the coloured ones.
function channelsOf(frame: Frame): 1 | 3 {
  return frame.format === 'GRAY8' && !isTurned(frame) ? 1 : 3;
}
