import { untilAborted } from '../core/abort.js';
import { type PipelineDefinitionInput, pipelineDefinitionSchema } from '../core/definition.js';
import { InvalidArgumentError } from '../core/error.js';
import { FramePool } from '../core/frame-pool.js';
import { parse } from '../core/parse.js';
import { createLineRule } from '../respond/line-rule.js';
import type { Sink } from '../respond/sink.js';
import { createTracker } from '../track/create-tracker.js';
import { Arc } from './arc.js';
import type { PipelineEnvironment } from './environment.js';
import { LocalIntake } from './local-intake.js';
import type { Pipeline, PipelineOptions } from './pipeline.js';
import { Responder } from './responder.js';

/**
 * Puts a pipeline together on a platform: checks the definition, opens the source, loads and proves the model.
 * On failure everything that was opened is closed again.
 */
export async function assemblePipeline(
  input: PipelineDefinitionInput,
  options: PipelineOptions,
  environment: PipelineEnvironment,
): Promise<Pipeline> {
  const { signal, onProgress = () => {} } = options;
  signal?.throwIfAborted();
  const definition = parse(pipelineDefinitionSchema, input, 'pipeline definition');
  if (definition.rules.length > 0 && !definition.track) {
    throw new InvalidArgumentError({
      subject: 'pipeline definition: rules',
      expected: 'a tracker, because rules count tracked objects',
      received: 'none',
      remedy: "Add track: { type: 'sort' }.",
    });
  }
  const opened: { close(): unknown }[] = [];
  try {
    onProgress('source');
    const source = options.source ?? (await environment.createSource(definition.source));
    opened.push(source);
    const engineDefinition = {
      model: definition.model,
      preprocess: definition.preprocess,
      filter: definition.filter,
      runtime: definition.runtime,
      threads: definition.threads,
      kernels: definition.kernels,
      slots: definition.slots,
      postprocess: definition.postprocess,
      deadlineMs: definition.deadlineMs,
    };
    const opening = environment.openEngine(definition.execution, engineDefinition, onProgress, signal);
    let engine: Awaited<typeof opening>;
    try {
      engine = await (signal ? untilAborted(opening, signal) : opening);
    } catch (error) {
      // An engine that comes up after the abort is nobody's.
      opening.then(
        (late) => late.close(),
        () => {},
      );
      throw error;
    }
    opened.push(engine);
    const sinks: Sink[] = [];
    for (const sink of definition.sinks) sinks.push(await environment.createSink(sink, definition, source.info));
    sinks.push(...(options.sinks ?? []));
    const tracker = definition.track && createTracker(definition.track);
    const responder = new Responder(tracker, definition.rules.map(createLineRule), sinks, options.onEvent);
    onProgress('ready');
    const pool = new FramePool({ shared: environment.sharedFrames && definition.execution === 'worker' });
    const intake = new LocalIntake(source, engine, pool, definition);
    return new Arc({ definition, intake, responder, options });
  } catch (error) {
    for (const part of opened.reverse()) await part.close();
    throw error;
  }
}
