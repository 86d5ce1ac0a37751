import { settledWithin, untilAborted } from '../core/abort.js';
import { now } from '../core/clock.js';
import type { PipelineDefinition } from '../core/definition.js';
import { ClosedError, deserializeError, type SerializedError } from '../core/error.js';
import type { Result } from '../core/result.js';
import type { FrameFacts, Intake, Landing } from './intake.js';
import { queuePolicy } from './local-intake.js';
import type { Pipeline, PipelineInfo, PipelineOptions, PipelineStats } from './pipeline.js';
import type { Responder } from './responder.js';
import { RunStatistics } from './run-statistics.js';

/** The parts that an arc is put together from; it owns and closes them. */
export interface ArcParts {
  definition: PipelineDefinition;
  intake: Intake;
  responder: Responder;
  options: PipelineOptions;
}

// A frame asked for and not yet answered.
interface Flight {
  slot: number;
  landing: Promise<Landing | undefined>;
}

const closed = Symbol('closed');
// After so many frames that failed alike, and none that did not, the next of an endless source will fail, too.
const hopeless = 30;
// How long the end of a run waits for a sink that does not acknowledge.
const sinkGraceMs = 2000;

/**
 * The running arc. With two slots the engine works on frame n while this side acquires n + 1 and responds to n − 1;
 * with one, a frame is answered before the next is acquired. Results come in the order of the frames.
 */
