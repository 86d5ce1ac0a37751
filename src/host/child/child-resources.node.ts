import type { BundleFiles } from '../../bundle/bundle-files.js';
import { ModelLoadError } from '../../core/error.js';
import { ModelStore, storePrefix } from '../../deploy/model-store.node.js';
import { engineResources } from '../../pipeline/engine-resources.node.js';
import type { EngineResources } from '../../pipeline/local-engine.js';

/** What an engine in a child needs: this machine's files and runtimes, and the host's store. */
export function childResources(store: string | undefined): EngineResources {
  return {
    ...engineResources,
    bundleFiles: (path) =>
      path.startsWith(storePrefix) ? storedFiles(store, path) : engineResources.bundleFiles(path),
  };
}

function storedFiles(folder: string | undefined, path: string): BundleFiles {
  if (folder === undefined) {
    throw new ModelLoadError({
      subject: path,
      expected: 'a host with a model store',
      received: 'one without',
      remedy: 'Start the host with --store.',
    });
  }
  let files: Promise<BundleFiles> | undefined;
  return {
    location: path,
    read: async (file) => {
      files ??= ModelStore.open(folder).then((store) => store.files(path.slice(storePrefix.length)));
      return (await files).read(file);
    },
  };
}
