import { pathToFileURL } from 'node:url';
import type { PipelineDefinition, SinkDefinition } from '../core/definition.js';
import { InvalidArgumentError } from '../core/error.js';
import type { Sink, SinkFactory } from './sink.js';

/**
 * Makes the sink that a definition names. Each kind is loaded when it is first used.
 * @param truth what is really in a frame, where that is known; recordings keep it.
 * @throws {InvalidArgumentError} ERR_ARGUMENT where a module cannot be imported or exports no factory.
 */
export async function createSink(
  sink: SinkDefinition,
  pipeline: PipelineDefinition,
  truth?: (frame: number) => readonly unknown[] | undefined,
): Promise<Sink> {
  switch (sink.type) {
    case 'jsonl': {
      const { JsonlSink } = await import('./jsonl-sink.node.js');
      return new JsonlSink(sink.path);
    }
    case 'recording': {
      const { RecordingSink } = await import('./recording-sink.node.js');
      return new RecordingSink(sink.path, { definition: pipeline, truth: truth && ((frame) => truth(frame) ?? []) });
    }
    case 'annotate': {
      const { AnnotateSink } = await import('./annotate-sink.node.js');
      return new AnnotateSink(sink.path, { definition: pipeline });
    }
    case 'module':
      return loadModuleSink(sink.url, sink.options);
  }
}

async function loadModuleSink(url: string, options: unknown): Promise<Sink> {
  const subject = `sink module ${url}`;
  const remedy = 'Export a function as default: (options) => ({ result(result) { … } }).';
  // Relative paths are relative to the working directory, like every path of a definition.
  const resolved = /^[a-z][a-z0-9+.-]+:/i.test(url) ? url : pathToFileURL(url).href;
  let factory: unknown;
  try {
    ({ default: factory } = (await import(resolved)) as { default?: SinkFactory });
  } catch (cause) {
    const received = (cause as Error).message;
    throw new InvalidArgumentError({ subject, expected: 'a module that loads', received, remedy, cause });
  }
  if (typeof factory !== 'function') {
    const received = `a default export of type ${typeof factory}`;
    throw new InvalidArgumentError({ subject, expected: 'a factory function', received, remedy });
  }
  return (factory as SinkFactory)(options);
}
