import * as Comlink from 'comlink';
import type { SourceInfo } from '../acquire/source.js';
import { now } from '../core/clock.js';
import type { PipelineDefinition } from '../core/definition.js';
import { ClosedError, DeviceLostError } from '../core/error.js';
import { hasMethods, isObject, type OptionRule, requireFit } from './check-options.js';
import type { EngineInfo } from './engine.js';
import { type Reply, unpack } from './engine-channel.js';
import { FrameLostError } from './frame-lost-error.js';
import type { IntakeCounters, Landing, Progress } from './intake.js';
import type { IntakeAssets, IntakeChannel, IntakeFacts, IntakeNews, LandingMessage } from './intake-channel.js';
import { PendingCalls } from './pending-calls.js';
import type { PipelinePhase } from './pipeline.js';
import type { PreviewScreen } from './preview-screen.web.js';
import type { IntakeLife } from './supervised-intake.js';
import { lossOf, WorkerPulse } from './worker-pulse.js';

/** Makes the worker; an application may host its script elsewhere. */
export type WorkerFactory = () => Worker;

/** What a worker of a page is opened with. */
export interface RemoteIntakeInit {
  definition: PipelineDefinition;
  /** `frames` is transferred. */
  assets: IntakeAssets;
  onProgress(phase: PipelinePhase): void;
  signal?: AbortSignal;
  factory?: WorkerFactory;
  /** Shows processed frames. */
  screen?: PreviewScreen;
}

const subject = 'worker of the pipeline';

const ownWorker: WorkerFactory = () =>
  new Worker(new URL('./intake-worker.web.js', import.meta.url), { type: 'module', name: 'reflexarc' });

/**
 * The sensor's end of an arc in a module worker: one life of it. Only numbers cross, and pictures where they are to be
 * shown: frames stay there. The worker tells of each frame as it takes it, so that this side knows which are lost with
 * it. It hangs when its thread does not answer, or when a frame it took has not landed, for as long as the definition says.
 */
export class RemoteIntake implements IntakeLife {
  readonly lost: Promise<DeviceLostError>;
  progress: Progress | undefined;
  readonly #worker: Worker;
  readonly #channel: Comlink.Remote<IntakeChannel>;
  readonly #calls: PendingCalls;
  readonly #pulse: WorkerPulse;
  readonly #screen: PreviewScreen | undefined;
  readonly #lifeline = `reflexarc ${Array.from(crypto.getRandomValues(new Uint32Array(4))).join('-')}`;
  readonly #ended = new AbortController();
  // Calls that the worker has not answered, in order, with the frames that it took for them.
  readonly #flights: { frame?: number }[] = [];
  #facts!: IntakeFacts;
  #counters!: IntakeCounters;
  #gone = false;
  #settled = false;
  #closed = false;

