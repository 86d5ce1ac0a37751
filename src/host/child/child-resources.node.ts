import type { BundleFiles } from '../../bundle/bundle-files.js';
import { ModelLoadError } from '../../core/error.js';
import { ModelStore, storePrefix } from '../../deploy/model-store.node.js';
import type { Runtime, Session } from '../../infer/runtime.js';
import { nodeRuntimes } from '../../infer/runtimes.node.js';
import type { RuntimeTable } from '../../infer/select.js';
import { engineResources } from '../../pipeline/engine-resources.node.js';
import type { EngineResources } from '../../pipeline/local-engine.js';

/** Told before and after each call of a runtime. */
export interface CallWatch {
  enter(): void;
  leave(): void;
}

/** What an engine in a child needs: this machine's files, the host's store, and runtimes whose calls are watched. */
export function childResources(store: string | undefined, watch: CallWatch): EngineResources {
  return {
    ...engineResources,
    runtimes: watched(nodeRuntimes, watch),
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

function watched(table: RuntimeTable, watch: CallWatch): RuntimeTable {
  const entries = Object.entries(table).map(([id, load]) => [id, async () => watchRuntime(await load(), watch)]);
  return Object.fromEntries(entries);
}

function watchRuntime(runtime: Runtime, watch: CallWatch): Runtime {
  return {
    id: runtime.id,
    probe: () => runtime.probe(),
    open: async (...given) => {
      const session = await during(watch, () => runtime.open(...given));
      return watchSession(session, watch);
    },
  };
}

// What a session says of itself may change, so it is asked, never copied.
function watchSession(session: Session, watch: CallWatch): Session {
  const run: Session['run'] = (slot, signal) => during(watch, () => session.run(slot, signal));
  return new Proxy(session, {
    get(target, name) {
      if (name === 'run') return run;
      const value = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

async function during<T>({ enter, leave }: CallWatch, call: () => Promise<T>): Promise<T> {
  enter();
  try {
    return await call();
  } finally {
    leave();
  }
}
