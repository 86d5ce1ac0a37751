import type { SinkDefinition } from '../core/definition.js';
import { UnsupportedError } from '../core/error.js';
import { loadSinkModule } from './module-sink.js';
import type { Sink } from './sink.js';

/**
 * Makes the sink that a definition names, in a page.
 * @throws {InvalidArgumentError} ERR_ARGUMENT an address that is none. @throws {UnsupportedError} ERR_UNSUPPORTED for a sink that writes files. @throws as {@link loadSinkModule}.
 */
export async function createSink(sink: SinkDefinition): Promise<Sink> {
  if (sink.type === 'module') return loadSinkModule(new URL(sink.url, document.baseURI).href, sink.options);
  if (sink.type === 'websocket') {
    const { WebSocketSink } = await import('./websocket-sink.web.js');
    return new WebSocketSink(sink.url, sink.messages ? { messages: sink.messages } : {});
  }
  throw new UnsupportedError({
    subject: `sink ${sink.type}`,
    expected: 'one that a page can be',
    received: 'one that writes files',
    remedy: 'Use a module of your own, or run this definition in Node.',
    details: { supported: ['module', 'websocket'] },
  });
}
