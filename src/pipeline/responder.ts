import { now } from '../core/clock.js';
import { ReflexarcError, SinkError } from '../core/error.js';
import type { Frame } from '../core/frame.js';
import type { Detection, FrameFault, Result, RuleEvent } from '../core/result.js';
import type { LineRule } from '../respond/line-rule.js';
import type { Sink } from '../respond/sink.js';
import type { Tracker } from '../track/tracker.js';
import type { RunStatistics } from './run-statistics.js';

/** A sink, and what errors call it. */
export interface NamedSink {
  name: string;
  sink: Sink;
}

/**
 * The owner's end of the arc: tracker, rules and sinks. Its state outlives any worker.
 * Sinks are served side by side; the frame is answered when all have acknowledged.
 */
export class Responder {
  readonly #tracker: Tracker | undefined;
  readonly #rules: readonly LineRule[];
  readonly #sinks: readonly NamedSink[];
  readonly #onEvent: ((event: RuleEvent) => void) | undefined;
  readonly #opened: NamedSink[] = [];
  // Size of the last frame, which tracks are in px of.
  #width = 0;
  #height = 0;

  constructor(
    tracker: Tracker | undefined,
    rules: readonly LineRule[],
    sinks: readonly NamedSink[],
    onEvent?: (event: RuleEvent) => void,
  ) {
    this.#tracker = tracker;
    this.#rules = rules;
    this.#sinks = sinks;
    this.#onEvent = onEvent;
  }

  get lines(): Record<string, LineRule['counts']> {
    return Object.fromEntries(this.#rules.map((rule) => [rule.id, { ...rule.counts }]));
  }

  /** Opens the sinks, once. @throws {SinkError} ERR_SINK */
  async open(): Promise<void> {
    for (const named of this.#sinks) {
      // Also one that failed half-way is closed.
      this.#opened.push(named);
      await guard(named.name, async () => named.sink.open?.());
    }
  }

  /** Tracks, applies the rules and waits for every sink; a frame of another size begins new tracks. Sets `items[].trackId` and `events` of the result. */
  async respond(
    result: Result,
    frame: Frame | undefined,
    captureTime: number,
    statistics: RunStatistics,
  ): Promise<void> {
    const detections = result.items.filter((item): item is Detection => 'box' in item);
    this.#follow(result);
    this.#tracker?.update(detections, result.timestamp);
    for (const rule of this.#rules) result.events.push(...rule.update(detections, result));
    const acknowledged: Promise<void>[] = [];
    for (const event of result.events) {
      const told = this.announce(event);
      if (event.type === 'reject') acknowledged.push(told.then(() => statistics.reject(now() - captureTime)));
    }
    await settleAll([...acknowledged, ...this.#deliver(result, frame)]);
  }

  /** Tells of an event; settles when every actuator has acknowledged a reject. */
  announce(event: RuleEvent): Promise<unknown> {
    this.#onEvent?.(event);
    const acting = event.type === 'reject' ? this.#sinks.filter(({ sink }) => sink.reject) : [];
    return Promise.all(acting.map(({ name, sink }) => guard(name, async () => sink.reject?.(event))));
  }

  /** Hands a result to the sinks as it is, where tracker and rules have seen it elsewhere. */
  async deliver(result: Result): Promise<void> {
    await settleAll(this.#deliver(result, undefined));
  }

  #deliver(result: Result, frame: Frame | undefined): Promise<void>[] {
    return this.#sinks
      .filter(({ sink }) => sink.result)
      .map(({ name, sink }) => guard(name, async () => sink.result?.(result, sink.needsFrame ? frame : undefined)));
  }

  // Where things were in a picture of another size says nothing.
  #follow({ width, height }: Result): void {
    if (width === this.#width && height === this.#height) return;
    if (this.#width > 0) this.forget();
    [this.#width, this.#height] = [width, height];
  }

  /** Begins new tracks; counts and the numbers of tracks go on. */
  forget(): void {
    this.#tracker?.reset();
    for (const rule of this.#rules) rule.reset();
  }

  /** Tells every sink of a frame that could not be processed. */
  async fault(fault: FrameFault): Promise<void> {
    const listening = this.#sinks.filter(({ sink }) => sink.fault);
    await settleAll(listening.map(({ name, sink }) => guard(name, async () => sink.fault?.(fault))));
  }

  /** Closes every opened sink, whatever the others do, then throws the first failure. One that never answers is one. */
  async close(): Promise<void> {
    const opened = this.#opened.splice(0);
    await settleAll(
      opened.map(({ name, sink }) =>
        answered(
          name,
          guard(name, async () => sink.close?.()),
        ),
      ),
    );
  }
}

// Finishing a file may take its time; for ever is too long.
const closeGraceMs = 20_000;

function answered(name: string, closing: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const received = `none within ${closeGraceMs / 1000} s`;
      const remedy = 'Settle what close() of your sink returns.';
      reject(new SinkError({ subject: `close() of ${name}`, expected: 'an answer', received, remedy }));
    }, closeGraceMs);
    closing.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

// The frame is borrowed until every sink is done with it, so one failure must not cut the wait for the others short.
async function settleAll(promises: readonly Promise<void>[]): Promise<void> {
  if (promises.length === 0) return;
  const settled = await Promise.allSettled(promises);
  const failed = settled.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}

async function guard(name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    if (cause instanceof ReflexarcError) throw cause;
    throw new SinkError({
      subject: name,
      expected: 'an acknowledgement',
      received: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}
