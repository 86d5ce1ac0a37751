import { settledWithin, untilAborted } from '../core/abort.js';
import type { ModelDefinition, PipelineDefinition } from '../core/definition.js';
import { ClosedError, DeviceLostError, deserializeError, serializeError } from '../core/error.js';
import { Histogram, type Percentiles } from '../core/histogram.js';
import type { Result } from '../core/result.js';
import type { ModelInfo, Pipeline, PipelineInfo, PipelineOptions, PipelineStats } from '../pipeline/pipeline.js';
import { type NamedSink, Responder } from '../pipeline/responder.js';
import { RunStatistics } from '../pipeline/run-statistics.js';
import type { Answers } from './answers.js';
import type { HostConnection, StreamHandler } from './host-connection.js';
import type { HostChild } from './host-status.js';
import type { BridgeMessage } from './message.js';
import { decodePreview, type PreviewPicture } from './preview-picture.js';
import type { PreviewRequest } from './requests.js';

/** What a page does with what its pipeline on a host sends. */
export interface HostedOptions
  extends Pick<PipelineOptions, 'signal' | 'onProgress' | 'onFault' | 'onHealth' | 'onEvent'> {
  sinks: readonly NamedSink[];
  preview?: Partial<PreviewRequest>;
  /** Shows a picture; the next is asked for when it settles. */
  onPreview?(picture: PreviewPicture): Promise<void> | void;
}

// Results under way: a page that is slow gets fewer, but of now; where none may be missed, more keep the host busy.
const inFlight = { latest: 2, lossless: 8 };
const previewWindow = 2;
// News to get before they are acknowledged by themselves.
const newsBatch = 32;
const closeMs = 2000;
const noCounters = { dropped: 0, openFrames: 0, restarts: 0, frameBuffers: 0, kernelMemoryBytes: 0 };

