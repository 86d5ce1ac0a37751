import type { Layout } from './layout.js';
import { noise1, noise2, smoothstep } from './noise.js';
import { hash, Random } from './random.js';
import { type SpriteLook, smear } from './sprite.js';

/** Pictures of the belt and its rails; red, green, blue in the low three bytes of each pixel. */
export interface Belt {
  /** Length after which the belt repeats, px. */
  readonly length: number;
  /** Rows of the picture from top to bottom: `length` pixels each where the belt moves, `width` where the rails are. */
  readonly rows: readonly Int32Array[];
}

/** Rubber as it comes, 0…255 in full light. */
const rubber = [47, 55, 60] as const;
const aluminium = [176, 180, 186] as const;

/** Draws belt and rails of a scene. */
export function createBelt(seed: number, layout: Layout, look: SpriteLook): Belt {
  const { width, height, rail } = layout;
  const upper = new Int32Array(width * rail);
  const lower = new Int32Array(width * rail);
  drawRail(upper, layout, look, false);
  drawRail(lower, layout, look, true);
  const { length, surface } = drawSurface(seed, layout, look);
  const rows = [
    ...rowsOf(upper, width, rail),
    ...rowsOf(surface, length, height - 2 * rail),
    ...rowsOf(lower, width, rail),
  ];
  return { length, rows };
}

function rowsOf(pixels: Int32Array, length: number, count: number): Int32Array[] {
  return Array.from({ length: count }, (_, row) => pixels.subarray(row * length, (row + 1) * length));
}

function drawSurface(seed: number, layout: Layout, look: SpriteLook): { length: number; surface: Int32Array } {
  const { scale, height, rail } = layout;
  const rows = height - 2 * rail;
  // Threads of the weave are a whole number of px, and the belt a whole number of their pairs.
  const thread = Math.max(2, Math.round(5 * scale));
  const length = thread * 2 * Math.max(4, Math.round((1560 * scale) / (thread * 2)));
  const surface = new Int32Array(length * rows);
  const random = new Random(hash(seed, 0xbe17));
  const seams = [random.range(0.1, 0.3), random.range(0.55, 0.85)].map((part) => Math.floor(part * length));
  const scuffs = createScuffs(random, length, rows, scale);
  const pad = Math.ceil(look.blurLength / 2) + 1;
  const line = new Float32Array((length + 2 * pad) * 3);
  const sums = new Float64Array(length + 2 * pad + 1);
  const unit = 1 / scale;
  const stainPeriod = Math.max(1, Math.round(length / (120 * scale)));
  const grainPeriod = Math.max(1, Math.round(length / (9 * scale)));
  for (let row = 0; row < rows; row++) {
    const edge = Math.min(row, rows - 1 - row) * unit;
    const lip =
      0.45 + 0.55 * smoothstep(-4, 34, row * unit) * (0.75 + 0.25 * smoothstep(0, 20, (rows - 1 - row) * unit));
    const ty = (row % thread) / thread - 0.5 + 0.5 / thread;
    const threadRow = Math.floor(row / thread);
    const seamZigzag = Math.abs(((row * unit) % 24) - 12) * 0.5 * scale;
    for (let column = 0; column < length; column++) {
      const tx = (column % thread) / thread - 0.5 + 0.5 / thread;
      const over = ((Math.floor(column / thread) + threadRow) & 1) === 0;
      // Threads of warp and weft lie over each other by turns, each lit from above left.
      const bulge = over ? 1 - 4 * ty * ty - ty * 0.9 : 0.8 - 4 * tx * tx - tx * 0.7;
      const stain = noise2((column / length) * stainPeriod, row * unit * 0.012, stainPeriod, 31);
      const grain = noise2((column / length) * grainPeriod, row * unit * 0.11, grainPeriod, 37);
      let value = 0.82 + 0.22 * bulge + 0.22 * (stain - 0.5) + 0.16 * (grain - 0.5);
      let wear = 0;
      for (let i = 0; i < scuffs.length; i += 5) {
        const dy = row - scuffs[i + 1];
        if (dy < -scuffs[i + 3] || dy > scuffs[i + 3]) continue;
        let dx = column - scuffs[i];
        if (dx < 0) dx += length;
        if (dx > scuffs[i + 2]) continue;
        const t = dx / scuffs[i + 2];
        wear += scuffs[i + 4] * 4 * t * (1 - t) * (1 - Math.abs(dy) / scuffs[i + 3]) * (0.4 + 0.6 * grain);
      }
      value += wear;
      let warm = 0;
      for (const seam of seams) {
        let distance = column - seam;
        if (distance > length / 2) distance -= length;
        else if (distance < -length / 2) distance += length;
        const off = Math.abs(distance + seamZigzag - 3 * scale) * unit;
        if (off < 16) {
          // A vulcanised splice: a dark zigzag with a paler band of new rubber around it.
          value += 0.16 * smoothstep(16, 10, off) - 0.5 * smoothstep(3.2, 1.4, off);
        }
      }
      // A painted guide line along both edges, worn, with ticks that show the motion.
      if (edge > 13 && edge < 17) warm = 0.75;
      else if (edge >= 17 && edge < 27 && (column * 12) % length < 4 * scale * 12) warm = 0.75;
      if (warm > 0) warm *= 0.45 + 0.55 * smoothstep(0.3, 0.6, grain * 0.6 + stain * 0.4);
      const to = (column + pad) * 3;
      for (let channel = 0; channel < 3; channel++) {
        const paint = channel === 0 ? 196 : channel === 1 ? 176 : 108;
        const base = rubber[channel] * value;
        line[to + channel] = (base + (paint * (0.55 + 0.2 * bulge) - base) * warm) * lip * look.light;
      }
    }
    for (let i = 0; i < pad * 3; i++) {
      line[i] = line[length * 3 + i];
      line[(length + pad) * 3 + i] = line[pad * 3 + i];
    }
    if (look.blurLength > 1)
      for (let channel = 0; channel < 3; channel++) smear(line, channel, 3, length + 2 * pad, look.blurLength, sums);
    for (let column = 0; column < length; column++) {
      const from = (column + pad) * 3;
      surface[row * length + column] = pixel(line[from], line[from + 1], line[from + 2], look.white);
    }
  }
  return { length, surface };
}

