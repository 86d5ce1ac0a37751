import { randomBytes } from 'node:crypto';
import type { Answers } from '../bridge/answers.js';
import type { HostPipelineStatus } from '../bridge/host-status.js';
import type { CreditRequest, OpenRequest, PreviewRequest, SwapRequest } from '../bridge/requests.js';
import { type News, type NewsType, type Outlet, StreamOutbox } from '../bridge/stream-outbox.js';
import { ClosedError, InvalidArgumentError, serializeError } from '../core/error.js';
import type { ModelInfo, PipelinePhase } from '../pipeline/pipeline.js';
import type { Cameras } from './cameras.node.js';
import { createHostPipeline } from './create-host-pipeline.node.js';
import { checkHostDefinition, checkHostModel } from './host-definition.js';
import type { HostPipeline } from './host-pipeline.js';
import { PreviewTap } from './preview-tap.node.js';
import type { Scheduling } from './scheduling/scheduling.js';

/** What a stream needs of its connection. */
export interface StreamOutlet extends Outlet {
  preview(sequence: number, picture: Uint8Array): void;
  stats(payload: Answers['STATS']): void;
  closed(payload: Answers['CLOSED']): void;
}

/** What a daemon gives its streams. */
export interface StreamSetting {
  cameras: Cameras;
  /** Folder of the model store. */
  store: string;
  /** News kept at most. */
  news: number;
  /** What a page may have at most of pictures. */
  preview: PreviewRequest;
  /** Of the children. */
  scheduling?: Scheduling;
}

const statsMs = 1000;
// Each starts a process, one after another: of more than that a page would never see the end.
const swapsAtOnce = 4;

/** One pipeline of a page: opened by OPEN, run by the first credit, surviving a connection until it is closed. */
export class HostStream {
  /** What a page resumes it with: nobody else knows it. */
  readonly key = randomBytes(24).toString('base64url');
  readonly #pipeline: HostPipeline;
  readonly #outbox: StreamOutbox;
  readonly #preview: PreviewTap | undefined;
  readonly #stop = new AbortController();
  #outlet: StreamOutlet | undefined;
  #begun = false;
  #stats: NodeJS.Timeout | undefined;
  #end: Answers['CLOSED'] | undefined;
  // Whether the present connection has been told of it.
  #told = false;
  #swaps = 0;
  #closing: Promise<void> | undefined;

  private constructor(pipeline: HostPipeline, outbox: StreamOutbox, preview: PreviewTap | undefined) {
    this.#pipeline = pipeline;
    this.#outbox = outbox;
    this.#preview = preview;
  }

  /**
   * Opens a pipeline for a page.
   * @throws {InvalidArgumentError} ERR_ARGUMENT what a page may not ask, naming the field; as `createHostPipeline`.
   */
  static async open(
    { definition, faults, preview }: OpenRequest,
    { cameras, store, scheduling, news: capacity, preview: most }: StreamSetting,
    onProgress: (phase: PipelinePhase) => void,
    signal: AbortSignal,
  ): Promise<HostStream> {
    checkHostDefinition(definition);
    // News that come before the outbox is there: a camera's, while the model is being loaded.
    const early: [NewsType, News][] = [];
    let outbox: StreamOutbox | undefined;
    const tell = (type: NewsType, news: News) => (outbox ? outbox.news(type, news) : void early.push([type, news]));
    const tap = preview && (await PreviewTap.open(lesser(preview, most)));
    const onHealth = (health: Answers['HEALTH']['health']) => tell('HEALTH', { health });
    const source = definition.source.type === 'camera' ? await cameras.open(definition.source, onHealth) : undefined;
    let pipeline: HostPipeline;
    try {
      pipeline = await createHostPipeline(
        { ...definition, execution: 'worker' },
        {
          store,
          scheduling,
          source,
          signal,
          onProgress,
          onHealth,
          onEvent: (event) => tell('EVENT', { event }),
          // Whoever listens keeps the run from ending with a frame that cannot be processed.
          onFault: faults === 'tell' ? () => {} : undefined,
          // A sink is told of each, also of those that were lost with a child, which never end the run.
          sinks: [{ fault: (fault) => tell('FAULT', { fault }) }, ...(tap ? [tap] : [])],
        },
      );
    } catch (error) {
      await source?.close();
      throw error;
    }
    outbox = new StreamOutbox({ lossless: pipeline.info.queue === 'wait', capacity });
    for (const [type, news] of early) outbox.news(type, news);
    return new HostStream(pipeline, outbox, tap);
  }

