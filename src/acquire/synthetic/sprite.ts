import type { Layout, Part } from './layout.js';
import { Relief } from './outline.js';
import { Shading } from './shading.js';

/** A part ready to be laid on the belt: premultiplied colour, and how much of the belt it and its shadow let through. */
export class Sprite {
  /** What it shows, when it is complete. */
  part: Part | undefined;
  readonly width: number;
  readonly height: number;
  /** Left and top edge relative to the part's centre. */
  readonly left: number;
  readonly top: number;
  /** Per pixel: red, green, blue in the low three bytes (premultiplied), 255 − transmission in the high one. */
  readonly pixels: Int32Array;
  /** Per row: first and last + 1 column with anything in it. */
  readonly spans: Int32Array;

  constructor(geometry: SpriteGeometry) {
    this.width = geometry.width;
    this.height = geometry.height;
    this.left = geometry.left;
    this.top = geometry.top;
    this.pixels = new Int32Array(this.width * this.height);
    this.spans = new Int32Array(this.height * 2);
  }
}

/** Size of the sprites of a scene in px. */
export interface SpriteGeometry {
  width: number;
  height: number;
  left: number;
  top: number;
}

/** How far a shadow falls and how soft it is, reference px; its darkness 0…1. */
const shadow = { x: 9, y: 12, radius: 7, strength: 0.62 };

/** The size that holds any part of a scene with its shadow, smeared over `blurLength` px. */
function spriteGeometry(layout: Layout, blurLength: number): SpriteGeometry {
  const soft = Math.ceil(shadow.radius * 2 * layout.scale) + 1;
  const smear = Math.ceil(blurLength / 2) + 1;
  const left = layout.reach + 2 + smear + Math.max(0, soft - Math.floor(shadow.x * layout.scale));
  const top = layout.reach + 2 + Math.max(0, soft - Math.floor(shadow.y * layout.scale));
  return {
    width: left + layout.reach + 2 + smear + soft + Math.ceil(shadow.x * layout.scale),
    height: top + layout.reach + 2 + soft + Math.ceil(shadow.y * layout.scale),
    left: -left,
    top: -top,
  };
}

/** What a sprite depends on beside its part. */
export interface SpriteLook {
  /** Brightness of the lamp. */
  light: number;
  /** Length of the exposure blur along the belt, px. */
  blurLength: number;
  /** Brightest value of a channel. */
  white: number;
}

/** Makes sprites, one at a time, in slices of work, so that no single frame pays for a whole one. */
export class SpriteBuilder {
  readonly geometry: SpriteGeometry;
  readonly #layout: Layout;
  readonly #look: SpriteLook;
  readonly #relief: Relief;
  readonly #shading: Shading;
  readonly #soft: Float32Array;
  readonly #soft2: Float32Array;
  readonly #sums: Float64Array;
  readonly #line: Float32Array;
  #part: Part | undefined;
  #sprite: Sprite | undefined;
  #stage = 0;
  #row = 0;

  constructor(layout: Layout, look: SpriteLook) {
    this.geometry = spriteGeometry(layout, look.blurLength);
    this.#layout = layout;
    this.#look = look;
    this.#relief = new Relief(layout);
    this.#shading = new Shading(this.#relief.side);
    const { width, height } = this.geometry;
    this.#soft = new Float32Array(width * height);
    this.#soft2 = new Float32Array(width * height);
    this.#sums = new Float64Array(Math.max(width, height) + 1);
    this.#line = new Float32Array(width * 4);
  }

  /** The part in the making, if any. */
  get partId(): number {
    return this.#part ? this.#part.id : -1;
  }

  /** The sprite in the making, if any: begin another part with it, or its pixels are lost. */
  get unfinished(): Sprite | undefined {
    return this.#sprite;
  }

  /** Starts a part; one that was not finished is dropped. */
  begin(part: Part, sprite: Sprite): void {
    this.#part = part;
    this.#sprite = sprite;
    sprite.part = undefined;
    this.#stage = 0;
    this.#row = 0;
    this.#relief.begin(part, this.#layout);
    this.#shading.begin();
  }

