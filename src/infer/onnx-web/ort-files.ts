import type { ExecutionProviderId } from '../../core/runtime-choice.js';

/** A build of onnxruntime-web: plain WebAssembly, or WebGPU with one of two ways to wait inside WebAssembly. */
export type OrtBuild = 'wasm' | 'jspi' | 'asyncify';

/** Files of a build, by the names under which onnxruntime-web ships them in its `dist` folder. */
export interface OrtFiles {
  /** The execution provider that the build is for. */
  provider: ExecutionProviderId;
  /** The library, which takes the other two from where it is told. */
  library: string;
  /** The glue of the WebAssembly module, which each of its threads loads again. */
  mjs: string;
  wasm: string;
}

/** What each build consists of. WebGPU has two: which one a browser needs is known only there. */
export const ortFiles: Readonly<Record<OrtBuild, OrtFiles>> = {
  wasm: {
    provider: 'wasm',
    library: 'ort.wasm.min.mjs',
    mjs: 'ort-wasm-simd-threaded.mjs',
    wasm: 'ort-wasm-simd-threaded.wasm',
  },
  jspi: {
    provider: 'webgpu',
    library: 'ort.jspi.min.mjs',
    mjs: 'ort-wasm-simd-threaded.jspi.mjs',
    wasm: 'ort-wasm-simd-threaded.jspi.wasm',
  },
  asyncify: {
    provider: 'webgpu',
    library: 'ort.webgpu.min.mjs',
    mjs: 'ort-wasm-simd-threaded.asyncify.mjs',
    wasm: 'ort-wasm-simd-threaded.asyncify.wasm',
  },
};
