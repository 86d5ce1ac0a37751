import { copyVideoFrame } from '../../../../src/acquire/video-frame-copy.web.js';
import { FramePool } from '../../../../src/core/frame-pool.js';
import { parse } from '../../../../src/core/parse.js';
import { preprocessSpecSchema } from '../../../../src/core/preprocess-spec.js';
import { KernelFramePool } from '../../../../src/kernels/kernel-frame-pool.js';
import { loadKernels } from '../../../../src/kernels/load-kernels.web.js';
import { PreviewCamera } from '../../../../src/pipeline/preview-camera.web.js';
import { createPlan } from '../../../../src/preprocess/plan.js';

/** A frame made by hand, copied by us and drawn by the browser. */
export interface CopyReport {
  format: string;
  /** Of the picture as it is stored, and as it is seen. */
  coded: [number, number];
  size: [number, number];
  /** Largest difference of a colour between the picture on a canvas of the frame's display size and our preprocessing of the copy. */
  worst: number;
  /** The same for the picture that a page is shown of the copy. */
  previewWorst: number;
}

/**
 * Copies a frame of the given make, with a pattern that has no symmetry. I420 and NV12 have gray pictures of limited range, whose
 * colours browsers round as we do.
 */
export async function copyMade(
  init: Omit<VideoFrameBufferInit, 'timestamp'> & { rotation?: number; flip?: boolean },
): Promise<CopyReport> {
  const video = new VideoFrame(patternOf(init), { ...init, timestamp: 7 } as VideoFrameBufferInit);
  const kernels = await loadKernels();
  const pool = new KernelFramePool(kernels);
  const frame = await copyVideoFrame(video, { id: 0, timestamp: 7 }, pool);
  const { displayWidth: width, displayHeight: height } = frame;
  const spec = { width, height, resize: 'stretch', dataType: 'uint8', layout: 'nhwc' } as const;
  const plan = createPlan(kernels, frame, parse(preprocessSpecSchema, spec, 'spec'));
  const tensor = kernels.allocateTensor({ name: 'x', dataType: 'uint8', shape: plan.shape });
  plan.run(frame, tensor);
  const drawn = draw(video, video.displayWidth, video.displayHeight);
  const preview = await new PreviewCamera().take(frame);
  const report: CopyReport = {
    format: frame.format,
    coded: [frame.codedWidth, frame.codedHeight],
    size: [width, height],
    worst: worstColour(drawn, tensor.data as Uint8Array, 3),
    previewWorst: worstColour(drawn, draw(preview, width, height), 4),
  };
  for (const each of [preview, tensor, plan, frame, video]) each.close();
  if (pool.openFrames > 0) throw new Error('a frame is open');
  return report;
}

function patternOf({
  format,
  codedWidth,
  codedHeight,
}: Omit<VideoFrameBufferInit, 'timestamp'>): Uint8Array<ArrayBuffer> {
  const at = (i: number) => [i % codedWidth, Math.floor(i / codedWidth)];
  if (format === 'I420' || format === 'NV12') {
    const luma = codedWidth * codedHeight;
    const chroma = 2 * Math.ceil(codedWidth / 2) * Math.ceil(codedHeight / 2);
    return Uint8Array.from({ length: luma + chroma }, (_, i) => (i < luma ? 20 + at(i)[0] * 9 + at(i)[1] * 11 : 128));
  }
  const pixels = Array.from({ length: codedWidth * codedHeight }, (_, i) => at(i));
  return Uint8Array.from(pixels.flatMap(([x, y]) => [x * 9, y * 11, 255 - x * 3 - y * 5, 255]));
}

function draw(picture: VideoFrame | ImageBitmap, width: number, height: number): Uint8ClampedArray {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
  context.drawImage(picture, 0, 0);
  return context.getImageData(0, 0, width, height).data;
}

/** @param step bytes of a px of `ours`, red first. */
function worstColour(drawn: Uint8ClampedArray, ours: ArrayLike<number>, step: 3 | 4): number {
  if (drawn.length / 4 !== ours.length / step) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let at = 0; at < drawn.length; at++) {
    if (at % 4 < 3) worst = Math.max(worst, Math.abs(drawn[at] - ours[Math.floor(at / 4) * step + (at % 4)]));
  }
  return worst;
}

/** A frame of luma and chroma made by hand, and whether its copy has the same bytes. */
export interface PlanesReport {
  format: string;
  colorSpace: unknown;
  equal: boolean;
}

/** Copies a frame of planes with a size and a colour space of one's choice. */
export async function copyPlanes(format: VideoPixelFormat, size: [number, number], colorSpace?: VideoColorSpaceInit) {
  const [codedWidth, codedHeight] = size;
  const chroma = Math.ceil(codedWidth / 2) * Math.ceil(codedHeight / 2) * (format === 'I444' ? 8 : 2);
  const bytes = Uint8Array.from({ length: codedWidth * codedHeight + chroma }, (_, i) => (i * 37) % 251);
  const video = new VideoFrame(bytes, { format, codedWidth, codedHeight, timestamp: 0, colorSpace });
  const frame = await copyVideoFrame(video, { id: 0, timestamp: 0 }, new FramePool());
  const equal = frame.data.length === bytes.length && frame.data.every((byte, i) => byte === bytes[i]);
  const report: PlanesReport = { format: frame.format, colorSpace: frame.colorSpace, equal };
  frame.close();
  video.close();
  return report;
}
