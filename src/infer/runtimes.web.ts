import type { WebRuntimeOptions } from './onnx-web/onnx-web-runtime.web.js';
import type { RuntimeTable } from './select.js';

/** The runtimes that there are in a browser. Meant to be made once per worker. */
export function webRuntimes(options: WebRuntimeOptions = {}) {
  return {
    'onnx-web': async () => (await import('./onnx-web/onnx-web-runtime.web.js')).createOnnxWebRuntime(options),
  } satisfies RuntimeTable;
}
