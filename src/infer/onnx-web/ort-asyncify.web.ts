import type { OrtSource } from './ort-source.js';

/** The asyncify build of onnxruntime-web. Literal URLs: Vite and webpack resolve the package in them and emit the files. */
export const ortSource: OrtSource = {
  import: () => import('onnxruntime-web/webgpu'),
  ownMjs: () => new URL('onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs', import.meta.url),
  ownWasm: () => new URL('onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm', import.meta.url),
};
