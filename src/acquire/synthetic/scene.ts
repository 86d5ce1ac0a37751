import { ShapeError } from '../../core/error.js';
import { type Belt, createBelt } from './belt.js';
import { beltOffset, createLayout, type Layout, type Part, PartLine, type SyntheticOptions } from './layout.js';
import { hash, Random } from './random.js';
import { Sprite, SpriteBuilder, type SpriteLook } from './sprite.js';

/** A conveyor belt that can be photographed at any frame. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  /**
   * Draws frame `frame` into `target`: RGBA, tight rows, width × height × 4 bytes. Depends on the options and `frame`
   * alone; frames asked for in order are the fastest.
   * @throws {ShapeError} ERR_SHAPE `target` is too small.
   */
  render(frame: number, target: Uint8Array): void;
}

/** Noise up to this many 8-bit steps is added to all channels of a pixel at once. */
const fastNoise = 5;
/** Entries of the noise table beyond a row; offsets into it change from row to row. */
const noiseEntries = 1 << 16;
/** Rows of a sprite that are made ahead of need per frame. */
const rowsAhead = 40;

/**
 * Prepares a scene: belt, noise, vignette. Takes some 0.2 s at 1280 × 720. The same options give the same bytes in
 * every JavaScript engine on a little-endian machine: the arithmetic is integer, or float64 with +, −, ×, ÷ and √ only.
 */
export function createScene(options: SyntheticOptions): Scene {
  return new ConveyorScene(options);
}

class ConveyorScene implements Scene {
  readonly width: number;
  readonly height: number;
  readonly #options: SyntheticOptions;
  readonly #layout: Layout;
  readonly #parts: PartLine;
  readonly #belt: Belt;
  readonly #vignette: Uint16Array;
  readonly #noise: Int32Array;
  readonly #pedestal: number;
  readonly #fast: boolean;
  readonly #builder: SpriteBuilder;
  readonly #ready = new Map<number, Sprite>();
  readonly #free: Sprite[];
  readonly #ahead: number;
  #frame = 0;
  /** One row of the belt, with room to both sides, and the part of it that is in the picture. */
  readonly #strip: Int32Array;
  readonly #line: Int32Array;
  readonly #shown: { sprite: Sprite; left: number; top: number }[] = [];
  #shownCount = 0;
  #copy: Uint8Array | undefined;
  #upcoming: Part | undefined;
  #upcomingX = 0;

