import type { BundleFiles } from '../bundle/bundle-files.js';
import { requireModelFits } from '../core/model-limits.js';
import { webRuntimes } from '../infer/runtimes.web.js';
import { loadKernels } from '../kernels/load-kernels.web.js';
import type { IntakeAssets } from './intake-channel.js';
import type { EngineResources } from './local-engine.js';

/** What an engine needs, fetched from where the page says. */
export function engineResources(assets: IntakeAssets): EngineResources {
  const { assetBaseUrl, kernelsBinary, baseUrl, models } = assets;
  const read = async (path: string): Promise<Uint8Array> => {
    const given = models?.[path];
    if (!given) return fetchBytes(new URL(path, baseUrl), path);
    requireModelFits(path, given.size);
    return new Uint8Array(await given.arrayBuffer());
  };
  return {
    loadKernels: (tier) => loadKernels({ tier, assetBaseUrl, wasmBinary: kernelsBinary }),
    runtimes: webRuntimes({ assetBaseUrl }),
    bundleFiles: (folder): BundleFiles => ({
      location: folder,
      read: (path) => read(`${folder.replace(/\/$/, '')}/${path}`),
    }),
    readFile: read,
  };
}

async function fetchBytes(url: URL, path: string): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status} ${response.statusText} from ${url}`);
  try {
    requireModelFits(path, Number(response.headers.get('content-length')));
  } catch (error) {
    await response.body?.cancel();
    throw error;
  }
  return new Uint8Array(await response.arrayBuffer());
}
