import { readFile } from 'node:fs/promises';
import { folderFiles } from '../bundle/bundle-files.node.js';
import { nodeRuntimes } from '../infer/runtimes.node.js';
import { loadKernels } from '../kernels/load-kernels.node.js';
import type { EngineResources } from './local-engine.js';

/** What an engine needs, from this machine's files. */
export const engineResources: EngineResources = {
  loadKernels: (tier) => loadKernels({ tier }),
  runtimes: nodeRuntimes,
  bundleFiles: folderFiles,
  readFile: (path) => readFile(path),
};
