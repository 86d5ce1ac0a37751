import { now } from '../core/clock.js';
import { ClosedError, deserializeError, SourceError, serializeError, UnsupportedError } from '../core/error.js';
import type { Frame } from '../core/frame.js';
import type { FrameAllocator } from '../core/frame-pool.js';
import type { FrameFault } from '../core/result.js';
import { FrameCadence } from './frame-cadence.js';
import { type FrameInlet, openInlet } from './frame-inlet.web.js';
import { FreezeWatch } from './freeze-watch.js';
import type { MediaCounters, MediaFacts, MediaState } from './media-channel.js';
import type { FrameSource, SourceInfo } from './source.js';
import { copyVideoFrame } from './video-frame-copy.web.js';

// A live source without a frame for this long has stalled; the first may take its time, cameras have to wake up.
const stallMs = 1000;
const firstFrameMs = 5000;
// A camera of two frames per second is not stalled between them.
const stallPeriods = 5;
const reportMs = 1000;

/**
 * Frames of a camera, a screen, a `<video>` or a canvas of the page, read where the kernels are. Each frame of the
 * browser is copied once, straight into the frame's memory, and closed.
 *
 * Output: frames of the visible part, turned as they say, I420 or NV12 from most cameras (see {@link nativeCopies}). `timestamp` is
 * the browser's; `captureTime` is the time of capture on this clock, as the driver stamped it where the browser tells
 * (`info.captureTime`), else as {@link FrameCadence} finds it. Ids count every frame that the source showed, as far as
 * that is known: frames that nobody took leave gaps, as dropped ones do, and are counted in `missed`. Stalls and frozen
 * pictures are no errors, because they pass: they are told to the page.
 */
export class VideoFrameSource implements FrameSource {
  readonly info: SourceInfo;
  readonly #inlet: FrameInlet;
  readonly #cadence: FrameCadence;
  readonly #freeze: FreezeWatch | undefined;
  readonly #counters: MediaCounters = { frames: 0, missed: 0, gaps: 0, repeated: 0, stalls: 0, openVideoFrames: 0 };
  #state: MediaState = 'live';
  #reported = 0;
  #next = 0;
  #closed = false;

  private constructor(inlet: FrameInlet, { type, route, ...size }: MediaFacts) {
    this.info = { type, ...size, endless: true, captureTime: route === 'track-processor' ? 'driver' : 'arrival' };
    this.#inlet = inlet;
    this.#cadence = new FrameCadence(size.frameRate);
    // A screen or a canvas may well stand still.
    if (type === 'camera') this.#freeze = new FreezeWatch(stallMs);
  }

  /** Opens the page's end of the port that `openMedia` gives; takes over the port. */
  static async open(port: MessagePort): Promise<VideoFrameSource> {
    const { inlet, facts } = await openInlet(port);
    return new VideoFrameSource(inlet, facts);
  }

  /** Frames that the source showed and nobody took, because the reader was busy. */
  get missed(): number {
    return this.#counters.missed;
  }

  get counters(): MediaCounters {
    return { ...this.#counters, openVideoFrames: this.#inlet.openVideoFrames };
  }

  get state(): MediaState {
    return this.#state;
  }

  async read(allocator: FrameAllocator, signal: AbortSignal): Promise<Frame | FrameFault | undefined> {
    signal.throwIfAborted();
    if (this.#closed) {
      throw new ClosedError({ subject: this.info.type, expected: 'an open source', received: 'a closed one' });
    }
    const asked = now();
    const delivery = await this.#await(signal);
    if ('end' in delivery) {
      if (delivery.end) throw deserializeError(delivery.end);
      return undefined;
    }
    const { frame: video, arrived, ...told } = delivery;
    try {
      if (this.#closed) return undefined;
      const { missed, gap, repeated, ...times } = this.#cadence.arrive({
        ...told,
        timestamp: video.timestamp,
        asked,
        arrived,
      });
      const counters = this.#counters;
      counters.frames++;
      counters.missed += missed;
      if (gap) counters.gaps++;
      if (repeated) counters.repeated++;
      this.#next += missed;
      const id = this.#next++;
      let frame: Frame;
      try {
        frame = await copyVideoFrame(video, { id, ...times }, allocator);
      } catch (error) {
        // Every frame of this browser would fail; what else goes wrong may be this frame's alone.
        if (error instanceof UnsupportedError || !(error instanceof SourceError)) throw error;
        return { frame: id, error: serializeError(error) };
      }
      const frozen = this.#freeze?.look(frame.data, arrived) ?? false;
      this.#report(frozen ? 'frozen' : 'live', gap);
      return frame;
    } finally {
      this.#inlet.release(video);
    }
  }

  /** A camera does not wait: what fell due has gone by. */
  async skip(count: number, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    this.#next += count;
    return count;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#inlet.close();
  }

  // The next frame; the page hears of it where it is a long time coming.
  async #await(signal: AbortSignal): ReturnType<FrameInlet['next']> {
    const late = () => {
      this.#counters.stalls++;
      this.#report('stalled', false);
    };
    const period = this.#cadence.periodMs ?? 0;
    const timer = setTimeout(
      late,
      this.#counters.frames === 0 ? firstFrameMs : Math.max(stallMs, stallPeriods * period),
    );
    try {
      return await this.#inlet.next(signal);
    } finally {
      clearTimeout(timer);
    }
  }

  // Tells of a new state at once, of counters now and then.
  #report(state: MediaState, counted: boolean): void {
    const time = now();
    if (state === this.#state && !(counted && time - this.#reported >= reportMs)) return;
    this.#state = state;
    this.#reported = time;
    this.#inlet.tell({ type: 'health', state, counters: this.counters });
  }
}
