import { InvalidArgumentError } from '../core/error.js';
import { displaySize } from '../core/orientation.js';
import { type FrameLayout, measureLayout } from '../core/pixel-format.js';
import type { PreprocessSpec } from '../core/preprocess-spec.js';
import type { KernelBuffer } from '../kernels/kernel-memory.js';
import { checkRoom } from '../kernels/kernel-room.js';
import type { Kernels } from '../kernels/kernels.js';
import { createFramePlans, type FramePlans, type PlannedFrame } from './frame-plans.js';
import { createPlan, type Plan } from './plan.js';
import { planTiles } from './plan-tiles.js';

/**
 * Plans frames of one layout by `spec.tiles`: each tile is preprocessed as `spec` says, as its `region`.
 * Owns memory of the kernels until `close()`: that of its plans, and of one frame where these need a copy.
 * @throws {InvalidArgumentError} ERR_ARGUMENT a spec with both `tiles` and `region`; as {@link planTiles} and {@link createPlan}.
 * @throws {ShapeError} ERR_SHAPE as {@link createPlan}.
 */
export function createTiledPlan(kernels: Kernels, layout: FrameLayout, spec: PreprocessSpec): FramePlans {
  const { tiles: tileLayout, ...whole } = spec;
  if (!tileLayout) return createFramePlans(kernels, layout, whole);
  if (spec.region) {
    throw new InvalidArgumentError({
      subject: 'preprocess: tiles',
      expected: 'tiles of the whole frame, or a region of it',
      received: 'both',
      remedy: 'Leave one of them out.',
    });
  }
  const { byteLength } = measureLayout(layout, 'layout');
  const { width, height } = displaySize(layout);
  const tiles = planTiles(width, height, tileLayout);
  const { code } = kernels;
  const copies = 'entries' in code && !code.addressOf;
  if (copies) checkRoom(kernels, layout, { frame: byteLength, tensor: 0, tables: 0 });
  const source = copies ? kernels.allocate(byteLength) : undefined;
  const plans: Plan[] = [];
  const close = () => {
    for (const plan of plans) plan.close();
    source?.close();
  };
  try {
    for (const region of tiles) plans.push(createPlan(kernels, layout, { ...whole, region }, source));
  } catch (error) {
    close();
    throw error;
  }
  const entry = source && new Entry(kernels, layout, source);
  return { tiles, plans, enter: (frame) => (entry ? entry.enter(frame) : frame), close };
}

/** A frame in kernel memory, made of each that comes from elsewhere. */
class Entry {
  readonly #kernels: Kernels;
  readonly #source: KernelBuffer;
  readonly #frame: FrameLayout & { data: Uint8Array };
  // Of frames that are longer than they need be, the part that is used.
  readonly #trimmed = new WeakMap<Uint8Array, Uint8Array>();

  constructor(kernels: Kernels, layout: FrameLayout, source: KernelBuffer) {
    const { format, codedWidth, codedHeight, rotation, flip, strideBytes, planes, colorSpace } = layout;
    this.#kernels = kernels;
    this.#source = source;
    const own = { format, codedWidth, codedHeight, rotation, flip, strideBytes, planes, colorSpace };
    this.#frame = { ...own, data: source.bytes };
  }

  enter(frame: PlannedFrame): PlannedFrame {
    const { data } = frame;
    const { bytes } = this.#source;
    // What is shorter than a frame is the plan's to refuse.
    if (data.buffer === this.#kernels.memory.buffer || data.byteLength < bytes.byteLength) return frame;
    let used = data;
    if (data.byteLength > bytes.byteLength) {
      used = this.#trimmed.get(data) ?? data.subarray(0, bytes.byteLength);
      this.#trimmed.set(data, used);
    }
    bytes.set(used);
    this.#frame.data = bytes;
    return this.#frame;
  }
}
