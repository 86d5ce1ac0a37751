import type { SourceInfo } from '../acquire/source.js';
import type { RecoveryDefinition } from '../core/definition.js';
import { DeviceLostError, serializeError } from '../core/error.js';
import type { EngineInfo } from './engine.js';
import { FrameLostError } from './frame-lost-error.js';
import type { PipelineHealth } from './health.js';
import type { FrameFacts, Intake, IntakeCounters, Landing, Progress } from './intake.js';
import { type Life, Supervisor } from './supervisor.js';

/** An intake that a worker holds. */
export interface IntakeLife extends Intake, Life {
  /** How far it was when it took a frame last; absent before the first. */
  readonly progress: Progress | undefined;
  /**
   * As {@link Intake.next}.
   * @throws {FrameLostError} ERR_DEVICE_LOST the worker is lost, and with it the frame that this call had taken.
   * @throws {DeviceLostError} ERR_DEVICE_LOST the worker was lost before it took a frame for this call.
   */
  next(slot: number): Promise<Landing | undefined>;
}

/** Opens an intake in a worker of its own, which goes on after `resume`. Ends what it began when aborted. */
export type OpenIntakeLife = (resume: Progress | undefined, signal: AbortSignal | undefined) => Promise<IntakeLife>;

const stopped = Symbol('stopped');

/**
 * An intake whose worker is replaced when it is lost. Frames that were under way in it become faults; the next ones come
 * from its successor. Sources that can be repeated go on after the last frame that was taken, with the same schedule;
 * cameras go on with what they show then. Ids keep ascending, and so do timestamps: where a source begins its time anew,
 * they go on by the time that has passed.
 */
export class SupervisedIntake implements Intake {
  readonly #supervisor: Supervisor<IntakeLife>;
  #progress: Progress | undefined;
  #stopped = false;
  // The life that the shift of timestamps is for, and the frame answered last.
  #shifted: IntakeLife;
  #shift = 0;
  #last: FrameFacts | undefined;

  private constructor(
    first: IntakeLife,
    open: OpenIntakeLife,
    recovery: Pick<RecoveryDefinition, 'restarts'>,
    onHealth?: (health: PipelineHealth) => void,
  ) {
    this.#shifted = first;
    const reopen = (signal: AbortSignal) => {
      this.#progress = this.#supervisor.life.progress ?? this.#progress;
      return open(this.#progress, signal);
    };
    this.#supervisor = new Supervisor(first, reopen, recovery, onHealth);
  }

  /** Opens the first worker. @throws what opening throws: only one that has been opened is replaced. */
  static async open(
    open: OpenIntakeLife,
    recovery: Pick<RecoveryDefinition, 'restarts'>,
    signal?: AbortSignal,
    onHealth?: (health: PipelineHealth) => void,
  ): Promise<SupervisedIntake> {
    return new SupervisedIntake(await open(undefined, signal), open, recovery, onHealth);
  }

  get engine(): EngineInfo {
    return this.#supervisor.life.engine;
  }

  get source(): SourceInfo {
    return this.#supervisor.life.source;
  }

  get copies(): readonly string[] {
    return this.#supervisor.life.copies;
  }

  get overlap(): readonly string[] {
    return this.#supervisor.life.overlap;
  }

  get counters(): IntakeCounters {
    return { ...this.#supervisor.life.counters, restarts: this.#supervisor.restarts };
  }

  async next(slot: number): Promise<Landing | undefined> {
    while (!this.#stopped) {
      let life: IntakeLife | undefined;
      try {
        life = await this.#supervisor.ready();
        return this.#inOrder(life, await life.next(slot));
      } catch (error) {
        if (error === stopped) break;
        if (!life || !(error instanceof DeviceLostError)) throw error;
        if (!(error instanceof FrameLostError)) this.#supervisor.report(life, error);
        else {
          this.#supervisor.report(life, error.loss);
          return { kind: 'fault', lost: true, fault: { frame: error.frame, error: serializeError(error) } };
        }
      }
    }
    return undefined;
  }

  #inOrder(life: IntakeLife, landing: Landing | undefined): Landing | undefined {
    if (landing?.kind !== 'frame') return landing;
    const { frame } = landing;
    const last = this.#last;
    if (life !== this.#shifted) {
      this.#shifted = life;
      this.#shift = 0;
      // A camera may show its newest frame to the new reader once more: that is no time begun anew.
      if (last && frame.timestamp < last.timestamp) {
        const passed = Math.max(1, Math.round((frame.captureTime - last.captureTime) * 1000));
        this.#shift = last.timestamp + passed - frame.timestamp;
      }
    }
    frame.timestamp += this.#shift;
    this.#last = frame;
    return landing;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#supervisor.stop(stopped);
    await this.#supervisor.life.stop();
  }

  async close(): Promise<void> {
    await this.stop();
    await this.#supervisor.close();
  }
}
