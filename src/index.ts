// The one public door, platform-neutral part. Under Node, index.node.ts adds what needs files, threads and processes.

export type { FrameSource, FrameSourceFactory, SourceInfo } from './acquire/source.js';
export { type Box, intersectionOverUnion } from './core/box.js';
export {
  type LineRuleDefinition,
  type ModelDefinition,
  type PipelineDefinition,
  type PipelineDefinitionInput,
  pipelineDefinitionSchema,
  type SinkDefinition,
  type SourceDefinition,
  type SyntheticSourceDefinition,
} from './core/definition.js';
export {
  ClosedError,
  DeviceLostError,
  deserializeError,
  type ErrorCode,
  type ErrorReport,
  InferenceError,
  InvalidArgumentError,
  KernelError,
  ModelLoadError,
  ReflexarcError,
  type SerializedError,
  ShapeError,
  SinkError,
  SourceError,
  serializeError,
  UnsupportedError,
} from './core/error.js';
export {
  type ColorMatrix,
  Frame,
  type FrameColorSpace,
  type FrameInit,
  type FrameLayout,
  type PixelFormat,
  type PlaneLayout,
} from './core/frame.js';
export { type FrameAllocator, FramePool } from './core/frame-pool.js';
export { Histogram, type HistogramData, type Percentiles } from './core/histogram.js';
export type { KernelsInfo, KernelTier } from './core/kernel-tier.js';
export { type Manifest, type ModelVariant, manifestSchema } from './core/manifest.js';
export type { Orientation } from './core/orientation.js';
export { type PreprocessSpec, type PreprocessSpecInput, preprocessSpecSchema } from './core/preprocess-spec.js';
export type { Classification, Detection, FrameFault, Item, Result, RuleEvent, Spans } from './core/result.js';
export {
  type ExecutionProviderId,
  executionProviderIds,
  parseRuntimes,
  type RuntimeChoice,
  type RuntimeId,
  type RuntimePlace,
  resolveRuntime,
  runtimeIds,
} from './core/runtime-choice.js';
export type { Tensor, TensorDataType, TensorDescriptor, TensorLayout } from './core/tensor.js';
export type { TileDetections, TileLayout } from './core/tile.js';
export { boxToFrame, pointToFrame, type Transform } from './core/transform.js';
export { type WarpSpec, type WarpSpecInput, warpSpecSchema } from './core/warp-spec.js';
export type { Placement, ProbeReport } from './infer/runtime.js';
export { type HardwareTarget, hardwareTargets, type TargetState } from './infer/select.js';
export { Kernels } from './kernels/kernels.js';
export type { LossReason, PipelineHealth } from './pipeline/health.js';
export type {
  Drops,
  ModelInfo,
  Pipeline,
  PipelineInfo,
  PipelineOptions,
  PipelinePhase,
  PipelineStats,
} from './pipeline/pipeline.js';
export type { HeadLimits } from './postprocess/head.js';
export { mergeTiles, type TileMergeOptions } from './postprocess/merge-tiles.js';
export { createPlan, type Plan } from './preprocess/plan.js';
export { planTiles } from './preprocess/plan-tiles.js';
export type { RotatedRegion } from './preprocess/rotated-region.js';
export { createWarp, type Warp } from './preprocess/warp.js';
export type { LineCounts } from './respond/line-rule.js';
export type { Sink, SinkFactory } from './respond/sink.js';
