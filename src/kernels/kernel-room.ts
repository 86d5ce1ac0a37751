import { ShapeError } from '../core/error.js';
import { describeLayout } from '../core/layout-match.js';
import type { FrameLayout } from '../core/pixel-format.js';
import type { Kernels } from './kernels.js';

const mebibyte = 2 ** 20;

/** What a plan takes of kernel memory, in bytes. */
export interface KernelNeed {
  /** The frame and the tensor: 0 where kernels reach them anywhere. */
  readonly frame: number;
  readonly tensor: number;
  /** Tables and lines. */
  readonly tables: number;
}

/**
 * Refuses a plan for which kernel memory has no room even if it held nothing else, before anything is taken of it. On the wasm tiers
 * that is 1 GiB less some KiB, for frame, tensor and tables together. Native kernels read frames and write tensors wherever they lie, so
 * that only tables count there, against 4 GiB; the tier `reference` takes nothing.
 * @throws {ShapeError} ERR_SHAPE `details.reason` is 'too-large'.
 */
export function checkRoom({ room }: Kernels, layout: FrameLayout, { frame, tensor, tables }: KernelNeed): void {
  const bytes = frame + tensor + tables;
  if (bytes <= room) return;
  const parts = Object.entries({ frame, tensor, tables }).filter(([, size]) => size > 0);
  throw new ShapeError({
    subject: 'preprocessing plan',
    expected: `a frame, a tensor and tables of at most ${Math.floor(room / mebibyte)} MiB together`,
    received: `${describeLayout(layout)}: ${parts.map(([name, size]) => `${name} ${Math.ceil(size / mebibyte)}`).join(' + ')} MiB`,
    remedy: 'Scale the picture down, cut it before it becomes a frame, or take a format with fewer bytes per px.',
    details: { reason: 'too-large', bytes, limit: room },
  });
}
