import { readFile } from 'node:fs/promises';
import { folderFiles } from '../bundle/bundle-files.node.js';
import { nodeRuntimes } from '../infer/runtimes.node.js';
import { loadKernels } from '../kernels/load-kernels.node.js';
import type { PlannedFrame } from '../preprocess/frame-plans.js';
import type { EngineResources } from './local-engine.js';

/** What an engine needs, from this machine's files. */
export const engineResources: EngineResources = {
  loadKernels: (tier) => loadKernels({ tier }),
  runtimes: nodeRuntimes,
  bundleFiles: folderFiles,
  readFile: (path) => readFile(path),
  readPicture,
};

// The decoders are loaded for those who name a picture.
async function readPicture(path: string): Promise<PlannedFrame> {
  const [{ decodePicture }, { readFailure }] = await Promise.all([
    import('../acquire/decode-picture.node.js'),
    import('../acquire/file-error.node.js'),
  ]);
  let picture: PlannedFrame | undefined;
  try {
    await decodePicture(await readFile(path), path, (codedWidth, codedHeight) => {
      const data = new Uint8Array(codedWidth * codedHeight * 3);
      picture = { format: 'RGB', codedWidth, codedHeight, strideBytes: codedWidth * 3, data };
      return data;
    });
    return picture as PlannedFrame;
  } catch (cause) {
    throw readFailure(path, 'a readable picture', cause);
  }
}
