import { SourceError, UnsupportedError } from '../core/error.js';
import type { Frame, FrameInit } from '../core/frame.js';
import type { FrameAllocator } from '../core/frame-pool.js';
import { displaySize, type Orientation } from '../core/orientation.js';
import {
  type ColorMatrix,
  colorMatrices,
  type FrameColorSpace,
  isYuvFormat,
  type PixelFormat,
} from '../core/pixel-format.js';

/** How pixels of one format of the browser are taken over. */
interface NativeCopy {
  /** Format of the frame that is made. */
  format: PixelFormat;
  /** What `copyTo` is asked for; without a format, the bytes as they are. */
  options: VideoFrameCopyToOptions;
}

const converted: NativeCopy = { format: 'RGBA', options: { format: 'RGBA' } };

/**
 * Formats of the browser that the kernels read as they are. A format that is not named, and a frame whose pixels are
 * hidden in a GPU (`null`), is converted to RGBA by the browser, which costs five times as much. Alpha is carried, and
 * looked at by nobody.
 */
export const nativeCopies: Readonly<Partial<Record<VideoPixelFormat, NativeCopy>>> = {
  I420: { format: 'I420', options: {} },
  NV12: { format: 'NV12', options: {} },
  RGBA: { format: 'RGBA', options: {} },
  RGBX: { format: 'RGBX', options: {} },
  BGRA: { format: 'BGRA', options: {} },
  BGRX: { format: 'BGRX', options: {} },
};

const wideColours: readonly string[] = ['bt2020', 'smpte432', 'pq', 'hlg'];

/** What a frame is besides its pixels. */
export type FrameFacts = Pick<FrameInit, 'id' | 'timestamp' | 'captureTime'>;

/**
 * Copies a frame of the browser, once, into memory of `allocator`: its visible part, as it is stored,
 * in its own format where the kernels know it; how it is turned to be seen, the frame says. Frames of oblong pixels are drawn to
 * their display size on a canvas; cameras do not give them. Borrows `video`.
 *
 * @throws {UnsupportedError} ERR_UNSUPPORTED the browser cannot convert its format. @throws {SourceError} ERR_SOURCE
 * the browser refuses the pixels. @throws {ShapeError} ERR_SHAPE a side is longer than 16384 px.
 */
export async function copyVideoFrame(video: VideoFrame, facts: FrameFacts, allocator: FrameAllocator): Promise<Frame> {
  const { width, height } = video.visibleRect ?? { width: video.codedWidth, height: video.codedHeight };
  const stored = { codedWidth: width, codedHeight: height, ...orientationOf(video) };
  if (isOblong(video, displaySize(stored))) return drawToDisplaySize(video, facts, allocator);
  const { format, options } = chooseCopy(video);
  const colorSpace = isYuvFormat(format) ? (video.colorSpace as FrameColorSpace) : undefined;
  const frame = allocator.allocate({ ...facts, ...stored, format, colorSpace });
  try {
    await copyPixels(video, options, () => frame.data);
    return frame;
  } catch (error) {
    frame.close();
    throw error;
  }
}

// Colours beyond those of a usual screen are the browser's to convert.
function chooseCopy({ format, colorSpace }: VideoFrame): NativeCopy {
  const { matrix, primaries, transfer } = colorSpace;
  const wide = wideColours.includes(primaries ?? '') || wideColours.includes(transfer ?? '');
  const copy = nativeCopies[format as VideoPixelFormat];
  if (!copy || wide) return converted;
  const known = matrix === null || colorMatrices.includes(matrix as ColorMatrix);
  return isYuvFormat(copy.format) && !known ? converted : copy;
}

// Kernel memory that grows while a copy is under way leaves the copy in a detached view: it is done again.
async function copyPixels(video: VideoFrame, options: VideoFrameCopyToOptions, target: () => Uint8Array) {
  for (;;) {
    const view = target();
    const { buffer } = view;
    let size: number;
    try {
      size = video.allocationSize(options);
      if (size === view.byteLength) await video.copyTo(view as Uint8Array<ArrayBuffer>, options);
    } catch (cause) {
      if (target().buffer !== buffer) continue;
      throw refusal(video, cause);
    }
    if (size !== view.byteLength) {
      throw new UnsupportedError({
        subject: 'VideoFrame.copyTo',
        expected: `${view.byteLength} bytes of ${options.format ?? video.format}`,
        received: `${size} bytes of ${video.format}`,
        remedy: 'This browser cannot convert camera frames; take a newer one.',
      });
    }
    if (target().buffer === buffer) return;
  }
}

function orientationOf(video: VideoFrame): Orientation {
  // Browsers that do not know them do not turn frames.
  const { rotation = 0, flip = false } = video as unknown as Partial<Orientation>;
  return { rotation, flip };
}

// Sizes are whole px, so a picture of square pixels may miss its aspect by less than one.
function isOblong(
  { displayWidth, displayHeight }: VideoFrame,
  { width, height }: { width: number; height: number },
): boolean {
  return Math.abs(displayWidth - (displayHeight * width) / height) >= 1;
}

function drawToDisplaySize(video: VideoFrame, facts: FrameFacts, allocator: FrameAllocator): Frame {
  const { displayWidth: codedWidth, displayHeight: codedHeight } = video;
  const frame = allocator.allocate({ ...facts, format: 'RGBA', codedWidth, codedHeight });
  try {
    const canvas = new OffscreenCanvas(codedWidth, codedHeight);
    const context = canvas.getContext('2d', { willReadFrequently: true, alpha: false });
    if (!context) throw new Error('there is no 2d context');
    context.drawImage(video, 0, 0, codedWidth, codedHeight);
    frame.data.set(context.getImageData(0, 0, codedWidth, codedHeight).data);
    return frame;
  } catch (cause) {
    frame.close();
    throw refusal(video, cause);
  }
}

function refusal(video: VideoFrame, cause: unknown): SourceError {
  return new SourceError({
    subject: `frame of ${video.codedWidth} × ${video.codedHeight} px in ${video.format ?? 'a format of the GPU'}`,
    expected: 'pixels that can be read',
    received: cause instanceof Error ? `${cause.name}: ${cause.message.replace(/\.$/, '')}` : String(cause),
    cause,
  });
}
