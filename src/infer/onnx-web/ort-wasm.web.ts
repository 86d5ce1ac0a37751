import type { OrtSource } from './ort-source.js';

/** The wasm build of onnxruntime-web. Literal URLs: Vite and webpack resolve the package in them and emit the files. */
export const ortSource: OrtSource = {
  import: () => import('onnxruntime-web/wasm'),
  ownMjs: () => new URL('onnxruntime-web/ort-wasm-simd-threaded.mjs', import.meta.url),
  ownWasm: () => new URL('onnxruntime-web/ort-wasm-simd-threaded.wasm', import.meta.url),
};
