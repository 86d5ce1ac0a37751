import { untilAborted } from '../core/abort.js';
import type { ModelDefinition, PipelineDefinition } from '../core/definition.js';
import { ClosedError, DeviceLostError, ReflexarcError, serializeError } from '../core/error.js';
import type { RuntimeChoice } from '../core/runtime-choice.js';
import type { Engine, EngineInfo, FrameInput, Processed } from '../pipeline/engine.js';
import { FrameLostError } from '../pipeline/frame-lost-error.js';
import type { PipelineHealth } from '../pipeline/health.js';
import type { ModelInfo, PipelinePhase } from '../pipeline/pipeline.js';
import { ChildLink } from './child-link.node.js';
import { ChildRoster } from './child-roster.js';
import type { HostPipelineOptions } from './host-pipeline.js';
import { openInTurn } from './open-in-turn.js';
import { RetryTimer } from './retry-timer.js';
import { HostRing } from './ring/host-ring.node.js';
import type { RingFrameStore } from './ring/ring-frame-store.js';

/** How an engine of a host is opened: what a pipeline's owner gave. */
export type HostEngineOptions = Omit<HostPipelineOptions, 'source' | 'sinks' | 'onFault' | 'onEvent'>;

/**
 * An engine in child processes: one entry of the definition's `runtime` at a time. A child that is lost is replaced; a runtime that is
 * given up makes place for the next of the list, and is tried again later, in the background. The model can be replaced
 * while it runs.
 */
export class HostEngine implements Engine {
  readonly #ring: HostRing;
  readonly #options: HostEngineOptions;
  readonly #roster = new ChildRoster();
  readonly #stop = new AbortController();
  readonly #retry: RetryTimer;
  #definition: PipelineDefinition;
  #link!: ChildLink;
  // One change at a time.
  #changing: Promise<unknown> = Promise.resolve();
  // Links that were left, until they are closed.
  readonly #leaving = new Set<Promise<void>>();
  #pastRestarts = 0;
  #epoch = 0;

  private constructor(definition: PipelineDefinition, ring: HostRing, options: HostEngineOptions) {
    this.#definition = definition;
    this.#ring = ring;
    this.#options = options;
    this.#retry = new RetryTimer(() => this.#tryPreferred(), options.retryMs);
  }

  /**
   * Opens the first of the listed runtimes that takes the model.
   * @throws the error of the runtime where one is listed. @throws {UnsupportedError} ERR_UNSUPPORTED where each of several failed;
   *   `details.tried` says why. @throws as {@link HostRing.create}.
   */
  static async open(definition: PipelineDefinition, options: HostEngineOptions): Promise<HostEngine> {
    const ring = await HostRing.create(definition.slots, options.frameBytes);
    const engine = new HostEngine(definition, ring, options);
    try {
      const { signal, onProgress } = options;
      const { link, failure } = await engine.#openFirst(definition, placesFrom(0, definition), { signal, onProgress });
      engine.#link = link;
      if (failure) engine.#tellFallback(definition.runtime[link.index - 1], link, failure);
      engine.#rearm();
      return engine;
    } catch (error) {
      ring.close();
      throw error;
    }
  }

  get info(): EngineInfo {
    return this.#link.engine.info;
  }

  get hopCopies(): readonly string[] {
    return this.#link.engine.hopCopies;
  }

  get restarts(): number {
    return this.#pastRestarts + this.#link.engine.restarts;
  }

  /** Where frames for this engine are written. */
  get frames(): RingFrameStore {
    return this.#ring.frames;
  }

  get roster(): ChildRoster {
    return this.#roster;
  }

  async process(slot: number, frame: FrameInput): Promise<Processed> {
    for (;;) {
      const link = this.#link;
      const epoch = this.#epoch;
      try {
        return { ...(await link.process(slot, frame)), epoch };
      } catch (error) {
        if (!(error instanceof DeviceLostError) || error instanceof FrameLostError) throw error;
        // Given up before the frame was anybody's: it goes to the one that takes over.
        await this.#fallBack(link, error);
      }
    }
  }

  /** @throws what opening the model throws; the old one then goes on. Rejects with `signal.reason` when aborted. */
  async swapModel(model: ModelDefinition, signal?: AbortSignal): Promise<ModelInfo> {
    const { info, old } = await this.#change(async () => {
      const definition = { ...this.#definition, model };
      const places = placesFrom(this.#link.index, definition);
      const { link: next, failure } = await this.#openFirst(definition, places, { signal });
      if (failure) this.#tellFallback(this.#link.choice, next, failure);
      this.#definition = definition;
      const taken = this.#take(next);
      const { model: info } = next.engine.info;
      this.#options.onHealth?.({ type: 'swapped', model: info.id, labelsChanged: taken.labelsChanged });
      return { info, old: taken.old };
    });
    this.#rearm();
    await this.#leave(old);
    return info;
  }

