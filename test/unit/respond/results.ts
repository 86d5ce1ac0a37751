import type { Frame, FrameInit } from '../../../src/core/frame.js';
import { FramePool } from '../../../src/core/frame-pool.js';
import type { Result } from '../../../src/core/result.js';

const spans = {
  acquire: 1,
  queue: 0,
  preprocess: 1,
  infer: 2,
  postprocess: 0.5,
  respond: 0,
  overhead: 1.5,
  total: 4.5,
};

/** A result of frame `frame` with one tracked detection. */
export function makeResult(frame: number, changes: Partial<Result> = {}): Result {
  return {
    frame,
    timestamp: frame * 40_000,
    width: 24,
    height: 16,
    items: [{ box: { x: 1.25, y: 2, width: 8, height: 1 / 3 }, score: 0.9, classId: 1, label: 'nut', trackId: 3 }],
    events: [],
    spans,
    late: false,
    ...changes,
  };
}

/** A frame in shared memory, as a pipeline hands it out, with pixels that differ by place and frame. */
export function makeFrame(id: number, format: FrameInit['format'] = 'RGB', codedWidth = 24, codedHeight = 16): Frame {
  const pool = new FramePool({ shared: true });
  const frame = pool.allocate({ id, timestamp: id * 40_000, format, codedWidth, codedHeight });
  for (let i = 0; i < frame.data.length; i++) frame.data[i] = (i * 7 + id * 31) & 255;
  return frame;
}

/** Pixels of a frame as tight RGB rows. */
export function rgbOf(frame: Frame): number[] {
  const out: number[] = [];
  for (let i = 0; i < frame.codedWidth * frame.codedHeight; i++) {
    const d = frame.data;
    if (frame.format === 'GRAY8') out.push(d[i], d[i], d[i]);
    else if (frame.format === 'RGBA') out.push(d[i * 4], d[i * 4 + 1], d[i * 4 + 2]);
    else if (frame.format === 'BGR') out.push(d[i * 3 + 2], d[i * 3 + 1], d[i * 3]);
    else out.push(d[i * 3], d[i * 3 + 1], d[i * 3 + 2]);
  }
  return out;
}
