// The door in a browser: everything platform-neutral, and what needs a page: cameras, workers, files by URL.

export { type CameraInfo, listCameras } from './acquire/list-cameras.web.js';
export type { HostCamera, HostInfo, HostLimits } from './bridge/answers.js';
export {
  type ConnectHostOptions,
  connectHost,
  type Host,
  type HostPipelineOptions,
  type PlacedPipeline,
} from './bridge/connect-host.web.js';
export type { ConnectionState, HostHealth } from './bridge/host-connection.js';
export type { HostChild, HostPipelineStatus, HostStatus } from './bridge/host-status.js';
export type { PreviewPicture } from './bridge/preview-picture.js';
export type { SensorKind, SensorProblem, SensorReading, SensorReport } from './bridge/sensor-report.js';
export { type Isolation, probeIsolation } from './core/isolation.web.js';
export * from './index.js';
export { type LoadWebKernelsOptions, loadKernels } from './kernels/load-kernels.web.js';
export { createPipeline } from './pipeline/create-pipeline.web.js';
export type { WebPipelineOptions } from './pipeline/environment.web.js';
export type { WorkerFactory } from './pipeline/remote-intake.web.js';
export {
  type CanvasOverlay,
  createOverlay,
  type OverlayLine,
  type OverlayObject,
  type OverlayOptions,
  type OverlayZone,
} from './respond/overlay.web.js';
export { classColor } from './respond/overlay-colors.js';
export {
  type WebSocketMessageType,
  WebSocketSink,
  type WebSocketSinkOptions,
  type WebSocketSinkStats,
} from './respond/websocket-sink.web.js';
