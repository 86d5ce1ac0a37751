import type { Kernels } from './kernels.js';
import type { PicturePlan } from './picture-plan.js';
import { ReferencePreprocess } from './reference/preprocess.js';

/** A picture plan made ready on one tier. */
export interface PictureKernel {
  /** Copies of the whole picture that a run makes. */
  readonly frameCopies: 0 | 1;
  /** Fills a whole tensor. Sizes are the caller's to check. Allocates nothing. */
  run(source: Uint8Array, output: Float32Array | Uint16Array | Uint8Array): void;
  close(): void;
}

/** Makes a plan ready to run. Owns kernel memory until `close()`. */
export function openPictureKernel(kernels: Kernels, plan: PicturePlan): PictureKernel {
  if (!kernels.exports) {
    const reference = new ReferencePreprocess(plan);
    return { frameCopies: 0, run: (source, output) => reference.run(source, output), close() {} };
  }
  throw new Error('unreachable until the wasm tier lands');
}
