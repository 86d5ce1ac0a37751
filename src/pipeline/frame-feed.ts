import type { FrameSource } from '../acquire/source.js';
import { settledWithin, sleep } from '../core/abort.js';
import { now } from '../core/clock.js';
import type { Frame } from '../core/frame.js';
import type { FrameAllocator } from '../core/frame-pool.js';
import type { FrameFault } from '../core/result.js';
import type { Progress } from './intake.js';

/** A frame that has arrived, with the times that its latency is counted from (see `FrameFacts`). */
export interface Arrival {
  frame: Frame;
  captureTime: number;
  timed: 'intended' | 'source' | 'arrival';
  acquireMs: number;
  readyTime: number;
}

/** How a feed takes frames from its source. */
export interface FeedOptions {
  queue: 'latest' | 'wait';
  /** Frames per second to pace the source at, like a camera. */
  pace?: number;
  /** End after this many frames, dropped ones included. */
  frames?: number;
  durationMs?: number;
  /** Goes on where another feed was; the source has been brought there. */
  resume?: Progress;
}

// What was read, and how far the feed was then.
interface Reading {
  arrival: Arrival | FrameFault;
  progress: Progress;
}

// How long the end of a run waits for a source that is asked to stop.
const sourceGraceMs = 2000;

/**
 * Brings frames from a source to a pipeline.
 * `wait`: a frame is read when it is asked for; what is late stays due, so latency shows the whole delay.
 * `latest`: frames are read as they fall due into a queue of one; a newer one replaces, and closes, an older one.
 */
export class FrameFeed {
  readonly #source: FrameSource;
  readonly #allocator: FrameAllocator;
  readonly #options: FeedOptions;
  readonly #stop = new AbortController();
  #dropped = 0;
  #next = 0;
  #startTime = 0;
  #newest: Reading | undefined;
  // Unreadable frames are told of, never replaced.
  readonly #faults: Reading[] = [];
  #progress: Progress | undefined;
  #wake: (() => void) | undefined;
  #pump: Promise<void> | undefined;
  #failure: { error: unknown } | undefined;
  #ended = false;

  constructor(source: FrameSource, allocator: FrameAllocator, options: FeedOptions) {
    this.#source = source;
    this.#allocator = allocator;
    this.#options = options;
    const { resume } = options;
    if (resume) {
      this.#dropped = resume.dropped;
      this.#next = resume.position;
      this.#startTime = resume.startTime;
      this.#progress = resume;
    }
  }

  /** How far it was when it read what {@link next} gave last. */
  get progress(): Progress | undefined {
    return this.#progress;
  }

  /** Frames that a newer one replaced, or that fell due while the process did not run. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * The next frame, the fault of one that cannot be read, or `undefined` at the end. The caller closes the frame.
   * Rejects with what the source threw.
   */
  async next(): Promise<Arrival | FrameFault | undefined> {
    if (this.#startTime === 0) this.#startTime = now();
    const reading = await this.#take();
    this.#progress = reading?.progress ?? this.#progress;
    return reading?.arrival;
  }

  async #take(): Promise<Reading | undefined> {
    if (this.#options.queue === 'wait') return this.#stop.signal.aborted ? undefined : this.#read(false);
    this.#pump ??= this.#run();
    while (this.#faults.length === 0 && !this.#newest && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const fault = this.#faults.shift();
    if (fault) return fault;
    const newest = this.#newest;
    this.#newest = undefined;
    if (!newest && this.#failure) throw this.#failure.error;
    return newest;
  }

  /** Stops reading, closes a waiting frame, and settles once the source is quiet, or does not answer. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#finish();
    if (this.#pump) await settledWithin(this.#pump, sourceGraceMs);
    if (this.#newest) closeFrame(this.#newest);
    this.#newest = undefined;
  }

  async #run(): Promise<void> {
    try {
      for (;;) {
        const reading = await this.#read(true);
        if (!reading) break;
        if (this.#stop.signal.aborted) {
          closeFrame(reading);
          break;
        }
        if ('error' in reading.arrival) {
          this.#faults.push(reading);
        } else {
          if (this.#newest) {
            closeFrame(this.#newest);
            reading.progress.dropped = ++this.#dropped;
          }
          this.#newest = reading;
        }
        this.#wake?.();
        // A source that answers at once must not starve the rest of this thread.
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    } catch (error) {
      this.#failure = { error };
    }
    this.#finish();
  }

  #finish(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async #read(skipOverdue: boolean): Promise<Reading | undefined> {
    const { pace, frames = Number.POSITIVE_INFINITY, durationMs = Number.POSITIVE_INFINITY } = this.#options;
    const { signal } = this.#stop;
    try {
      let due: number | undefined;
      if (pace !== undefined) {
        const period = 1000 / pace;
        const overdue = Math.floor((now() - this.#startTime) / period) - this.#next;
        if (skipOverdue && overdue > 0) {
          // What falls due after the end was never shown, so it is no drop.
          const end = Math.min(frames, Math.ceil(durationMs / period));
          const wanted = Math.max(0, Math.min(overdue, end - this.#next));
          const skipped = await this.#source.skip(wanted, signal);
          this.#dropped += skipped;
          this.#next += skipped;
          if (skipped < wanted) return undefined;
        }
        due = this.#startTime + this.#next * period;
        await sleepUntil(due, signal);
      }
      if (this.#next >= frames) return undefined;
      const began = now();
      if ((due ?? began) - this.#startTime >= durationMs) return undefined;
      const frame = await this.#source.read(this.#allocator, signal);
      if (!frame) return undefined;
      this.#next++;
      const progress = {
        nextFrame: ('error' in frame ? frame.frame : frame.id) + 1,
        position: this.#next,
        dropped: this.#dropped,
        startTime: this.#startTime,
      };
      if ('error' in frame) return { arrival: frame, progress };
      const readyTime = now();
      const captureTime = due ?? frame.captureTime ?? began;
      const timed = due !== undefined ? 'intended' : frame.captureTime !== undefined ? 'source' : 'arrival';
      frame.captureTime = captureTime;
      return { arrival: { frame, captureTime, timed, acquireMs: readyTime - began, readyTime }, progress };
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  }
}

function closeFrame({ arrival }: Reading): void {
  if (!('error' in arrival)) arrival.frame.close();
}

/** Waits until a time of the shared clock; rejects when aborted. */
async function sleepUntil(time: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  // Timers may fire a little early.
  for (let left = time - now(); left > 0; left = time - now()) await sleep(left, signal);
}
