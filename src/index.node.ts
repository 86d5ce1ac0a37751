// The door under Node: everything platform-neutral, and what needs files, threads and processes.

export type { ChildState } from './host/child-state.js';
export { createHostPipeline } from './host/create-host-pipeline.node.js';
export type { HostPipeline, HostPipelineOptions } from './host/host-pipeline.js';
export type { Scheduling, SchedulingAnswer } from './host/scheduling/scheduling.js';
export * from './index.js';
export { type LoadNodeKernelsOptions, loadKernels } from './kernels/load-kernels.node.js';
export { createPipeline } from './pipeline/create-pipeline.node.js';
