import type { PipelineDefinition } from '../core/definition.js';
import type { RuntimeChoice } from '../core/runtime-choice.js';
import type { EngineDefinition, FrameInput, Processed } from '../pipeline/engine.js';
import type { PipelineHealth } from '../pipeline/health.js';
import type { PipelinePhase } from '../pipeline/pipeline.js';
import { SupervisedEngine } from '../pipeline/supervised-engine.js';
import { ChildEngine } from './child/child-engine.node.js';
import type { ChildRecord } from './child-roster.js';
import type { HostPipelineOptions } from './host-pipeline.js';
import type { HostRing } from './ring/host-ring.node.js';

/** How the child of a link is opened. */
export interface ChildLinkOptions {
  definition: PipelineDefinition;
  /** Which entry of the definition's `runtime` it runs. */
  index: number;
  ring: HostRing;
  record: ChildRecord;
  host: Pick<HostPipelineOptions, 'store' | 'environment' | 'user' | 'scheduling'>;
  onProgress?(phase: PipelinePhase): void;
  onHealth?(health: PipelineHealth): void;
  signal?: AbortSignal;
}

/** One entry of a definition's `runtime` at work: a child that is replaced when it is lost, and the frames that it has. */
export class ChildLink {
  /** Place in the definition's list. */
  readonly index: number;
  readonly choice: RuntimeChoice;
  readonly engine: SupervisedEngine;
  readonly record: ChildRecord;
  #flights = 0;
  #onDrained: (() => void) | undefined;

  private constructor(index: number, choice: RuntimeChoice, engine: SupervisedEngine, record: ChildRecord) {
    this.index = index;
    this.choice = choice;
    this.engine = engine;
    this.record = record;
  }

  /** @throws what opening the engine throws. */
  static async open(options: ChildLinkOptions): Promise<ChildLink> {
    const { definition, index, ring, record, host, onProgress, onHealth, signal } = options;
    const { recovery } = definition;
    const choice = definition.runtime[index];
    const start = async (stop?: AbortSignal, progress?: (phase: PipelinePhase) => void) => {
      const life = await ChildEngine.open({
        ring,
        definition: engineDefinition(definition, choice),
        recovery,
        ...host,
        onStart: (pid, startedAt) => record.started(pid, startedAt),
        onEnd: (pid) => record.ended(pid),
        onProgress: progress,
        signal: stop,
      });
      record.ready(life.info, life.scheduling);
      return life;
    };
    try {
      const first = await start(signal, onProgress);
      const follow = (health: PipelineHealth) => {
        record.follow(health);
        onHealth?.(health);
      };
      return new ChildLink(index, choice, new SupervisedEngine(first, start, recovery, follow), record);
    } catch (error) {
      record.failed(error);
      throw error;
    }
  }

  async process(slot: number, frame: FrameInput): Promise<Processed> {
    this.#flights++;
    try {
      return await this.engine.process(slot, frame);
    } finally {
      if (--this.#flights === 0) this.#onDrained?.();
    }
  }

  /** Settles when it has no frame. */
  async drained(): Promise<void> {
    if (this.#flights === 0) return;
    await new Promise<void>((resolve) => {
      this.#onDrained = resolve;
    });
  }

  async close(): Promise<void> {
    await this.engine.close();
    this.record.stopped();
  }
}

// A child is told what its engine needs, and nothing of sources, rules and sinks.
function engineDefinition(definition: PipelineDefinition, choice: RuntimeChoice): EngineDefinition {
  const { model, preprocess, filter, executionProviders, runtimeOptions, threads, kernels } = definition;
  const { slots, postprocess, deadlineMs } = definition;
  const given = { model, preprocess, filter, executionProviders, runtimeOptions, threads, kernels };
  return { ...given, slots, postprocess, deadlineMs, runtime: [choice] };
}
