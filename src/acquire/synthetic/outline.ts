import { cosine, sine } from './angle.js';
import type { Layout, Part } from './layout.js';
import { partKinds, type Sampler, type Surface } from './parts.js';
import { Random } from './random.js';

/** A part's pixels before shading: how much of each it covers, how high it is there and how it was finished. */
export class Relief {
  /** Side of the square of pixels; the part's centre is in the middle of it. */
  readonly side: number;
  /** Coverage 0…1. */
  readonly coverage: Float32Array;
  /** Height above the belt in reference px; the outline's just outside it. */
  readonly height: Float32Array;
  readonly finish: Uint8Array;
  #sampler: Sampler | undefined;
  #scale = 1;
  #size = 1;
  #cos = 1;
  #sin = 0;
  #row = 0;
  // Fractions at first, so that engines give the fields room for any number and never box one.
  readonly #surface: Surface = { distance: 0.5, height: 0.5, finish: 0 };

  /** Memory for any part of a scene. */
  constructor(layout: Layout) {
    this.side = 2 * layout.reach + 4;
    this.coverage = new Float32Array(this.side * this.side);
    this.height = new Float32Array(this.side * this.side);
    this.finish = new Uint8Array(this.side * this.side);
  }

  /** Starts a part; its rows are then made by {@link fill}. */
  begin(part: Part, layout: Layout): void {
    this.#sampler = partKinds[part.kind].create(new Random(part.key), part.defective);
    this.#scale = layout.scale;
    this.#size = part.size;
    this.#cos = cosine(part.rotation);
    this.#sin = sine(part.rotation);
    this.#row = 0;
  }

  /** Makes at most `rows` rows; true when the part is complete. */
  fill(rows: number): boolean {
    const { side, coverage, height, finish } = this;
    const surface = this.#surface;
    const sampler = this.#sampler!;
    const unit = 1 / (this.#scale * this.#size);
    const edge = this.#scale * this.#size;
    const centre = (side - 1) / 2;
    const end = Math.min(side, this.#row + rows);
    for (let row = this.#row; row < end; row++) {
      const v = (row - centre) * unit;
      for (let column = 0; column < side; column++) {
        const u = (column - centre) * unit;
        const at = row * side + column;
        sampler(u * this.#cos + v * this.#sin, v * this.#cos - u * this.#sin, surface);
        const cover = 0.5 - surface.distance * edge;
        coverage[at] = cover <= 0 ? 0 : Math.min(cover, 1);
        height[at] = surface.distance > 2 ? 0 : surface.height * this.#size;
        finish[at] = surface.finish;
      }
    }
    this.#row = end;
    return end === side;
  }
}