// Long faint scratches: x, y, length, half width, strength, one after another.
function createScuffs(random: Random, length: number, rows: number, scale: number): Float64Array {
  const count = 34;
  const scuffs = new Float64Array(count * 5);
  for (let i = 0; i < count; i++) {
    scuffs[i * 5] = Math.floor(random.unit() * length);
    scuffs[i * 5 + 1] = Math.floor(random.unit() * rows);
    scuffs[i * 5 + 2] = random.range(60, 420) * scale;
    scuffs[i * 5 + 3] = random.range(1, 4.5) * scale + 0.6;
    scuffs[i * 5 + 4] = random.range(-0.12, 0.3);
  }
  return scuffs;
}

// An extruded profile: outer flange, slot, inner lip; screws at even distances.
function drawRail(target: Int32Array, layout: Layout, look: SpriteLook, lower: boolean): void {
  const { width, rail, scale } = layout;
  const unit = 1 / scale;
  for (let row = 0; row < rail; row++) {
    // Distance from the belt, whichever rail it is, and which way is up.
    const from = (lower ? row + 0.5 : rail - row - 0.5) * unit;
    const tilt = lower ? -1 : 1;
    let shade: number;
    if (from < 7) {
      const t = (from - 3.5) / 3.5;
      shade = 0.62 + 0.5 * Math.sqrt(1 - t * t) - 0.3 * t * tilt * -1;
    } else if (from < 9) shade = 0.3;
    else if (from < 21) shade = 0.86 + (lower ? -0.05 : 0.06) + 0.006 * (from - 9) * tilt;
    else if (from < 22.5) shade = 1.15;
    else if (from < 30) shade = 0.24 + 0.012 * (from - 22.5);
    else if (from < 31.5) shade = 1.05;
    else shade = 0.7 - 0.006 * (from - 31.5);
    for (let column = 0; column < width; column++) {
      const streak = noise1(from * 2.3 + noise1(column * unit * 0.01, 41) * 1.5, 43) - 0.5;
      const long = noise1(column * unit * 0.006 + (lower ? 50 : 0), 47) - 0.5;
      let value = shade * (1 + 0.1 * streak + 0.12 * long);
      const dx = (((column * unit + (lower ? 80 : 0)) % 160) - 80) / 1;
      const dy = from - 15;
      const r = Math.sqrt(dx * dx + dy * dy);
      if (r < 5.2) {
        const hex = Math.max(Math.abs(dx), Math.abs(dx) * 0.5 + Math.abs(dy) * 0.866);
        value = hex < 2.3 ? 0.16 : 0.62 - (dx + dy * tilt * -1) * 0.06;
      } else if (r < 6.6) value *= 0.6;
      const light = value * look.light;
      target[row * width + column] = pixel(
        aluminium[0] * light,
        aluminium[1] * light,
        aluminium[2] * light,
        look.white,
      );
    }
  }
}

function pixel(red: number, green: number, blue: number, white: number): number {
  return channel(red, white) | (channel(green, white) << 8) | (channel(blue, white) << 16);
}

function channel(value: number, white: number): number {
  return value < 0 ? 0 : value > white ? white : Math.floor(value + 0.5);
}
