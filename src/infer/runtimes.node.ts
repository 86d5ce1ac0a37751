import type { RuntimeTable } from './select.js';

/** The runtimes that there are in Node. */
export const nodeRuntimes = {
  'onnx-web': async () => (await import('./onnx-web/onnx-web-runtime.node.js')).onnxWebRuntime,
  'onnx-native': async () => (await import('./onnx-native/onnx-native-runtime.node.js')).onnxNativeRuntime,
  openvino: async () => (await import('./openvino/openvino-runtime.node.js')).openVinoRuntime,
} satisfies RuntimeTable;

/** A runtime that there is in Node. */
export type NodeRuntimeId = keyof typeof nodeRuntimes;
