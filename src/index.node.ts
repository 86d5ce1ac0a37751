// The door under Node: everything platform-neutral, and what needs files, threads and processes.

export * from './index.js';
export { type LoadNodeKernelsOptions, loadKernels } from './kernels/load-kernels.node.js';
export { createPipeline } from './pipeline/create-pipeline.node.js';