  /** Whether its run is over. */
  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** The payload of OPENED. */
  opened(resumed: boolean): Answers['OPENED'] {
    return { key: this.key, info: this.#pipeline.info, lossless: this.#outbox.lossless, resumed };
  }

  /** How it is. */
  get status(): HostPipelineStatus {
    const { info, children } = this.#pipeline;
    return { model: info.model.id, source: info.source, waiting: !this.#outlet, children };
  }

  /** A page is there, with what it has of this stream. */
  attach(outlet: StreamOutlet, had?: { results: number; news: number }): void {
    this.#outlet = outlet;
    this.#told = false;
    this.#outbox.attach(outlet, had);
    this.#preview?.attach((sequence, picture) => outlet.preview(sequence, picture));
    if (this.#end) this.#tellEnd();
  }

  /** The page is away; results go on, or wait where none may be lost. */
  detach(): void {
    this.#outlet = undefined;
    this.#outbox.detach();
    this.#preview?.detach();
  }

  /** The page takes more; the first time begins the run. */
  credit(request: CreditRequest): void {
    this.#outbox.grant(request);
    this.#preview?.grant(request.previews);
    if (!this.#begun && request.results > 0) void this.#run();
    if (this.#end) this.#tellEnd();
  }

  /** A slow connection has recovered. */
  flush(): void {
    this.#outbox.flush();
    if (this.#end) this.#tellEnd();
  }

  /** Replaces the model. @throws {InvalidArgumentError} ERR_ARGUMENT too many are under way. @throws as `swapModel`. */
  async swap({ model }: SwapRequest): Promise<ModelInfo> {
    checkHostModel(model);
    if (this.#swaps >= swapsAtOnce) {
      throw new InvalidArgumentError({
        subject: 'SWAP',
        expected: `at most ${swapsAtOnce} of a stream at a time`,
        received: 'one more',
        remedy: 'Wait until one is answered.',
      });
    }
    this.#swaps++;
    try {
      return await this.#pipeline.swapModel(model, { signal: this.#stop.signal });
    } finally {
      this.#swaps--;
    }
  }

  /** Ends run and pipeline. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#stop.abort(new ClosedError({ subject: 'stream', expected: 'an open one', received: 'a closed one' }));
      clearInterval(this.#stats);
      await this.#pipeline.close().catch(() => {});
      if (!this.#end) this.#outbox.clear();
      this.#finish({ reason: 'closed' });
    })();
    return this.#closing;
  }

  async #run(): Promise<void> {
    this.#begun = true;
    const { signal } = this.#stop;
    this.#stats = setInterval(() => this.#outlet?.stats(this.#figures), statsMs);
    let end: Answers['CLOSED'] = { reason: 'ended' };
    try {
      for await (const result of this.#pipeline.run()) {
        this.#outbox.result(result);
        if (this.#outbox.lossless) await this.#outbox.sent(signal);
      }
      // The last one waits for credit in every kind of stream.
      await this.#outbox.sent(signal);
    } catch (error) {
      end = { reason: 'failed', error: serializeError(error) };
    }
    clearInterval(this.#stats);
    if (signal.aborted) return;
    this.#finish(end);
    await this.close();
  }

  get #figures(): Answers['STATS'] {
    const { stats, info, children } = this.#pipeline;
    return { stats, info, children };
  }

  #finish(end: Answers['CLOSED']): void {
    if (this.#end) return;
    this.#end = { ...end, ...this.#figures };
    this.#tellEnd();
  }

  // After everything else: what waits for credit or an outlet goes first.
  #tellEnd(): void {
    if (!this.#end || this.#told || !this.#outlet || !this.#outbox.empty) return;
    this.#told = true;
    // A picture that is still being encoded would come after the last message.
    this.#preview?.detach();
    this.#outlet.closed(this.#end);
  }
}

function lesser(one: PreviewRequest, other: PreviewRequest): PreviewRequest {
  return { rate: Math.min(one.rate, other.rate), maxSide: Math.min(one.maxSide, other.maxSide) };
}