  // What comes after a runtime that was given up.
  #fallBack(link: ChildLink, error: DeviceLostError): Promise<void> {
    return this.#change(async () => {
      if (this.#link !== link) return;
      link.record.failed(error);
      const { length } = this.#definition.runtime;
      // Those after it, and then those before it, which had failed once, but may work again.
      const others = Array.from({ length: length - 1 }, (_, i) => (link.index + 1 + i) % length);
      if (others.length === 0) throw error;
      const { restarts: retries } = this.#definition.recovery;
      const opening = this.#openFirst(this.#definition, others, { retries });
      const { link: next } = await opening.catch((cause) => Promise.reject(exhausted(cause, error)));
      this.#tellFallback(link.choice, next, error);
      this.#leave(this.#take(next).old);
      this.#rearm();
    });
  }

  // In the background: whether a runtime that comes before in the list works again. True where the first one runs.
  async #tryPreferred(): Promise<boolean> {
    const definition = this.#definition;
    const before = this.#link;
    for (let index = 0; index < before.index; index++) {
      let candidate: ChildLink;
      try {
        candidate = await this.#openLink(definition, index, this.#stop.signal);
      } catch {
        continue;
      }
      await this.#retry.prove(this.#stop.signal);
      const { state, restarts } = candidate.record.state;
      let taken: ChildLink | undefined;
      const takeOver = async () => {
        const wanted = this.#definition === definition && this.#link === before && !this.#stop.signal.aborted;
        if (!wanted || state !== 'ready' || restarts > 0) return;
        taken = this.#take(candidate).old;
        this.#tellFallback(taken.choice, candidate);
      };
      try {
        await this.#change(takeOver);
      } finally {
        await this.#leave(taken ?? candidate);
      }
      if (taken) break;
    }
    if (this.#link.index === 0) this.#retry.rest();
    return this.#link.index === 0;
  }

  // Runtimes by their places in the definition's list, in that order.
  async #openFirst(
    definition: PipelineDefinition,
    places: readonly number[],
    options: { signal?: AbortSignal; retries?: number; onProgress?(phase: PipelinePhase): void } = {},
  ): Promise<{ link: ChildLink; failure?: unknown }> {
    const { onProgress, retries } = options;
    const signal = options.signal ? AbortSignal.any([options.signal, this.#stop.signal]) : this.#stop.signal;
    const { opened, failure } = await openInTurn(
      places.map((place) => definition.runtime[place]),
      (position) => this.#openLink(definition, places[position], signal, onProgress),
      { subject: definition.model.path, retries, signal },
    );
    return { link: opened, failure };
  }

  #openLink(
    definition: PipelineDefinition,
    index: number,
    signal: AbortSignal,
    onProgress?: (phase: PipelinePhase) => void,
  ): Promise<ChildLink> {
    const record = this.#roster.add(definition.runtime[index]);
    const { onHealth, store, environment, user, scheduling } = this.#options;
    const host = { store, environment, user, scheduling };
    // Of a candidate nobody hears; of one that was left neither.
    const tell = (health: PipelineHealth) => this.#link?.record === record && onHealth?.(health);
    return ChildLink.open({ definition, index, ring: this.#ring, record, host, onProgress, onHealth: tell, signal });
  }

  // Between two frames: those under way stay with the link that they were given to.
  #take(next: ChildLink): { old: ChildLink; labelsChanged: boolean } {
    const old = this.#link;
    this.#pastRestarts += old.engine.restarts;
    const { labels } = old.engine.info.model;
    const labelsChanged = labels.join('\n') !== next.engine.info.model.labels.join('\n');
    if (labelsChanged) this.#epoch++;
    this.#link = next;
    return { old, labelsChanged };
  }

  #tellFallback(from: RuntimeChoice, { choice: to }: ChildLink, failure?: unknown): void {
    const error = failure === undefined ? {} : { error: serializeError(failure) };
    this.#options.onHealth?.({ type: 'fallback', from, to, ...error });
  }

  // It may finish the frames that it has; whoever closes the engine does not wait for them.
  #leave(link: ChildLink): Promise<void> {
    const leaving = untilAborted(link.drained(), this.#stop.signal)
      .catch(() => {})
      .then(() => link.close())
      .finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
    return leaving;
  }

  #change<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#changing.then(() => {
      if (this.#stop.signal.aborted) throw this.#stop.signal.reason;
      return work();
    });
    this.#changing = turn.catch(() => {});
    return turn;
  }

  #rearm(): void {
    if (this.#link.index > 0 && !this.#stop.signal.aborted) this.#retry.arm();
    else this.#retry.rest();
  }

  async close(): Promise<void> {
    this.#stop.abort(new ClosedError({ subject: 'engine', expected: 'an open one', received: 'a closed one' }));
    // What is being opened ends with the signal.
    await Promise.all([this.#retry.close(), this.#changing]);
    await Promise.all([this.#link.close(), ...this.#leaving]);
    this.#ring.close();
  }
}

// Places in the definition's list from one on.
function placesFrom(place: number, { runtime }: PipelineDefinition): number[] {
  return [...runtime.keys()].slice(place);
}

// A run ends with the loss of its engine.
function exhausted(cause: unknown, lost: DeviceLostError): DeviceLostError {
  return new DeviceLostError({
    subject: 'engine of the pipeline',
    expected: 'one of the listed runtimes that runs',
    received: `none: ${lost.received}; then ${(cause as Error).message}`,
    remedy: 'Mend what each of them says, or list other runtimes.',
    details: { ...lost.details, ...(cause instanceof ReflexarcError ? { tried: cause.details.tried } : {}) },
    cause: lost,
  });
}
