import { InvalidArgumentError } from '../core/error.js';
import type { Sink, SinkFactory } from './sink.js';

/**
 * The sink that a module of the user makes.
 * @param url absolute URL of the module.
 * @throws {InvalidArgumentError} ERR_ARGUMENT where it cannot be imported or exports no factory.
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
  return (factory as SinkFactory)(options);
}
