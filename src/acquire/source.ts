import type { Frame } from '../core/frame.js';
import type { FrameAllocator } from '../core/frame-pool.js';
import type { FrameFault } from '../core/result.js';

/** What a source knows of itself before the first frame. */
export interface SourceInfo {
  /** `synthetic`, `camera`, `screen`, `media`, `pictures`, `video`, `recording` or `module`. */
  type: string;
  /** Size of the frames in px, where all have one. */
  width?: number;
  height?: number;
  /** Nominal frames per second, where there is such a thing. */
  frameRate?: number;
  /** Number of frames; absent for an endless or unmeasured source. */
  frameCount?: number;
  /** True where frames never end by themselves. */
  endless: boolean;
  /** Whose time a live source's `captureTime` is: the driver's at capture, or that of arrival here, without its jitter. */
  captureTime?: 'driver' | 'arrival';
}

/**
 * A sensor, file or generator of frames. Reads are sequential; the caller never overlaps them.
 * A source never knows the truth about its frames: that travels apart (`truth.jsonl`, the generator's own function).
 */
export interface FrameSource {
  readonly info: SourceInfo;
  /** Frames so far that a live source showed and nobody took. Ids count them. */
  readonly missed?: number;
  /**
   * The next frame in memory taken from `allocator`, the fault of one unreadable frame (the following ones can still
   * be read), or `undefined` at the end. Ids count from 0 and include frames that `skip` passed over.
   * @throws {SourceError} ERR_SOURCE when nothing further can be read; `signal.reason` when aborted.
   */
  read(allocator: FrameAllocator, signal: AbortSignal): Promise<Frame | FrameFault | undefined>;
  /** Passes over `count` frames without decoding them where the source can; returns how many there were. */
  skip(count: number, signal: AbortSignal): Promise<number>;
  close(): Promise<void> | void;
}

/** Shape of the default export of a module named by `{ type: 'module', url }` in `source`. */
export type FrameSourceFactory = (options: unknown) => FrameSource | Promise<FrameSource>;
