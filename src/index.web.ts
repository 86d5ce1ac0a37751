// The door in a browser: everything platform-neutral, and what needs a page: cameras, workers, files by URL.

export { type Isolation, probeIsolation } from './core/isolation.web.js';
export * from './index.js';
export { type LoadWebKernelsOptions, loadKernels } from './kernels/load-kernels.web.js';
export { createPipeline } from './pipeline/create-pipeline.web.js';
export type { WebPipelineOptions } from './pipeline/environment.web.js';
export type { WorkerFactory } from './pipeline/remote-intake.web.js';