export class Arc implements Pipeline {
  readonly definition: PipelineDefinition;
  readonly #parts: ArcParts;
  readonly #statistics = new RunStatistics();
  readonly #flights: Flight[] = [];
  readonly #stop = new AbortController();
  readonly #faultsAlike = { key: '', count: 0 };
  #responding: Promise<void> = Promise.resolve();
  // Whose the capture time of the last frame was.
  #timed: FrameFacts['timed'] | undefined;
  #epoch = 0;
  #started = false;
  #ending: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: ArcParts) {
    this.definition = parts.definition;
    this.#parts = parts;
  }

  get info(): PipelineInfo {
    const { definition, intake } = this.#parts;
    const { model, runtime, runtimeAllocations, kernels } = intake.engine;
    const { frameBuffers, kernelMemoryBytes } = intake.counters;
    return {
      model,
      runtime,
      kernels,
      execution: definition.execution,
      slots: definition.slots,
      queue: queuePolicy(definition, intake.source),
      overlap: [...intake.overlap],
      source: intake.source,
      captureTime: this.#captureTime,
      copies: [...intake.copies],
      allocations: { frameBuffers, kernelMemoryBytes, runtime: runtimeAllocations },
    };
  }

  get #captureTime(): PipelineInfo['captureTime'] {
    const { definition, intake } = this.#parts;
    if (definition.pace !== undefined) return 'intended';
    return intake.source.captureTime ?? (this.#timed === 'source' ? 'source' : 'arrival');
  }

  get stats(): PipelineStats {
    const { intake, responder } = this.#parts;
    return this.#statistics.snapshot(intake.counters, responder.lines);
  }

  run(options: { signal?: AbortSignal } = {}): AsyncIterableIterator<Result> {
    if (this.#started || this.#closing) {
      throw new ClosedError({
        subject: 'pipeline.run()',
        expected: 'a pipeline that has not run yet',
        received: this.#closing ? 'a closed one' : 'one that has',
        remedy: 'Create another pipeline.',
      });
    }
    this.#started = true;
    return this.#run(options.signal);
  }

  async *#run(signal: AbortSignal | undefined): AsyncGenerator<Result, void, void> {
    const stop = this.#stop.signal;
    const abort = () => this.#stop.abort(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) abort();
    const inline = this.definition.execution === 'inline';
    let failure: { error: unknown } | undefined;
    try {
      stop.throwIfAborted();
      await untilAborted(this.#parts.responder.open(), stop);
      for (let slot = 0; slot < this.definition.slots; slot++) this.#launch(slot);
      for (;;) {
        const [flight] = this.#flights;
        const landing = await untilAborted(flight.landing, stop);
        if (!landing) break;
        const result = await this.#land(landing);
        this.#flights.shift();
        this.#launch(flight.slot);
        if (result) yield result;
        stop.throwIfAborted();
        if (inline) await breathe();
      }
    } catch (error) {
      // close() during a run is a normal end; an abort rejects with its own reason.
      if (error !== closed) failure = { error };
    } finally {
      signal?.removeEventListener('abort', abort);
      try {
        await this.#end();
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure) throw failure.error;
  }

  // Asks for a frame on a slot that is free.
  #launch(slot: number): void {
    this.#statistics.begin(now());
    const landing = this.#parts.intake.next(slot);
    // Whoever lands the flight sees a failure; if nobody does, it is no unhandled rejection.
    landing.catch(() => {});
    this.#flights.push({ slot, landing });
  }

  // Responds to a frame that came in, and closes it.
  async #land(landing: Landing): Promise<Result | undefined> {
    if (landing.kind === 'fault') {
      await untilAborted(this.#fault(landing), this.#stop.signal);
      return undefined;
    }
    try {
      if (!landing.processed.stale) return await this.#respond(landing);
      this.#statistics.stale();
      return undefined;
    } finally {
      landing.pixels?.close();
    }
  }

  async #respond({ frame, processed, pixels }: Extract<Landing, { kind: 'frame' }>): Promise<Result> {
    const { captureTime, acquireMs, readyTime } = frame;
    this.#timed = frame.timed;
    const { startTime, preprocessMs, inferMs, postprocessMs, items } = processed;
    const began = now();
    const spans = {
      acquire: acquireMs,
      queue: Math.max(0, startTime - readyTime),
      preprocess: preprocessMs,
      infer: inferMs,
      postprocess: postprocessMs,
      respond: 0,
      overhead: 0,
      total: 0,
    };
    const result: Result = {
      frame: frame.id,
      timestamp: frame.timestamp,
      ...(frame.source === undefined ? {} : { source: frame.source }),
      width: frame.width,
      height: frame.height,
      items,
      events: [],
      spans,
      late: false,
    };
    this.#follow(processed.epoch);
    this.#responding = this.#parts.responder.respond(result, pixels, captureTime, this.#statistics);
    await untilAborted(this.#responding, this.#stop.signal);
    const answered = now();
    spans.respond = answered - began;
    spans.overhead = preprocessMs + postprocessMs + spans.respond;
    spans.total = answered - captureTime;
    result.late = spans.total > (this.definition.deadlineMs ?? Number.POSITIVE_INFINITY);
    this.#statistics.frame(spans, result.late, answered);
    return result;
  }

  // What another model called things says nothing to this one.
  #follow(epoch = 0): void {
    if (epoch !== this.#epoch) this.#parts.responder.forget();
    this.#epoch = epoch;
  }

  async #fault({ fault, lost }: Extract<Landing, { kind: 'fault' }>): Promise<void> {
    this.#statistics.fault();
    await this.#parts.responder.fault(fault);
    // What fits no memory is no matter of one frame where the source goes on to give its like.
    if (!lost && this.#isFruitless && fault.error.details?.reason === 'too-large') throw deserializeError(fault.error);
    const { onFault } = this.#parts.options;
    if (!onFault && !lost) throw deserializeError(fault.error);
    onFault?.(fault);
    if (!lost && this.#isHopeless(fault.error)) throw deserializeError(fault.error);
  }

  // Whether no frame of an endless source has been processed yet.
  get #isFruitless(): boolean {
    return this.#parts.intake.source.endless && this.#statistics.frames === 0;
  }

  #isHopeless({ code, expected, received, message }: SerializedError): boolean {
    if (!this.#isFruitless) return false;
    const alike = this.#faultsAlike;
    const key = [code, expected, received ?? message].join();
    alike.count = key === alike.key ? alike.count + 1 : 1;
    alike.key = key;
    return alike.count >= hopeless;
  }

  // The end of a run, whoever asks for it first: nothing is acquired any more, frames are closed, sinks finished.
  #end(): Promise<void> {
    this.#ending ??= (async () => {
      this.#stop.abort(closed);
      await this.#parts.intake.stop();
      for (const { landing } of this.#flights.splice(0)) {
        landing.then(
          (late) => late?.kind === 'frame' && late.pixels?.close(),
          () => {},
        );
      }
      await settledWithin(this.#responding, sinkGraceMs);
      await this.#parts.responder.close();
    })();
    return this.#ending;
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      try {
        await this.#end();
      } finally {
        await this.#parts.intake.close();
      }
    })();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

// An engine on this thread never waits, so that timers and signals would not have their turn.
function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
