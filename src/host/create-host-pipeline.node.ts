import * as v from 'valibot';
import { createSource } from '../acquire/create-source.node.js';
import { sourceTruth } from '../acquire/source-truth.node.js';
import { type PipelineDefinitionInput, pipelineDefinitionSchema } from '../core/definition.js';
import { ClosedError, InvalidArgumentError } from '../core/error.js';
import { parse } from '../core/parse.js';
import { assemblePipeline } from '../pipeline/assemble-pipeline.js';
import type { PipelineEnvironment } from '../pipeline/environment.js';
import { openLocalIntake } from '../pipeline/open-local-intake.js';
import type { ModelInfo, Pipeline, PipelineInfo, PipelineStats } from '../pipeline/pipeline.js';
import { createSink } from '../respond/create-sink.node.js';
import type { ChildState } from './child-state.js';
import { HostEngine } from './host-engine.node.js';
import type { HostPipeline, HostPipelineOptions } from './host-pipeline.js';
import { schedulingSchema } from './scheduling/scheduling.js';

/**
 * Makes a pipeline whose engine runs in child processes, one runtime of the definition's list at a time; source, tracker,
 * rules and sinks stay in this process, which loads no vendor's library.
 * Owns: the caller closes the pipeline, which ends the children. They also end with the thread that called this.
 * @throws as `createPipeline` of Node. @throws {UnsupportedError} ERR_UNSUPPORTED no Linux, or koffi is not there.
 * @throws {DeviceLostError} ERR_DEVICE_LOST the child of the only runtime died or hung while it loaded the model.
 */
export async function createHostPipeline(
  definition: PipelineDefinitionInput,
  options: HostPipelineOptions = {},
): Promise<HostPipeline> {
  const engines: HostEngine[] = [];
  const pipeline = await assemblePipeline(definition, options, hostEnvironment(engines));
  return new ChildPipeline(pipeline, engines[0]);
}

function hostEnvironment(engines: HostEngine[]): PipelineEnvironment<HostPipelineOptions> {
  return {
    checkOptions: checkHostOptions,
    openIntake(definition, options) {
      const { source, signal, onProgress } = options;
      if (definition.execution === 'inline') {
        throw new InvalidArgumentError({
          subject: 'pipeline definition: execution',
          expected: "'worker', because the engine of a host runs in a child process",
          received: "'inline'",
        });
      }
      return openLocalIntake<HostEngine>(
        definition,
        {
          openSource: async () => {
            onProgress?.('source');
            return source ?? createSource(definition.source);
          },
          openEngine: async () => {
            const engine = await HostEngine.open(definition, options);
            engines.push(engine);
            return engine;
          },
          frames: (engine) => engine.frames,
        },
        signal,
      );
    },
    createSink: async (sink, pipeline, { frameRate }) =>
      createSink(sink, pipeline, {
        frameRate,
        truth: sink.type === 'recording' ? await sourceTruth(pipeline.source) : undefined,
      }),
  };
}

const positive = v.pipe(v.number(), v.gtValue(0));
const text = v.pipe(v.string(), v.nonEmpty());
const identity = v.pipe(v.number(), v.integer(), v.minValue(0));
const hostOptionsSchema = v.object({
  store: v.optional(text),
  environment: v.optional(v.record(text, v.string())),
  user: v.optional(v.strictObject({ uid: identity, gid: identity })),
  scheduling: v.optional(schedulingSchema),
  frameBytes: v.optional(v.pipe(positive, v.integer(), v.maxValue(2 ** 31))),
  retryMs: v.optional(positive),
});

function checkHostOptions(options: HostPipelineOptions): void {
  parse(hostOptionsSchema, options, 'options');
}

/** The arc, with what only a host can do. */
class ChildPipeline implements HostPipeline {
  readonly #arc: Pipeline;
  readonly #engine: HostEngine;
  #definition: Pipeline['definition'];
  #closed = false;

  constructor(arc: Pipeline, engine: HostEngine) {
    this.#arc = arc;
    this.#engine = engine;
    this.#definition = arc.definition;
  }

  get definition(): Pipeline['definition'] {
    return this.#definition;
  }

  get info(): PipelineInfo {
    return this.#arc.info;
  }

  get stats(): PipelineStats {
    return this.#arc.stats;
  }

  get children(): readonly ChildState[] {
    return this.#engine.roster.states;
  }

  run(options?: { signal?: AbortSignal }): ReturnType<Pipeline['run']> {
    return this.#arc.run(options);
  }

  async swapModel(
    model: PipelineDefinitionInput['model'],
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<ModelInfo> {
    if (this.#closed) {
      throw new ClosedError({ subject: 'pipeline', expected: 'an open one', received: 'a closed one' });
    }
    const wanted = parse(pipelineDefinitionSchema.entries.model, model, 'model');
    const info = await this.#engine.swapModel(wanted, signal);
    this.#definition = { ...this.#definition, model: wanted };
    return info;
  }

  close(): Promise<void> {
    this.#closed = true;
    return this.#arc.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
