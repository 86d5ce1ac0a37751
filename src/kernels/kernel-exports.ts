// Written by wasm/build.mjs from simd/kernels.def; do not edit.

/** What wasm/kernels.wasm exports. Pointers are addresses in `memory`. */
export interface KernelExports {
  readonly memory: WebAssembly.Memory;
  readonly __heap_base: WebAssembly.Global;
  readonly _initialize?: () => void;
  readonly select_tier: (tier: number) => number;
  readonly preprocess: (plan: number) => number;
  readonly copy: (target: number, source: number, byte_length: number) => void;
}
