import { serializeError } from '../core/error.js';
import { type RuntimeChoice, resolveRuntime } from '../core/runtime-choice.js';
import type { EngineInfo } from '../pipeline/engine.js';
import type { PipelineHealth } from '../pipeline/health.js';
import type { ChildState } from './child-state.js';
import type { SchedulingAnswer } from './scheduling/scheduling.js';

/** What is known of one child, and kept up to date by those who run it. */
export class ChildRecord {
  #state: ChildState;

  constructor(number: number, choice: RuntimeChoice) {
    const never = { device: null, pid: null, startedAt: null };
    const { runtime } = resolveRuntime(choice);
    this.#state = {
      id: `${runtime}:${number}`,
      runtime,
      choice,
      ...never,
      state: 'starting',
      restarts: 0,
      scheduling: [],
    };
  }

  get state(): ChildState {
    return this.#state;
  }

  started(pid: number | null, startedAt: number): void {
    this.#change({ pid, startedAt });
  }

  ready(info: EngineInfo, scheduling: readonly SchedulingAnswer[]): void {
    this.#change({ state: 'ready', device: info.runtime.device, scheduling });
  }

  /** The process of that number is gone; a successor may be there already. */
  ended(pid: number | null): void {
    if (this.#state.pid === pid) this.#change({ pid: null });
  }

  follow(health: PipelineHealth): void {
    if (health.type === 'restarting') this.#change({ state: 'restarting', error: health.error });
    if (health.type === 'restored') this.#change({ restarts: health.restarts });
  }

  failed(error: unknown): void {
    this.#change({ state: 'failed', error: serializeError(error) });
  }

  stopped(): void {
    if (this.#state.state !== 'failed') this.#change({ state: 'stopped' });
  }

  #change(news: Partial<ChildState>): void {
    this.#state = { ...this.#state, ...news };
  }
}

/** The children of a pipeline: those that run, and of each entry of the definition's `runtime` the one that failed last. */
export class ChildRoster {
  #records: ChildRecord[] = [];
  #made = 0;

  add(choice: RuntimeChoice): ChildRecord {
    const record = new ChildRecord(++this.#made, choice);
    this.#records = this.#records.filter(
      ({ state }) => state.state !== 'stopped' && !(state.state === 'failed' && state.choice === choice),
    );
    this.#records.push(record);
    return record;
  }

  get states(): ChildState[] {
    return this.#records.map(({ state }) => state);
  }
}
