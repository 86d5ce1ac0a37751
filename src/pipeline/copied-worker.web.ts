import { InvalidArgumentError } from '../core/error.js';
import { version } from '../core/version.js';
import type { WorkerFactory } from './remote-intake.web.js';

/** Name of the worker's script in a folder of copied assets. A page never starts the worker of another version. */
export const copiedWorkerName = `reflexarc-worker-${version}.js`;

/**
 * The worker among the files that `reflexarc copy-assets` copies.
 * @param base absolute URL of their folder, ending in a slash.
 * @throws {InvalidArgumentError} ERR_ARGUMENT (when called) the folder is of another origin.
 */
export function copiedWorker(base: string): WorkerFactory {
  return () => {
    const url = new URL(copiedWorkerName, base);
    if (url.origin !== globalThis.location.origin) {
      throw new InvalidArgumentError({
        subject: 'assetBaseUrl',
        expected: `a folder of ${globalThis.location.origin}, because browsers start workers from the page's own origin only`,
        received: base,
        remedy: 'Serve the worker from there and give a workerFactory, or serve all of the folder from there.',
      });
    }
    return new Worker(url, { type: 'module', name: 'reflexarc' });
  };
}
