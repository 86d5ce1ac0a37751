import { untilAborted } from '../core/abort.js';
import { type PipelineDefinitionInput, pipelineDefinitionSchema } from '../core/definition.js';
import { InvalidArgumentError } from '../core/error.js';
import { parse } from '../core/parse.js';
import { createLineRule } from '../respond/line-rule.js';
import { createTracker } from '../track/create-tracker.js';
import { Arc } from './arc.js';
import { checkOptions, requirePlain } from './check-options.js';
import type { PipelineEnvironment } from './environment.js';
import type { Pipeline, PipelineOptions } from './pipeline.js';
import { type NamedSink, Responder } from './responder.js';

const never = new AbortController().signal;

/**
 * Puts a pipeline together on a platform: checks the definition, opens the source, loads and proves the model.
 * On failure everything that was opened is closed again.
 */
export async function assemblePipeline<Options extends PipelineOptions>(
  input: PipelineDefinitionInput,
  options: Options,
  environment: PipelineEnvironment<Options>,
): Promise<Pipeline> {
  checkOptions(options);
  environment.checkOptions?.(options);
  options.signal?.throwIfAborted();
  const definition = parse(pipelineDefinitionSchema, input, 'pipeline definition');
  requirePlain(definition);
  if (definition.rules.length > 0 && !definition.track) {
    throw new InvalidArgumentError({
      subject: 'pipeline definition: rules',
      expected: 'a tracker, because rules count tracked objects',
      received: 'none',
      remedy: "Add track: { type: 'sort' }.",
    });
  }
  const ids = definition.rules.map(({ id }) => id);
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice !== undefined) {
    throw new InvalidArgumentError({
      subject: 'pipeline definition: rules',
      expected: 'an id of its own for each',
      received: `"${twice}" twice`,
      remedy: 'Give every rule an id: counts are told by it.',
    });
  }
  const { signal = never } = options;
  const opening = environment.openIntake(definition, options);
  const intake = await untilAborted(opening, signal).catch((error) => {
    // What comes up after an abort is nobody's.
    opening.then(
      (late) => late.close(),
      () => {},
    );
    throw error;
  });
  try {
    const sinks: NamedSink[] = [];
    for (const described of definition.sinks) {
      const sink = await untilAborted(environment.createSink(described, definition, intake.source), signal);
      sinks.push({ name: `sink ${described.type} ${'path' in described ? described.path : described.url}`, sink });
    }
    options.sinks?.forEach((sink, index) => {
      sinks.push({ name: `options.sinks[${index}]`, sink });
    });
    const tracker = definition.track && createTracker(definition.track);
    const responder = new Responder(tracker, definition.rules.map(createLineRule), sinks, options.onEvent);
    options.onProgress?.('ready');
    signal.throwIfAborted();
    return new Arc({ definition, intake, responder, options });
  } catch (error) {
    await intake.close();
    throw error;
  }
}
