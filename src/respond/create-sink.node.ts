import { pathToFileURL } from 'node:url';
import type { PipelineDefinition, SinkDefinition } from '../core/definition.js';
import { UnsupportedError } from '../core/error.js';
import { loadSinkModule } from './module-sink.js';
import type { Sink } from './sink.js';

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
 * @throws {UnsupportedError} ERR_UNSUPPORTED for a WebSocket, which Node 20 lacks.
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
    case 'websocket':
      throw new UnsupportedError({
        subject: 'sink websocket',
        expected: 'one that Node 20 can be',
        received: 'one that needs the WebSocket of a page',
        remedy: 'Run this definition in a page, or name a module that sends.',
        details: { supported: ['jsonl', 'recording', 'annotate', 'module'] },
      });
    case 'module':
      return loadSinkModule(moduleUrl(sink.url), sink.options);
  }
}

// Relative paths are relative to the working directory, like every path of a definition.
function moduleUrl(url: string): string {
  return /^[a-z][a-z0-9+.-]+:/i.test(url) ? url : pathToFileURL(url).href;
}
