import type { FrameLayout } from '../core/pixel-format.js';
import type { Tensor } from '../core/tensor.js';
import type { Transform } from '../core/transform.js';
import type { Kernels } from '../kernels/kernels.js';
import { createPlan } from '../preprocess/plan.js';
import { createTiledPlan } from '../preprocess/tiled-plan.js';
import { createWarp } from '../preprocess/warp.js';
import { type BenchCase, warpOutput } from './bench-case.js';

/** What a case does with a frame, made ready on one tier. */
export interface BenchWork {
  /** Of the tensor; its first number counts the tiles. */
  readonly shape: readonly number[];
  run(frame: FrameLayout & { readonly data: Uint8Array }, tensor: Tensor): void;
  close(): void;
}

/** Opens a plan, a warp with the case's matrix, or the plans of all tiles. Borrows the kernels. */
export function openBenchWork(kernels: Kernels, { layout, spec, matrix, pictures }: BenchCase): BenchWork {
  if (matrix) {
    const warp = createWarp(kernels, layout, warpOutput(spec));
    const [a, c, e, b, d, f, m14, m24, m44] = matrix;
    const where: Transform = { a, b, c, d, e, f, m14, m24, m44 };
    return {
      shape: warp.shape,
      run: (frame, tensor) => void warp.run(frame, tensor, where),
      close: () => warp.close(),
    };
  }
  if (!spec.tiles) return createPlan(kernels, layout, spec);
  const tiled = createTiledPlan(kernels, layout, spec);
  const run: BenchWork['run'] = (frame, tensor) => {
    const entered = tiled.enter(frame);
    tiled.plans.forEach((plan, i) => {
      plan.run(entered, tensor, i);
    });
  };
  return { shape: [pictures, ...tiled.plans[0].shape.slice(1)], run, close: () => tiled.close() };
}