  constructor(options: SyntheticOptions) {
    const { width, height, noise } = options;
    this.width = width;
    this.height = height;
    this.#options = options;
    this.#layout = createLayout(options);
    this.#parts = new PartLine(options, this.#layout);
    this.#fast = noise <= fastNoise;
    // Room below and above for the noise, so that no channel overflows into its neighbour.
    const margin = this.#fast ? Math.ceil(noise * 2.5) : 0;
    this.#pedestal = (margin * 0x010101 + 0xff000000) | 0;
    const look: SpriteLook = {
      light: options.light,
      blurLength: (options.blur * options.speed * width) / (1280 * options.frameRate),
      white: 255 - 2 * margin,
    };
    this.#belt = createBelt(options.seed, this.#layout, look);
    const { length } = this.#belt;
    this.#strip = new Int32Array(2 * length + width);
    this.#line = this.#strip.subarray(length, length + width);
    this.#builder = new SpriteBuilder(this.#layout, look);
    this.#vignette = createVignette(width, height);
    this.#noise = createNoise(options.seed, noise, width, this.#fast);
    const { pitch, reach, lanes } = this.#layout;
    this.#ahead = Math.ceil(pitch * 1.5);
    const cells = (Math.ceil((width + 2 * reach + this.#ahead) / pitch) + 2) * lanes;
    this.#free = Array.from({ length: cells + 1 }, () => new Sprite(this.#builder.geometry));
  }

  render(frame: number, target: Uint8Array): void {
    const { width, height } = this;
    const bytes = width * height * 4;
    if (target.byteLength < bytes) {
      throw new ShapeError({
        subject: 'target',
        expected: `${bytes} bytes (${width} × ${height} RGBA)`,
        received: `${target.byteLength} bytes`,
      });
    }
    const aligned = (target.byteOffset & 3) === 0;
    if (!aligned) this.#copy ??= new Uint8Array(bytes);
    const into = aligned ? target : this.#copy!;
    this.#frame = frame;
    this.#shownCount = 0;
    this.#parts.visit(frame, 0, this.#show);
    this.#photograph(new Int32Array(into.buffer, into.byteOffset, width * height));
    if (!aligned) target.set(into);
    this.#prepareNext();
  }

  // Notes a part in view with its sprite, which is made now if it is not ready.
  readonly #show = (part: Part, x: number): void => {
    const builder = this.#builder;
    let sprite = this.#ready.get(part.id);
    if (!sprite) {
      if (builder.partId !== part.id) builder.begin(part, builder.unfinished ?? this.#takeSprite());
      sprite = builder.finish()!;
      this.#ready.set(part.id, sprite);
    }
    const at = this.#shownCount++;
    if (!this.#shown[at]) this.#shown[at] = { sprite, left: 0, top: 0 };
    const shown = this.#shown[at];
    shown.sprite = sprite;
    shown.left = x + sprite.left;
    shown.top = part.y + sprite.top;
  };

  // Row by row, so that all but the last step stays in the fastest cache: belt or rail, parts, vignette and noise.
  #photograph(target: Int32Array): void {
    const { width, height } = this;
    const { rows, length } = this.#belt;
    const { rail } = this.#layout;
    const shift = beltOffset(this.#options, this.#frame) % length;
    const strip = this.#strip;
    const line = this.#line;
    for (let row = 0; row < height; row++) {
      if (row < rail || row >= height - rail) line.set(rows[row]);
      else {
        // Whole rows are copied, from left of the picture to right of it: that needs no view to be made.
        for (let to = shift; to < length + width; to += length) strip.set(rows[row], to);
        for (let i = 0; i < this.#shownCount; i++) {
          const { sprite, left, top } = this.#shown[i];
          if (row >= top && row < top + sprite.height) lay(sprite, row - top, left, line, width);
        }
      }
      const grain = hash(this.#options.seed, this.#frame, row, 0x6e6f6973) & (noiseEntries - 1);
      if (this.#fast) expose(line, target, row * width, width, this.#vignette, this.#noise, grain, this.#pedestal);
      else exposeClamped(line, target, row * width, width, this.#vignette, this.#noise, grain);
    }
  }

  // Works on the sprite that the belt brings next, so that its cost is spread over the frames until then.
  #prepareNext(): void {
    const builder = this.#builder;
    if (builder.partId < 0) {
      this.#upcoming = undefined;
      this.#upcomingX = -Infinity;
      const next = this.#frame + 1;
      this.#parts.visit(next, this.#ahead, this.#consider);
      if (!this.#upcoming) return;
      builder.begin(this.#upcoming, this.#takeSprite());
    }
    const sprite = builder.advance(rowsAhead);
    if (sprite) this.#ready.set(sprite.part!.id, sprite);
  }

  readonly #consider = (part: Part, x: number): void => {
    if (x > this.#upcomingX && !this.#ready.has(part.id)) {
      this.#upcoming = part;
      this.#upcomingX = x;
    }
  };

  // A free sprite, or one whose part is neither in the picture nor about to enter it. There are enough for every cell
  // of the belt in between, so that none is made after the start.
  #takeSprite(): Sprite {
    const free = this.#free.pop();
    if (free) return free;
    const offset = beltOffset(this.#options, this.#frame);
    const { reach } = this.#layout;
    for (const [id, sprite] of this.#ready) {
      const x = sprite.part!.startX + offset;
      if (x > -reach - this.#ahead && x < this.width + reach) continue;
      this.#ready.delete(id);
      return sprite;
    }
    return new Sprite(this.#builder.geometry);
  }
}

// One row of a sprite over the line, with its left edge at `left`.
function lay(sprite: Sprite, row: number, left: number, line: Int32Array, width: number): void {
  const { pixels, spans } = sprite;
  const first = Math.max(spans[row * 2], -left);
  const last = Math.min(spans[row * 2 + 1], width - left);
  let from = row * sprite.width + first;
  for (let to = left + first; to < left + last; to++, from++) {
    const over = pixels[from];
    const opaque = over >>> 24;
    if (opaque === 255) {
      line[to] = over & 0xffffff;
      continue;
    }
    const through = 256 - opaque - (opaque >>> 7);
    const under = line[to];
    const redBlue = (Math.imul(under & 0xff00ff, through) >>> 8) & 0xff00ff;
    const green = (Math.imul(under & 0x00ff00, through) >>> 8) & 0x00ff00;
    line[to] = (over & 0xffffff) + (redBlue | green);
  }
}

// Vignette and noise, three channels at a time: every sum stays within its byte, see `margin`.
function expose(
  line: Int32Array,
  target: Int32Array,
  at: number,
  width: number,
  vignette: Uint16Array,
  noise: Int32Array,
  grain: number,
  pedestal: number,
): void {
  for (let i = 0; i < width; i++) {
    const p = line[i];
    const gain = vignette[at + i];
    const redBlue = (Math.imul(p & 0xff00ff, gain) >>> 8) & 0xff00ff;
    const green = (Math.imul(p & 0x00ff00, gain) >>> 8) & 0x00ff00;
    target[at + i] = (redBlue | green) + noise[grain + i] + pedestal;
  }
}

// The same for strong noise, channel by channel, clamped.
function exposeClamped(
  line: Int32Array,
  target: Int32Array,
  at: number,
  width: number,
  vignette: Uint16Array,
  noise: Int32Array,
  grain: number,
): void {
  for (let i = 0; i < width; i++) {
    const p = line[i];
    const gain = vignette[at + i];
    const n = noise[grain + i];
    const red = byte((Math.imul(p & 255, gain) >> 8) + ((n << 22) >> 22));
    const green = byte((Math.imul((p >> 8) & 255, gain) >> 8) + ((n << 12) >> 22));
    const blue = byte((Math.imul((p >> 16) & 255, gain) >> 8) + ((n << 2) >> 22));
    target[at + i] = red | (green << 8) | (blue << 16) | (255 << 24);
  }
}

function byte(value: number): number {
  return value < 0 ? 0 : Math.min(value, 255);
}

// Fall-off of lamp and lens, 256 = none; the lamp hangs left of the middle.
function createVignette(width: number, height: number): Uint16Array {
  const map = new Uint16Array(width * height);
  for (let row = 0; row < height; row++) {
    const y = ((row + 0.5) / height) * 2 - 1 + 0.12;
    for (let column = 0; column < width; column++) {
      const x = ((column + 0.5) / width) * 2 - 1 + 0.1;
      const r = x * x * 0.62 + y * y * 0.38;
      map[row * width + column] = Math.floor(256 / (1 + 0.3 * r * r + 0.16 * r) + 0.5);
    }
  }
  return map;
}

// Bell-shaped noise of three channels per entry: sums of them for the fast way, fields of ten bits for the other.
function createNoise(seed: number, deviation: number, width: number, fast: boolean): Int32Array {
  const table = new Int32Array(noiseEntries + width);
  const random = new Random(hash(seed, 0x6e6f));
  const limit = Math.ceil(deviation * 2.5);
  // A sum of four uniform numbers has a variance of 1/3.
  const scale = deviation * 1.7320508075688772;
  const sample = () => {
    const sum = random.unit() + random.unit() + random.unit() + random.unit() - 2;
    return Math.max(-limit, Math.min(limit, Math.floor(sum * scale + 0.5)));
  };
  for (let i = 0; i < table.length; i++) {
    const red = sample();
    const green = sample();
    const blue = sample();
    table[i] = fast ? red + green * 256 + blue * 65536 : (red & 1023) | ((green & 1023) << 10) | ((blue & 1023) << 20);
  }
  return table;
}