  private constructor(worker: Worker, screen: PreviewScreen | undefined) {
    this.#worker = worker;
    this.#screen = screen;
    this.#channel = Comlink.wrap<IntakeChannel>(worker);
    let settle!: (error: DeviceLostError) => void;
    this.lost = new Promise((resolve) => {
      settle = resolve;
    });
    this.#calls = new PendingCalls((error) => {
      this.#gone = true;
      this.#pulse.stop();
      this.#ended.abort();
      if (error instanceof DeviceLostError) settle(error);
    });
    const lose = (error: DeviceLostError) => this.#calls.fail(error);
    this.#pulse = new WorkerPulse(subject, lose, () => this.#ping());
    // A script that cannot be loaded gives an event without a message.
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      const { message } = event;
      lose(message ? lossOf(subject, 'crashed', `one that died: ${message}`) : notLoaded());
    });
    worker.addEventListener('messageerror', () => lose(lossOf(subject, 'crashed', 'a message that cannot be read')));
    worker.addEventListener('message', ({ data }: MessageEvent<IntakeNews>) => {
      if (data?.type === 'taken') this.#take(data.frame, data.progress);
      else if (data?.type === 'alive') this.#awaitEnd();
    });
  }

  /**
   * Starts a worker and opens source and engine in it.
   * @throws what opening throws, with its class and code. @throws {DeviceLostError} ERR_DEVICE_LOST the worker does not
   * start, dies, or gives no sign for `recovery.loadMs`.
   */
  static async open({ factory = ownWorker, signal, screen, ...init }: RemoteIntakeInit): Promise<RemoteIntake> {
    signal?.throwIfAborted();
    const life = new RemoteIntake(madeBy(factory), screen);
    return life.#calls.open(life, () => life.#open(init), signal);
  }

  async #open({ definition, assets, onProgress }: RemoteIntakeInit): Promise<void> {
    const { recovery } = definition;
    this.#pulse.open(recovery);
    let warmUp = now();
    const progress = (phase: PipelinePhase) => {
      this.#pulse.feed();
      if (phase === 'warm-up') warmUp = now();
      onProgress(phase);
    };
    const message = { ...assets, preview: this.#screen !== undefined, lifeline: this.#lifeline };
    const handed = assets.frames ? [assets.frames] : [];
    const opening = this.#channel.open(definition, Comlink.transfer(message, handed), Comlink.proxy(progress));
    this.#facts = unpack<IntakeFacts>(await this.#calls.guard<Reply<IntakeFacts>>(opening));
    this.#counters = this.#facts.counters;
    this.#pulse.settle(recovery, now() - warmUp);
  }

  get engine(): EngineInfo {
    return this.#facts.engine;
  }

  get source(): SourceInfo {
    return this.#facts.source;
  }

  get copies(): readonly string[] {
    return this.#facts.copies;
  }

  get overlap(): readonly string[] {
    return this.#facts.overlap;
  }

  get counters(): IntakeCounters {
    return this.#counters;
  }

  async next(slot: number): Promise<Landing | undefined> {
    const flight: { frame?: number } = {};
    this.#flights.push(flight);
    try {
      const reply = await this.#calls.guard<Reply<LandingMessage>>(this.#channel.next(slot));
      const { landing, counters, picture } = unpack<LandingMessage>(reply);
      this.#pulse.feed();
      this.#counters = counters;
      if (picture) this.#screen?.show(picture);
      return landing;
    } catch (error) {
      if (!(error instanceof DeviceLostError)) throw error;
      // A lost graphics device is told by the worker itself.
      this.#calls.fail(error);
      throw flight.frame === undefined ? error : new FrameLostError(flight.frame, error);
    } finally {
      this.#flights.splice(this.#flights.indexOf(flight), 1);
    }
  }

  // Calls are served in order, and so are their frames taken.
  #take(frame: number, progress: Progress): void {
    if (!this.#busy) this.#pulse.feed();
    const flight = this.#flights.find((each) => each.frame === undefined);
    if (flight) flight.frame = frame;
    this.progress = progress;
  }

  get #busy(): boolean {
    return this.#flights.some(({ frame }) => frame !== undefined);
  }

  // A worker that ends without a word gives back its lock; where there are none, it is known by its silence.
  #awaitEnd(): void {
    const gone = () => this.#calls.fail(lossOf(subject, 'crashed', 'one that ended'));
    navigator.locks.request(this.#lifeline, { signal: this.#ended.signal }, gone).catch(() => {});
  }

  // A thread that answers is no sign of the frame that it has: that must land.
  async #ping(): Promise<void> {
    await this.#channel.ping();
    if (!this.#busy) this.#pulse.feed();
  }

  async stop(): Promise<void> {
    if (this.#gone) return;
    this.#pulse.stop();
    const reply = this.#calls.guard<Reply<IntakeCounters>>(this.#channel.stop());
    // A worker that hangs in a run has nothing left to stop: close() ends it.
    const answer = await Promise.race([reply.catch(() => undefined), delay(stopGraceMs)]);
    if (!answer || !('value' in answer)) return;
    this.#counters = answer.value;
    this.#settled = true;
  }

  // Ending the worker is the hard stop for a run that cannot be interrupted, and frees all its memory at once.
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#calls.fail(new ClosedError({ subject, expected: 'an open one', received: 'a closed one' }));
    this.#channel[Comlink.releaseProxy]();
    this.#worker.terminate();
    // Of a worker that did not say what it left open, the frames went with its memory.
    if (!this.#settled) this.#counters = { ...this.#counters, openFrames: 0 };
  }
}

const stopGraceMs = 1000;

const workerRule: OptionRule = {
  expected: 'a Worker',
  remedy: 'Return new Worker(…) of the type module, and no promise.',
  fits: (value) => isObject(value) && hasMethods(value, ['postMessage', 'addEventListener', 'terminate']),
};

function madeBy(factory: WorkerFactory): Worker {
  const worker = factory();
  requireFit('what options.workerFactory returns', worker, workerRule);
  return worker;
}

function delay(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined));
}

function notLoaded(): DeviceLostError {
  return new DeviceLostError({
    subject,
    expected: 'a running module worker',
    received: 'a script that does not load',
    remedy:
      'See that its script is served from this origin as JavaScript and that worker-src allows it. Copied assets must be of this version: npx reflexarc copy-assets.',
    details: { reason: 'crashed' },
  });
}
