import type { OrtSource } from './ort-source.js';

/** The jspi build of onnxruntime-web. Literal URLs: Vite and webpack resolve the package in them and emit the files. */
export const ortSource: OrtSource = {
  import: () => import('onnxruntime-web/jspi'),
  ownMjs: () => new URL('onnxruntime-web/ort-wasm-simd-threaded.jspi.mjs', import.meta.url),
  ownWasm: () => new URL('onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm', import.meta.url),
};
