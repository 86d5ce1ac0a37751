import type { FrameSource, SourceInfo } from '../acquire/source.js';
import type { PipelineDefinition } from '../core/definition.js';
import { DeviceLostError, serializeError } from '../core/error.js';
import type { Frame } from '../core/frame.js';
import type { FrameStore } from '../core/frame-pool.js';
import { isNativeTier } from '../core/kernel-tier.js';
import type { Engine, EngineInfo, Processed } from './engine.js';
import { type Arrival, FrameFeed } from './frame-feed.js';
import type { Intake, IntakeCounters, Landing } from './intake.js';

/** Fields of a definition that an intake follows. */
export type IntakeDefinition = Pick<
  PipelineDefinition,
  'execution' | 'slots' | 'queue' | 'pace' | 'frames' | 'durationMs'
>;

/** What becomes of frames when an engine is too slow: as the definition says, else as a camera or as a file does. */
export function queuePolicy({ queue, pace }: Pick<IntakeDefinition, 'queue' | 'pace'>): 'latest' | 'wait' {
  return queue ?? (pace === undefined ? 'wait' : 'latest');
}

/** An intake whose source is on this thread; its engine may be on another. */
export class LocalIntake implements Intake {
  readonly #source: FrameSource;
  readonly #engine: Engine;
  readonly #pool: FrameStore;
  readonly #feed: FrameFeed;
  readonly overlap: readonly string[];
  readonly #paced: boolean;
  // Frames that the engine has.
  readonly #engaged = new Set<Frame>();
  #stopped = false;
  #acquiring: Promise<unknown> = Promise.resolve();
  #kernelMemoryBytes: number;
  #closing: Promise<void> | undefined;

  /** Takes over source and engine. */
  constructor(source: FrameSource, engine: Engine, pool: FrameStore, definition: IntakeDefinition) {
    const { execution, slots, pace, frames, durationMs } = definition;
    this.#source = source;
    this.#engine = engine;
    this.#pool = pool;
    this.#paced = pace !== undefined;
    this.#kernelMemoryBytes = engine.info.kernelMemoryBytes;
    this.#feed = new FrameFeed(source, pool, { queue: queuePolicy(definition), pace, frames, durationMs });
    this.overlap = execution === 'worker' && slots > 1 ? ['acquire', 'respond'] : [];
  }

  get engine(): EngineInfo {
    return this.#engine.info;
  }

  get source(): SourceInfo {
    return this.#source.info;
  }

  get counters(): IntakeCounters {
    return {
      // What a paced camera showed in between was not wanted.
      dropped: this.#feed.dropped + (this.#paced ? 0 : (this.#source.missed ?? 0)),
      openFrames: this.#pool.openFrames,
      frameBuffers: this.#pool.buffersMade,
      kernelMemoryBytes: this.#kernelMemoryBytes,
    };
  }

  get copies(): readonly string[] {
    return [
      ...this.#engine.hopCopies,
      ...(isNativeTier(this.#engine.info.kernels.tier) ? [] : ['frame → kernel memory']),
      'input tensor → runtime heap',
      'outputs → arrays made by the runtime',
    ];
  }

  async next(slot: number): Promise<Landing | undefined> {
    const turn = this.#acquiring.then(() => this.#feed.next());
    // A source that has failed is not asked again: later calls reject with the same error.
    this.#acquiring = turn;
    const arrival = await turn;
    if (!arrival) return undefined;
    if ('error' in arrival) return { kind: 'fault', fault: arrival };
    if (this.#stopped) {
      arrival.frame.close();
      return undefined;
    }
    return this.#process(slot, arrival);
  }

  async #process(slot: number, { frame, ...times }: Arrival): Promise<Landing> {
    const { id, codedWidth, codedHeight, timestamp, source } = frame;
    let processed: Processed;
    this.#engaged.add(frame);
    try {
      processed = await this.#engine.process(slot, frame);
    } catch (error) {
      frame.close();
      if (error instanceof DeviceLostError) throw error;
      return { kind: 'fault', fault: { frame: id, ...named(source), error: serializeError(error) } };
    } finally {
      this.#engaged.delete(frame);
    }
    this.#kernelMemoryBytes = processed.kernelMemoryBytes;
    const facts = { id, timestamp, width: codedWidth, height: codedHeight, ...named(source), ...times };
    return { kind: 'frame', frame: facts, processed, pixels: frame };
  }

  // An engine that cannot be interrupted goes on with what it was given; the frames are nobody's any more.
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#feed.stop();
    for (const frame of this.#engaged) frame.close();
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      await this.stop();
      await this.#engine.close();
      await this.#source.close();
    })();
    return this.#closing;
  }
}

function named(source: string | undefined): { source?: string } {
  return source === undefined ? {} : { source };
}
