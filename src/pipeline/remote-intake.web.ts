import * as Comlink from 'comlink';
import type { SourceInfo } from '../acquire/source.js';
import type { PipelineDefinition } from '../core/definition.js';
import { DeviceLostError } from '../core/error.js';
import type { EngineInfo } from './engine.js';
import { type Reply, unpack } from './engine-channel.js';
import type { Intake, IntakeCounters, Landing } from './intake.js';
import type { IntakeAssets, IntakeChannel, IntakeFacts, LandingMessage } from './intake-channel.js';
import { PendingCalls } from './pending-calls.js';
import type { PipelinePhase } from './pipeline.js';
import type { PreviewScreen } from './preview.web.js';

/** Makes the worker; an application may host its script elsewhere. */
export type WorkerFactory = () => Worker;

const ownWorker: WorkerFactory = () =>
  new Worker(new URL('./intake-worker.web.js', import.meta.url), { type: 'module', name: 'reflexarc' });

/** The sensor's end of an arc in a module worker. Only numbers cross, and pictures where they are to be shown: frames stay there. */
export class RemoteIntake implements Intake {
  readonly #worker: Worker;
  readonly #channel: Comlink.Remote<IntakeChannel>;
  readonly #calls: PendingCalls;
  readonly engine: EngineInfo;
  readonly source: SourceInfo;
  readonly copies: readonly string[];
  readonly overlap: readonly string[];
  readonly #screen: PreviewScreen | undefined;
  #counters: IntakeCounters;
  #closed = false;

  private constructor(
    worker: Worker,
    channel: Comlink.Remote<IntakeChannel>,
    calls: PendingCalls,
    { engine, source, copies, overlap, counters }: IntakeFacts,
    screen: PreviewScreen | undefined,
  ) {
    this.#screen = screen;
    this.#worker = worker;
    this.#channel = channel;
    this.#calls = calls;
    this.engine = engine;
    this.source = source;
    this.copies = copies;
    this.overlap = overlap;
    this.#counters = counters;
  }

  /**
   * Starts a worker and opens source and engine in it. `assets.frames` is transferred; `screen` shows processed frames.
   * @throws what opening throws, with its class and code. @throws {DeviceLostError} ERR_DEVICE_LOST the worker does not start.
   */
  static async open(
    definition: PipelineDefinition,
    assets: IntakeAssets,
    onProgress: (phase: PipelinePhase) => void,
    signal?: AbortSignal,
    factory: WorkerFactory = ownWorker,
    screen?: PreviewScreen,
  ): Promise<RemoteIntake> {
    signal?.throwIfAborted();
    const worker = factory();
    const calls = watch(worker);
    const abort = () => calls.fail(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    const channel = Comlink.wrap<IntakeChannel>(worker);
    try {
      const handed = assets.frames ? [assets.frames] : [];
      const message = { ...assets, preview: screen !== undefined };
      const opening = channel.open(definition, Comlink.transfer(message, handed), Comlink.proxy(onProgress));
      return new RemoteIntake(
        worker,
        channel,
        calls,
        unpack<IntakeFacts>(await calls.guard<Reply<IntakeFacts>>(opening)),
        screen,
      );
    } catch (error) {
      worker.terminate();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  get counters(): IntakeCounters {
    return this.#counters;
  }

  async next(slot: number): Promise<Landing | undefined> {
    const reply = await this.#calls.guard<Reply<LandingMessage>>(this.#channel.next(slot));
    const { landing, counters, picture } = unpack<LandingMessage>(reply);
    this.#counters = counters;
    if (picture) this.#screen?.show(picture);
    return landing;
  }

  async stop(): Promise<void> {
    if (this.#closed) return;
    const reply = this.#calls.guard<Reply<IntakeCounters>>(this.#channel.stop());
    // A worker that is gone, or that hangs in a run, has nothing left to stop: close() ends it.
    const answer = await Promise.race([reply.catch(() => undefined), delay(stopGraceMs)]);
    if (answer && 'value' in answer) this.#counters = answer.value;
  }

  // Ending the worker is the hard stop for a run that cannot be interrupted, and frees all its memory at once.
  async close(): Promise<void> {
    if (this.#closed) return;
    await this.stop();
    this.#closed = true;
    this.#channel[Comlink.releaseProxy]();
    this.#worker.terminate();
    this.#screen?.close();
  }
}

const stopGraceMs = 1000;

function delay(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined));
}

function watch(worker: Worker): PendingCalls {
  const calls = new PendingCalls();
  const lost = (received: string) =>
    calls.fail(
      new DeviceLostError({
        subject: 'worker of the pipeline',
        expected: 'a running module worker',
        received,
        remedy: 'See that its script is served from this origin as JavaScript and that worker-src allows it.',
      }),
    );
  // A script that cannot be loaded gives an event without a message.
  worker.addEventListener('error', (event) =>
    lost(event.message ? `one that died: ${event.message}` : 'a script that does not load'),
  );
  worker.addEventListener('messageerror', () => lost('a message that cannot be read'));
  return calls;
}
