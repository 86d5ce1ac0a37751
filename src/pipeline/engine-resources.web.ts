import type { BundleFiles } from '../bundle/bundle-files.js';
import { requireModelFits } from '../core/model-limits.js';
import { bytesPerPixel, type PackedFormat } from '../core/pixel-format.js';
import { webRuntimes } from '../infer/runtimes.web.js';
import { loadKernels } from '../kernels/load-kernels.web.js';
import type { PlannedFrame } from '../preprocess/frame-plans.js';
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
    readPicture: (path) => readPicture(new URL(path, baseUrl), path),
  };
}

// The decoders are loaded for those who name a picture.
async function readPicture(url: URL, path: string): Promise<PlannedFrame> {
  const [{ decodePicture }, { fetchFile }] = await Promise.all([
    import('../acquire/decode-picture.web.js'),
    import('../acquire/pictures-source.web.js'),
  ]);
  let picture: PlannedFrame | undefined;
  await decodePicture(
    await fetchFile(url.href, new AbortController().signal, path),
    path,
    ({ format, codedWidth, codedHeight }) => {
      const strideBytes = codedWidth * bytesPerPixel[format as PackedFormat];
      picture = { format, codedWidth, codedHeight, strideBytes, data: new Uint8Array(strideBytes * codedHeight) };
      return picture.data;
    },
  );
  return picture as unknown as PlannedFrame;
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
