import type { FrameSource, SourceInfo } from '../acquire/source.js';
import type { PipelineDefinition } from '../core/definition.js';
import { DeviceLostError, ShapeError, serializeError } from '../core/error.js';
import type { Frame } from '../core/frame.js';
import type { FrameStore } from '../core/frame-pool.js';
import { isNativeTier } from '../core/kernel-tier.js';
import type { FrameFault } from '../core/result.js';
import type { Engine, EngineInfo, Processed } from './engine.js';
import { type Arrival, FrameFeed } from './frame-feed.js';
import { FrameLostError } from './frame-lost-error.js';
import type { Intake, IntakeCounters, Landing, Progress } from './intake.js';

/** Fields of a definition that an intake follows. */
export type IntakeDefinition = Pick<
  PipelineDefinition,
  'execution' | 'slots' | 'queue' | 'pace' | 'frames' | 'durationMs' | 'layoutChange'
>;

/** Kinds of sources that go on whoever reads: what nobody took is gone. */
const liveTypes: readonly string[] = ['camera', 'screen', 'media'];

/**
 * What becomes of frames when an engine is too slow: as the definition says, else as a camera or as a file does.
 * A camera shows its newest frame, whatever the definition says.
 */
export function queuePolicy(
  { queue, pace }: Pick<IntakeDefinition, 'queue' | 'pace'>,
  { type }: SourceInfo,
): 'latest' | 'wait' {
  if (liveTypes.includes(type)) return 'latest';
  return queue ?? (pace === undefined ? 'wait' : 'latest');
}

/** How an intake takes part in something larger. */
export interface IntakeBonds {
  resume?: Progress;
  onTaken?(frame: number, progress: Progress): void;
}

/** An intake whose source is on this thread; its engine may be on another. */
export class LocalIntake implements Intake {
  readonly #source: FrameSource;
  readonly #engine: Engine;
  readonly #pool: FrameStore;
  readonly #feed: FrameFeed;
  readonly overlap: readonly string[];
  readonly #paced: boolean;
  readonly #onTaken: IntakeBonds['onTaken'];
  readonly #refusesChanges: boolean;
  // What later frames must be where changes are refused.
  #first: Pick<Frame, 'format' | 'codedWidth' | 'codedHeight'> | undefined;
  // Frames that the engine has.
  readonly #engaged = new Set<Frame>();
  #stopped = false;
  #acquiring: Promise<unknown> = Promise.resolve();
  #kernelMemoryBytes: number;
  #closing: Promise<void> | undefined;

  /** Takes over source and engine. */
  constructor(
    source: FrameSource,
    engine: Engine,
    pool: FrameStore,
    definition: IntakeDefinition,
    { resume, onTaken }: IntakeBonds = {},
  ) {
    const { execution, slots, pace, frames, durationMs, layoutChange } = definition;
    this.#source = source;
    this.#engine = engine;
    this.#pool = pool;
    this.#paced = pace !== undefined;
    this.#kernelMemoryBytes = engine.info.kernelMemoryBytes;
    this.#onTaken = onTaken;
    this.#refusesChanges = layoutChange === 'refuse';
    // A live source that nobody paces keeps its newest frame itself; reading ahead would only copy what is thrown away.
    const ahead = liveTypes.includes(source.info.type) && !this.#paced ? 'wait' : queuePolicy(definition, source.info);
    this.#feed = new FrameFeed(source, pool, { queue: ahead, pace, frames, durationMs, resume });
    const { overlaps } = engine.info;
    const around = slots > 1 && (execution === 'worker' || overlaps);
    this.overlap = [...(around ? ['acquire', 'respond'] : []), ...(overlaps ? ['preprocess', 'postprocess'] : [])];
  }

  get engine(): EngineInfo {
    return this.#engine.info;
  }

  get source(): SourceInfo {
    return this.#source.info;
  }

  get counters(): IntakeCounters {
    return {
      dropped: this.#feed.dropped + this.#missed,
      openFrames: this.#pool.openFrames,
      frameBuffers: this.#pool.buffersMade,
      kernelMemoryBytes: this.#kernelMemoryBytes,
      restarts: this.#engine.restarts ?? 0,
    };
  }

  // What a paced camera showed in between was not wanted.
  get #missed(): number {
    return this.#paced ? 0 : (this.#source.missed ?? 0);
  }

  get copies(): readonly string[] {
    return [...this.#engine.hopCopies, ...this.#frameCopies, ...this.engine.runtimeCopies];
  }

  // Without WebAssembly, kernels read a frame where it lies, and so does a device that does their work; a frame of the browser has to be brought there once.
  get #frameCopies(): string[] {
    const { tier } = this.engine.kernels;
    if (isNativeTier(tier) || this.engine.runtime.fusedPreprocess) return [];
    if (tier !== 'reference') return ['frame → kernel memory'];
    return liveTypes.includes(this.source.type) ? ['frame → memory of the kernels'] : [];
  }

  async next(slot: number): Promise<Landing | undefined> {
    const turn = this.#acquiring.then(() => this.#feed.next());
    // A source that has failed is not asked again: later calls reject with the same error.
    this.#acquiring = turn;
    const arrival = await turn;
    if (!arrival) return undefined;
    if (this.#stopped) {
      if (!('error' in arrival)) arrival.frame.close();
      return undefined;
    }
    this.#tell(arrival);
    if ('error' in arrival) return { kind: 'fault', fault: arrival };
    return this.#process(slot, arrival);
  }

  #tell(arrival: Arrival | FrameFault): void {
    const { progress } = this.#feed;
    if (!this.#onTaken || !progress) return;
    const frame = 'error' in arrival ? arrival.frame : arrival.frame.id;
    this.#onTaken(frame, { ...progress, dropped: progress.dropped + this.#missed });
  }

  async #process(slot: number, { frame, ...times }: Arrival): Promise<Landing> {
    const { id, displayWidth: width, displayHeight: height, timestamp, source } = frame;
    let processed: Processed;
    this.#engaged.add(frame);
    try {
      if (this.#refusesChanges) this.#checkSame(frame);
      processed = await this.#engine.process(slot, frame);
    } catch (error) {
      frame.close();
      const lost = error instanceof FrameLostError;
      if (error instanceof DeviceLostError && !lost) throw error;
      return { kind: 'fault', fault: { frame: id, ...named(source), error: serializeError(error) }, lost };
    } finally {
      this.#engaged.delete(frame);
    }
    this.#kernelMemoryBytes = processed.kernelMemoryBytes;
    const facts = { id, timestamp, width, height, ...named(source), ...times };
    return { kind: 'frame', frame: facts, processed, pixels: frame };
  }

  // Strides and colour spaces may differ: these are the source's own matter.
  #checkSame({ format, codedWidth, codedHeight }: Frame): void {
    this.#first ??= { format, codedWidth, codedHeight };
    const first = this.#first;
    if (format === first.format && codedWidth === first.codedWidth && codedHeight === first.codedHeight) return;
    throw new ShapeError({
      subject: 'a frame of a source that may not change',
      expected: `${first.codedWidth} × ${first.codedHeight} ${first.format}, as the first one`,
      received: `${codedWidth} × ${codedHeight} ${format}`,
      remedy: "Give layoutChange: 'replan' to take frames as they come.",
    });
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
