import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ErrorReport, InvalidArgumentError } from './error.js';

/**
 * Loads a registered module and gives its default export, a function. `url` is a `file:` URL, a path (relative to the
 * working directory when it begins with `.`), or the name of an installed package; nothing is ever fetched.
 * @throws {InvalidArgumentError} ERR_ARGUMENT (or what `raise` makes) when it cannot be loaded or exports no function.
 */
export async function loadModule<F extends (...args: never[]) => unknown>(
  url: string,
  raise: (report: ErrorReport) => Error = (report) => new InvalidArgumentError(report),
): Promise<F> {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1].toLowerCase();
  if (scheme && scheme !== 'file' && scheme !== 'node') {
    throw raise({
      subject: `module ${url}`,
      expected: 'a file: URL, a path or the name of a package',
      received: `a ${scheme}: URL`,
    });
  }
  const path = url.startsWith('.') || isAbsolute(url);
  let loaded: { default?: unknown };
  try {
    loaded = await import(path ? pathToFileURL(resolve(url)).href : url);
  } catch (cause) {
    throw raise({
      subject: `module ${url}`,
      expected: 'a module that loads',
      received: cause instanceof Error ? cause.message.split('\n')[0].replace(/\.$/, '') : String(cause),
      cause,
    });
  }
  if (typeof loaded.default !== 'function') {
    throw raise({
      subject: `module ${url}`,
      expected: 'a function as default export',
      received: loaded.default === undefined ? 'no default export' : `a ${typeof loaded.default}`,
    });
  }
  return loaded.default as F;
}
