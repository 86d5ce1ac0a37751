import { InvalidArgumentError, ReflexarcError, SinkError } from '../core/error.js';
import type { Sink, SinkFactory } from './sink.js';

/**
 * The sink that a module of the user makes.
 * @param url absolute URL of the module.
 * @throws {InvalidArgumentError} ERR_ARGUMENT where it cannot be imported, exports no factory, or one that gives no sink.
 * @throws {SinkError} ERR_SINK the factory throws.
 */
export async function loadSinkModule(url: string, options: unknown): Promise<Sink> {
  const subject = `sink module ${url}`;
  const remedy = 'Export a function as default: (options) => ({ result(result) { … } }).';
  let factory: unknown;
  try {
    ({ default: factory } = (await import(/* @vite-ignore */ /* webpackIgnore: true */ url)) as {
      default?: SinkFactory;
    });
  } catch (cause) {
    const received = (cause as Error).message;
    throw new InvalidArgumentError({ subject, expected: 'a module that loads', received, remedy, cause });
  }
  if (typeof factory !== 'function') {
    const received = `a default export of type ${typeof factory}`;
    throw new InvalidArgumentError({ subject, expected: 'a factory function', received, remedy });
  }
  let sink: unknown;
  try {
    sink = await (factory as SinkFactory)(options);
  } catch (cause) {
    if (cause instanceof ReflexarcError) throw cause;
    const received = cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause);
    throw new SinkError({ subject, expected: 'a factory that gives a sink', received, cause });
  }
  if (typeof sink !== 'object' || sink === null) {
    const received = sink === null ? 'null' : typeof sink;
    throw new InvalidArgumentError({ subject, expected: 'a factory that gives a sink', received, remedy });
  }
  return sink as Sink;
}
