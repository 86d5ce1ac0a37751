import { pathToFileURL } from 'node:url';
import type { PipelineDefinition, SinkDefinition } from '../core/definition.js';
import { InvalidArgumentError } from '../core/error.js';
import type { Sink, SinkFactory } from './sink.js';

/** What a sink may be told of the frames to come. */
export interface SinkStream {
  /** Nominal frames per second, where there is such a thing. */
  frameRate?: number;
  /** What is really in a frame, where that is known; recordings keep it. */
  truth?: (frame: number) => readonly unknown[] | undefined;
}

/**
 * Makes the sink that a definition names. Each kind is loaded when it is first used.
 * @param stream What is known of the frames to come.
 * @throws {InvalidArgumentError} ERR_ARGUMENT where a module cannot be imported or exports no factory.
 */
export async function createSink(
  sink: SinkDefinition,
  pipeline: PipelineDefinition,
  stream: SinkStream = {},
): Promise<Sink> {
  const { frameRate, truth } = stream;
  switch (sink.type) {
    case 'jsonl': {
      const { JsonlSink } = await import('./jsonl-sink.node.js');
      return new JsonlSink(sink.path);
    }
    case 'recording': {
      const { RecordingSink } = await import('./recording-sink.node.js');
      return new RecordingSink(sink.path, { definition: pipeline, frameRate, truth });
    }
    case 'annotate': {
      const { AnnotateSink } = await import('./annotate-sink.node.js');
      return new AnnotateSink(sink.path, { definition: pipeline, frameRate });
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
