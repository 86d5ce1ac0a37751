import { describeLayout } from '../core/layout-match.js';
import { displaySize } from '../core/orientation.js';
import type { FrameLayout } from '../core/pixel-format.js';
import type { PreprocessSpec } from '../core/preprocess-spec.js';
import type { Transform } from '../core/transform.js';
import type { FusedModel, Fusion } from '../infer/runtime.js';
import { planLetterbox } from '../preprocess/letterbox.js';

/** A model for frames of one layout, and where it puts them. */
export interface FusedLayout {
  model: FusedModel;
  transform: Transform;
}

// A source of many sizes would compile a model for each.
const limit = 4;

/** Models that begin with their preprocessing, one per layout of frames; the least recently used makes room. */
export class FusedModels {
  readonly #fusion: Fusion;
  readonly #spec: PreprocessSpec;
  readonly #models = new Map<string, Promise<FusedLayout>>();

  constructor(fusion: Fusion, spec: PreprocessSpec) {
    this.#fusion = fusion;
    this.#spec = spec;
  }

  /** The model for frames of a layout; compiled where it is the first of them. @throws as {@link Fusion.open}. */
  async get(layout: FrameLayout): Promise<FusedLayout> {
    const key = describeLayout(layout);
    const known = this.#models.get(key);
    if (known) {
      if (this.#models.size > 1) {
        this.#models.delete(key);
        this.#models.set(key, known);
      }
      return known;
    }
    const opening = this.#open(layout);
    this.#models.set(key, opening);
    // A failure is not kept: it is told of each frame.
    opening.catch(() => this.#models.delete(key));
    if (this.#models.size > limit) {
      const [oldest, old] = this.#models.entries().next().value as [string, Promise<FusedLayout>];
      this.#models.delete(oldest);
      await close(old);
    }
    return opening;
  }

  async #open(layout: FrameLayout): Promise<FusedLayout> {
    const { width, height } = displaySize(layout);
    const { transform } = planLetterbox(width, height, this.#spec);
    const { format, codedWidth, codedHeight, strideBytes, planes, colorSpace, rotation, flip } = layout;
    const plain = { format, codedWidth, codedHeight, strideBytes, planes, colorSpace, rotation, flip };
    return { model: await this.#fusion.open(plain, this.#spec), transform };
  }

  async close(): Promise<void> {
    const all = [...this.#models.values()];
    this.#models.clear();
    await Promise.all(all.map(close));
  }
}

async function close(opening: Promise<FusedLayout>): Promise<void> {
  await opening.then(
    ({ model }) => model.close(),
    () => {},
  );
}
