import type { RecoveryDefinition } from '../core/definition.js';
import { ClosedError, DeviceLostError } from '../core/error.js';
import type { Engine, EngineInfo, FrameInput, Processed } from './engine.js';
import { FrameLostError } from './frame-lost-error.js';
import type { PipelineHealth } from './health.js';
import { type Life, Supervisor } from './supervisor.js';

/** An engine that a worker holds; a lost one rejects with what is told of its loss. */
export interface EngineLife extends Engine, Life {}

/** An engine whose worker is replaced when it is lost; the frames that it had are lost with it. */
export class SupervisedEngine implements Engine {
  readonly #supervisor: Supervisor<EngineLife>;

  /** Takes over `first`. @param open makes a successor, and ends what it began when its signal is aborted. */
  constructor(
    first: EngineLife,
    open: (signal: AbortSignal) => Promise<EngineLife>,
    recovery: Pick<RecoveryDefinition, 'restarts'>,
    onHealth?: (health: PipelineHealth) => void,
  ) {
    this.#supervisor = new Supervisor(first, open, recovery, onHealth);
  }

  get info(): EngineInfo {
    return this.#supervisor.life.info;
  }

  get hopCopies(): readonly string[] {
    return this.#supervisor.life.hopCopies;
  }

  get restarts(): number {
    return this.#supervisor.restarts;
  }

  async process(slot: number, frame: FrameInput): Promise<Processed> {
    const life = await this.#supervisor.ready();
    try {
      return await life.process(slot, frame);
    } catch (error) {
      if (!(error instanceof DeviceLostError)) throw error;
      this.#supervisor.report(life, error);
      throw new FrameLostError(frame.id, error);
    }
  }

  async close(): Promise<void> {
    this.#supervisor.stop(new ClosedError({ subject: 'engine', expected: 'an open one', received: 'a closed one' }));
    await this.#supervisor.close();
  }
}
