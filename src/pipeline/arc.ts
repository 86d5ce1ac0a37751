import type { FrameSource } from '../acquire/source.js';
import { untilAborted } from '../core/abort.js';
import { now } from '../core/clock.js';
import type { PipelineDefinition } from '../core/definition.js';
import { ClosedError, DeviceLostError, deserializeError, serializeError } from '../core/error.js';
import type { FramePool } from '../core/frame-pool.js';
import type { FrameFault, Result } from '../core/result.js';
import type { Engine, Processed } from './engine.js';
import { type Flight, FlightQueue } from './flight-queue.js';
import { FrameFeed } from './frame-feed.js';
import type { Pipeline, PipelineInfo, PipelineOptions, PipelineStats } from './pipeline.js';
import type { Responder } from './responder.js';
import { RunStatistics } from './run-statistics.js';

/** The parts that an arc is put together from; it owns and closes them. */
export interface ArcParts {
  definition: PipelineDefinition;
  source: FrameSource;
  engine: Engine;
  responder: Responder;
  pool: FramePool;
  options: PipelineOptions;
}

const closed = Symbol('closed');
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
  readonly #feed: FrameFeed;
  readonly #flights: FlightQueue;
  readonly #stop = new AbortController();
  #kernelMemoryBytes: number;
  #launching: Promise<void> = Promise.resolve();
  #responding: Promise<void> = Promise.resolve();
  #started = false;
  #ending: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: ArcParts) {
    const { definition, source, pool, engine } = parts;
    this.definition = definition;
    this.#parts = parts;
    this.#kernelMemoryBytes = engine.info.kernelMemoryBytes;
    this.#flights = new FlightQueue(definition.slots);
    this.#feed = new FrameFeed(source, pool, {
      queue: this.#queue,
      pace: definition.pace,
      frames: definition.frames,
      durationMs: definition.durationMs,
      onFault: (fault) => this.#fault(fault),
    });
  }

  get #queue(): 'latest' | 'wait' {
    return this.definition.queue ?? (this.definition.pace === undefined ? 'wait' : 'latest');
  }

  get info(): PipelineInfo {
    const { definition, engine, source, pool } = this.#parts;
    const { model, runtime, runtimeAllocations, kernels } = engine.info;
    const overlapping = definition.execution === 'worker' && definition.slots > 1;
    return {
      model,
      runtime,
      kernels,
      execution: definition.execution,
      slots: definition.slots,
      queue: this.#queue,
      overlap: overlapping ? ['acquire', 'respond'] : [],
      source: source.info,
      captureTime: definition.pace === undefined ? 'arrival' : 'intended',
      copies: [
        ...engine.hopCopies,
        'frame → kernel memory',
        'input tensor → runtime heap',
        'outputs → arrays made by the runtime',
      ],
      allocations: {
        frameBuffers: pool.buffersMade,
        kernelMemoryBytes: this.#kernelMemoryBytes,
        runtime: runtimeAllocations,
      },
    };
  }

  get stats(): PipelineStats {
    return this.#statistics.snapshot(this.#feed.dropped, this.#parts.pool.openFrames, this.#parts.responder.lines);
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
    let failure: { error: unknown } | undefined;
    try {
      stop.throwIfAborted();
      await untilAborted(this.#parts.responder.open(), stop);
      this.#launching = this.#launch();
      for (;;) {
        const flight = await untilAborted(this.#flights.shift(), stop);
        if (!flight) break;
        const result = await this.#land(flight);
        if (result) yield result;
        stop.throwIfAborted();
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

  // Acquires frames and gives them to the engine as slots become free.
  async #launch(): Promise<void> {
    try {
      for (;;) {
        const slot = await this.#flights.takeSlot();
        if (slot === undefined) return;
        this.#statistics.begin(now());
        const arrival = await this.#feed.next();
        if (!arrival) break;
        const { frame, captureTime } = arrival;
        if (this.#stop.signal.aborted) {
          frame.close();
          return;
        }
        const { id, format, codedWidth, codedHeight, strideBytes, data } = frame;
        const input = { id, format, codedWidth, codedHeight, strideBytes, data, captureTime };
        const processed = this.#parts.engine.process(slot, input);
        // Whoever lands the flight sees a failure; if nobody does, it is no unhandled rejection.
        processed.catch(() => {});
        this.#flights.push({ arrival, slot, processed });
      }
      this.#flights.finish();
    } catch (error) {
      this.#flights.finish({ error });
    }
  }

  // Waits for the engine, responds, and frees frame and slot.
  async #land(flight: Flight): Promise<Result | undefined> {
    const { frame } = flight.arrival;
    const stop = this.#stop.signal;
    try {
      let processed: Processed;
      try {
        processed = await untilAborted(flight.processed, stop);
      } catch (error) {
        if (stop.aborted || error instanceof DeviceLostError) throw error;
        await this.#fault({ frame: frame.id, source: frame.source, error: serializeError(error) });
        return undefined;
      }
      this.#kernelMemoryBytes = processed.kernelMemoryBytes;
      if (processed.stale) {
        this.#statistics.stale();
        return undefined;
      }
      return await this.#respond(flight, processed);
    } finally {
      frame.close();
      this.#flights.freeSlot(flight.slot);
    }
  }

  async #respond({ arrival }: Flight, processed: Processed): Promise<Result> {
    const { frame, captureTime, acquireMs, readyTime } = arrival;
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
      width: frame.codedWidth,
      height: frame.codedHeight,
      items,
      events: [],
      spans,
      late: false,
    };
    this.#responding = this.#parts.responder.respond(result, frame, captureTime, this.#statistics);
    await untilAborted(this.#responding, this.#stop.signal);
    const answered = now();
    spans.respond = answered - began;
    spans.overhead = preprocessMs + postprocessMs + spans.respond;
    spans.total = answered - captureTime;
    result.late = spans.total > (this.definition.deadlineMs ?? Number.POSITIVE_INFINITY);
    this.#statistics.frame(spans, result.late, answered);
    return result;
  }

  async #fault(fault: FrameFault): Promise<void> {
    this.#statistics.fault();
    await this.#parts.responder.fault(fault);
    const { onFault } = this.#parts.options;
    if (!onFault) throw deserializeError(fault.error);
    onFault(fault);
  }

  // The end of a run, whoever asks for it first: nothing is acquired any more, frames are closed, sinks finished.
  #end(): Promise<void> {
    this.#ending ??= (async () => {
      this.#stop.abort(closed);
      this.#flights.finish();
      await this.#feed.stop();
      await this.#launching;
      for (const { arrival } of this.#flights.drain()) arrival.frame.close();
      await Promise.race([this.#responding.catch(() => {}), unreferencedDelay(sinkGraceMs)]);
      await this.#parts.responder.close();
    })();
    return this.#ending;
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      try {
        await this.#end();
      } finally {
        await this.#parts.engine.close();
        await this.#parts.source.close();
      }
    })();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function unreferencedDelay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer: { unref?(): void } | number = setTimeout(resolve, ms);
    if (typeof timer === 'object') timer.unref?.();
  });
}
