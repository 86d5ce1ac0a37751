import { resolveAssetBase } from '../../core/asset.web.js';
import type { Runtime } from '../runtime.js';
import { webPlatform } from './onnx-web-platform.web.js';
import { OnnxWebRuntime } from './onnx-web-runtime.js';
import { probeFiles } from './probe.web.js';

/** Where a page has the runtime's files from, and how long they may take. */
export interface WebRuntimeOptions {
  /** Folder with copies of the files of onnxruntime-web; relative to the page. By default where the bundler put them. */
  assetBaseUrl?: string | URL;
  /** How long fetching and starting the WebAssembly module may take, in ms; 60 000 by default. */
  startTimeoutMs?: number;
}

/**
 * onnxruntime-web in a browser, meant for a module worker: the WASM execution provider, with threads where the page
 * is cross-origin isolated, and WebGPU where there is an adapter.
 * @throws {InvalidArgumentError} ERR_ARGUMENT `assetBaseUrl` is no URL.
 */
export function createOnnxWebRuntime(options: WebRuntimeOptions = {}): Runtime {
  const { assetBaseUrl, startTimeoutMs = 60_000 } = options;
  const base = assetBaseUrl === undefined ? undefined : resolveAssetBase(assetBaseUrl);
  const probe = () => probeFiles(base, startTimeoutMs);
  return new OnnxWebRuntime({ ...webPlatform(base, startTimeoutMs), probe });
}