  /** Does about `rows` rows of work; the sprite when it is complete. */
  advance(rows: number): Sprite | undefined {
    if (!this.#part || !this.#sprite) return undefined;
    if (this.#stage === 0) {
      if (this.#relief.fill(rows)) this.#stage = 1;
    } else if (this.#stage === 1) {
      if (this.#shading.fill(this.#part, this.#layout, this.#relief, rows)) this.#stage = 2;
    } else if (this.#stage === 2) {
      this.#castShadow();
      this.#stage = 3;
    } else if (this.#pack(2 * rows)) {
      const sprite = this.#sprite;
      sprite.part = this.#part;
      this.#part = undefined;
      this.#sprite = undefined;
      return sprite;
    }
    return undefined;
  }

  /** Completes the part in the making. */
  finish(): Sprite | undefined {
    for (;;) {
      const sprite = this.advance(1 << 20);
      if (sprite || !this.#part) return sprite;
    }
  }

  // Two box blurs each way of the coverage, moved away from the lamp.
  #castShadow(): void {
    const { width, height, left, top } = this.geometry;
    const { side, coverage } = this.#relief;
    const { scale } = this.#layout;
    const soft = this.#soft.fill(0);
    const x0 = Math.round(-left - side / 2 + shadow.x * scale);
    const y0 = Math.round(-top - side / 2 + shadow.y * scale);
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        soft[(row + y0) * width + column + x0] = coverage[row * side + column];
      }
    }
    const radius = Math.max(1, Math.round(shadow.radius * scale));
    for (let pass = 0; pass < 2; pass++) {
      this.#boxBlur(this.#soft, this.#soft2, width, height, 1, width, radius);
      this.#boxBlur(this.#soft2, this.#soft, height, width, width, 1, radius);
    }
  }

  #boxBlur(
    from: Float32Array,
    to: Float32Array,
    length: number,
    lines: number,
    step: number,
    lineStep: number,
    radius: number,
  ): void {
    const sums = this.#sums;
    const scale = 1 / (2 * radius + 1);
    for (let line = 0; line < lines; line++) {
      const base = line * lineStep;
      let sum = 0;
      for (let i = 0; i < length; i++) {
        sums[i] = sum;
        sum += from[base + i * step];
      }
      sums[length] = sum;
      for (let i = 0; i < length; i++) {
        const high = i + radius + 1;
        const low = i - radius;
        to[base + i * step] = (sums[Math.min(high, length)] - sums[Math.max(low, 0)]) * scale;
      }
    }
  }

  // Colour over shadow, smeared along the belt, as bytes; true when the last row is done.
  #pack(rows: number): boolean {
    const { width, height, left, top } = this.geometry;
    const { side, coverage } = this.#relief;
    const color = this.#shading.color;
    const { light, blurLength, white } = this.#look;
    const line = this.#line;
    const sprite = this.#sprite!;
    const x0 = -left - side / 2;
    const y0 = -top - side / 2;
    const gain = light * 290;
    const end = Math.min(height, this.#row + rows);
    for (let row = this.#row; row < end; row++) {
      const inside = row >= y0 && row < y0 + side;
      for (let column = 0; column < width; column++) {
        const through = 1 - shadow.strength * this.#soft[row * width + column];
        let cover = 0;
        let at = 0;
        if (inside && column >= x0 && column < x0 + side) {
          at = (row - y0) * side + (column - x0);
          cover = coverage[at];
        }
        const to = column * 4;
        if (cover > 0) {
          line[to] = cover * clamp(color[at * 3] * gain, white);
          line[to + 1] = cover * clamp(color[at * 3 + 1] * gain, white);
          line[to + 2] = cover * clamp(color[at * 3 + 2] * gain, white);
        } else {
          line[to] = 0;
          line[to + 1] = 0;
          line[to + 2] = 0;
        }
        line[to + 3] = (1 - (1 - cover) * through) * 255;
      }
      if (blurLength > 1) {
        for (let channel = 0; channel < 4; channel++) smear(line, channel, 4, width, blurLength, this.#sums);
      }
      let first = width;
      let last = 0;
      for (let column = 0; column < width; column++) {
        const from = column * 4;
        const opaque = Math.floor(line[from + 3] + 0.5);
        const at = row * width + column;
        if (opaque === 0) {
          sprite.pixels[at] = 0;
          continue;
        }
        if (column < first) first = column;
        last = column + 1;
        sprite.pixels[at] =
          Math.floor(line[from]) |
          (Math.floor(line[from + 1]) << 8) |
          (Math.floor(line[from + 2]) << 16) |
          (opaque << 24);
      }
      sprite.spans[row * 2] = first;
      sprite.spans[row * 2 + 1] = last;
    }
    this.#row = end;
    return end === height;
  }
}

function clamp(value: number, high: number): number {
  return value < 0 ? 0 : Math.min(value, high);
}

/**
 * Averages a line over `length` px (1 or more, whole or not), centred: what an exposure does to a moving picture.
 * Beyond the ends the line is taken to be zero. `sums` is scratch for `count` + 1 numbers.
 */
export function smear(
  line: Float32Array,
  offset: number,
  step: number,
  count: number,
  length: number,
  sums: Float64Array,
): void {
  let sum = 0;
  for (let i = 0, at = offset; i < count; i++, at += step) {
    sums[i] = sum;
    sum += line[at];
  }
  sums[count] = sum;
  // Running sums between whole positions are linear: the window's ends are `whole` + `part` px from each pixel's middle.
  const reach = length / 2 - 0.5;
  const whole = Math.floor(reach);
  const part = reach - whole;
  const scale = 1 / length;
  for (let i = 0, at = offset; i < count; i++, at += step) {
    const high = i + 1 + whole;
    const low = i - whole;
    const top = high >= count ? sum : sums[high] + (sums[high + 1] - sums[high]) * part;
    const bottom = low <= 0 ? 0 : sums[low] - (sums[low] - sums[low - 1]) * part;
    line[at] = (top - bottom) * scale;
  }
}
