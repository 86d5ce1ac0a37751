import type { RuntimeTable } from './select.js';

/** The runtimes that there are in Node. */
export const nodeRuntimes: RuntimeTable = {
  'onnx-web': async () => (await import('./onnx-web/onnx-web-runtime.node.js')).onnxWebRuntime,
};