/** A pipeline that runs on a host, with its sinks in the page. */
export class HostedPipeline implements Pipeline, StreamHandler {
  readonly definition: PipelineDefinition;
  readonly place = 'host';
  readonly #connection: HostConnection;
  /** The definition as the host gets it. */
  readonly #sent: PipelineDefinition;
  readonly #options: HostedOptions;
  readonly #responder: Responder;
  readonly #stream: number;
  readonly #arrived: Result[] = [];
  #opened!: Answers['OPENED'];
  #stats: PipelineStats = new RunStatistics().snapshot(noCounters, {});
  readonly #transit = new Histogram();
  #children: readonly HostChild[] = [];
  #lastResult = 0;
  #lastNews = 0;
  #acknowledgedNews = 0;
  #missed = 0;
  #missedBefore = 0;
  #reconnects = 0;
  #running = false;
  #end: { error?: unknown } | undefined;
  #wake: (() => void) | undefined;
  #closed: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  private constructor(
    connection: HostConnection,
    definition: PipelineDefinition,
    sent: PipelineDefinition,
    options: HostedOptions,
  ) {
    this.#connection = connection;
    this.definition = definition;
    this.#sent = sent;
    this.#options = options;
    this.#responder = new Responder(undefined, [], options.sinks, options.onEvent);
    this.#stream = connection.add(this);
  }

  /**
   * Opens a pipeline on a host.
   * @param definition as the page gave it. @param sent as the host gets it.
   * @throws what the host refuses with. Rejects with `signal.reason` when aborted.
   */
  static async open(
    connection: HostConnection,
    definition: PipelineDefinition,
    sent: PipelineDefinition,
    options: HostedOptions,
  ): Promise<HostedPipeline> {
    const pipeline = new HostedPipeline(connection, definition, sent, options);
    try {
      const opening = pipeline.#open();
      await (options.signal ? untilAborted(opening, options.signal) : opening);
      return pipeline;
    } catch (error) {
      connection.send('CLOSE', pipeline.#stream);
      connection.remove(pipeline.#stream);
      throw error;
    }
  }

  get info(): PipelineInfo {
    const { info } = this.#opened;
    // As the page named it.
    return { ...info, model: { ...info.model, path: this.definition.model.path } };
  }

  /** As the host told them last, which is at most a second ago; results that never reached the page count as drops. */
  get stats(): PipelineStats {
    const { drops } = this.#stats;
    return { ...this.#stats, drops: { ...drops, queue: drops.queue + this.#missed } };
  }

  /** The processes that its runtimes run in, as the host told them last. */
  get children(): readonly HostChild[] {
    return this.#children;
  }

  /** From the moment in which the host sent a result to that in which it was here, in ms. */
  get transit(): Percentiles {
    return this.#transit.percentiles();
  }

  /** Replaces the model at a frame boundary; on failure the old one goes on. @throws what the host refuses with. */
  async swapModel(model: ModelDefinition): Promise<ModelInfo> {
    const swapped = await this.#connection.request<'SWAPPED'>('SWAP', this.#stream, { model });
    this.#opened.info.model = swapped.model;
    return swapped.model;
  }

  run(options: { signal?: AbortSignal } = {}): AsyncIterableIterator<Result> {
    if (this.#running || this.#closing) {
      throw new ClosedError({
        subject: 'pipeline.run()',
        expected: 'a pipeline that has not run yet',
        received: this.#closing ? 'a closed one' : 'one that has',
        remedy: 'Create another pipeline.',
      });
    }
    this.#running = true;
    return this.#run(options.signal);
  }

  async *#run(signal: AbortSignal | undefined): AsyncGenerator<Result, void, void> {
    const abort = () => this.#finish({ error: signal?.reason });
    signal?.addEventListener('abort', abort, { once: true });
    try {
      signal?.throwIfAborted();
      await this.#responder.open();
      this.#grant(this.#ahead, this.#options.onPreview ? previewWindow : 0);
      for (;;) {
        const result = this.#arrived.shift();
        if (result && !signal?.aborted) {
          await this.#responder.deliver(result);
          yield result;
          this.#grant(1, 0);
        } else if (this.#end) break;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
      if (this.#end?.error !== undefined) throw this.#end.error;
    } finally {
      signal?.removeEventListener('abort', abort);
      await this.close();
    }
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#connection.send('CLOSE', this.#stream);
      if (!this.#end && this.#connection.state === 'open') {
        await settledWithin(new Promise<void>((resolve) => (this.#closed = resolve)), closeMs);
      }
      this.#finish({});
      this.#connection.remove(this.#stream);
      await this.#responder.close();
    })();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** A message of the stream. */
  receive(message: BridgeMessage): void {
    const { type, sequence, payload } = message;
    switch (type) {
      case 'PROGRESS':
        this.#options.onProgress?.((payload as Answers['PROGRESS']).phase);
        break;
      case 'RESULT':
        this.#result(sequence, payload as Answers['RESULT'], this.#connection.delayOf(message));
        break;
      case 'EVENT':
      case 'FAULT':
      case 'HEALTH':
        this.#news(sequence, payload as Answers['EVENT' | 'FAULT' | 'HEALTH']);
        break;
      case 'PREVIEW':
        this.#preview(payload);
        break;
      case 'STATS':
        this.#figures(payload as Answers['STATS']);
        break;
      case 'CLOSED':
        this.#closedByHost(payload as Answers['CLOSED']);
    }
  }

  lost(error: DeviceLostError, attempt: number, waitMs: number): void {
    this.#missedBefore = attempt === 1 ? this.#missed : this.#missedBefore;
    const told = serializeError(error);
    this.#options.onHealth?.({ type: 'restarting', reason: 'connection', attempt, waitMs, error: told });
  }

  restored(outageMs: number): void {
    this.#restore(outageMs).catch((error) => {
      // Lost again: the next connection tries again.
      if (!isOfConnection(error)) this.#finish({ error });
    });
  }

  ended(error: Error): void {
    this.#finish({ error });
  }

  async #open(): Promise<void> {
    const { onFault, preview, onPreview } = this.#options;
    this.#opened = await this.#connection.request<'OPENED'>('OPEN', this.#stream, {
      definition: this.#sent,
      faults: onFault ? 'tell' : 'end',
      ...(onPreview ? { preview: preview ?? {} } : {}),
    });
  }

  async #restore(outageMs: number): Promise<void> {
    if (this.#end || this.#closing || !this.#opened) return;
    const { key } = this.#opened;
    try {
      this.#opened = await this.#connection.request<'OPENED'>('OPEN', this.#stream, {
        resume: key,
        results: this.#lastResult,
        news: this.#lastNews,
      });
    } catch (error) {
      if (isOfConnection(error)) throw error;
      this.#lastResult = 0;
      this.#lastNews = 0;
      this.#acknowledgedNews = 0;
      await this.#open();
    }
    this.#reconnects++;
    if (this.#running) this.#grant(this.#ahead - this.#arrived.length, this.#options.onPreview ? previewWindow : 0);
    const missed = this.#missed - this.#missedBefore;
    this.#options.onHealth?.({ type: 'restored', restarts: this.#reconnects, outageMs, missed });
  }

  get #ahead(): number {
    return this.#opened.lossless ? inFlight.lossless : inFlight.latest;
  }

  #result(sequence: number, { result }: Answers['RESULT'], delayMs: number | undefined): void {
    if (sequence <= this.#lastResult || this.#end) return;
    if (delayMs !== undefined) this.#transit.record(delayMs);
    this.#missed += sequence - this.#lastResult - 1;
    this.#lastResult = sequence;
    this.#arrived.push(result);
    this.#wake?.();
  }

  #news(sequence: number, news: Answers['EVENT' | 'FAULT' | 'HEALTH']): void {
    if (sequence <= this.#lastNews || this.#end) return;
    this.#lastNews = sequence;
    if (sequence - this.#acknowledgedNews >= newsBatch) this.#grant(0, 0);
    const { onFault, onHealth } = this.#options;
    const fail = (error: unknown) => this.#finish({ error });
    if ('event' in news) this.#responder.announce(news.event).catch(fail);
    else if ('fault' in news) {
      onFault?.(news.fault);
      this.#responder.fault(news.fault).catch(fail);
    } else onHealth?.(news.health);
  }

  #preview(payload: unknown): void {
    const shown = (async () => this.#options.onPreview?.(decodePreview(payload)))();
    const next = () => this.#grant(0, 1);
    // A picture that cannot be shown is followed by another.
    shown.then(next, next);
  }

  #closedByHost({ error, stats, info }: Answers['CLOSED']): void {
    if (stats && info) this.#figures({ stats, info });
    this.#closed?.();
    this.#finish(error ? { error: deserializeError(error) } : {});
  }

  #figures({ stats, info, children }: Omit<Answers['STATS'], 'children'> & Partial<Answers['STATS']>): void {
    this.#stats = stats;
    this.#children = children ?? this.#children;
    this.#opened.info = info;
  }

  #grant(results: number, previews: number): void {
    this.#acknowledgedNews = this.#lastNews;
    const payload = { results, previews, received: this.#lastResult, news: this.#lastNews };
    this.#connection.send('CREDIT', this.#stream, payload);
  }

  #finish(end: { error?: unknown }): void {
    this.#end ??= end;
    this.#wake?.();
  }
}

// A host may answer that it has lost a device, too: that is the end.
function isOfConnection(error: unknown): boolean {
  return error instanceof DeviceLostError && error.details.reason === 'connection';
}
