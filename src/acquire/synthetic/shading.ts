import { cosine, sine } from './angle.js';
import type { Layout, Part } from './layout.js';
import { noise1, noise2, smoothstep } from './noise.js';
import type { Relief } from './outline.js';
import { finish, partKinds } from './parts.js';
import { Random } from './random.js';

/*
 * Light as a studio would set it: a large soft lamp above to the left, a strip to the right, a dark floor. Metal is
 * mostly what it mirrors, so the colour of a point is looked up by its normal; grooves of the tool stretch the
 * highlight across them.
 */
const lamp = normalised(-0.46, -0.58, 0.67);
const strip = normalised(0.78, 0.2, 0.59);
const half = normalised(lamp[0], lamp[1], lamp[2] + 1);

/** Side of the table of mirrored light, by the slope of the surface. */
const mirrorSide = 128;
const mirror = createMirror();

function normalised(x: number, y: number, z: number): readonly [number, number, number] {
  const length = Math.sqrt(x * x + y * y + z * z);
  return [x / length, y / length, z / length];
}

// Brightness of what a mirror with the normal (nx, ny) shows to a camera straight above.
function createMirror(): Float32Array {
  const table = new Float32Array(mirrorSide * mirrorSide);
  for (let row = 0; row < mirrorSide; row++) {
    for (let column = 0; column < mirrorSide; column++) {
      const nx = (column / (mirrorSide - 1)) * 2 - 1;
      const ny = (row / (mirrorSide - 1)) * 2 - 1;
      const flat = nx * nx + ny * ny;
      const nz = Math.sqrt(flat < 1 ? 1 - flat : 0);
      const rx = 2 * nz * nx;
      const ry = 2 * nz * ny;
      const rz = 2 * nz * nz - 1;
      const toLamp = rx * lamp[0] + ry * lamp[1] + rz * lamp[2];
      const toStrip = rx * strip[0] + ry * strip[1] + rz * strip[2];
      const sky = 0.5 - 0.42 * ry - 0.2 * rx;
      const floor = smoothstep(-0.15, 0.45, rz);
      const facing = nx * lamp[0] + ny * lamp[1] + nz * lamp[2];
      table[row * mirrorSide + column] =
        0.1 +
        0.4 * sky * (0.35 + 0.65 * floor) +
        0.28 * Math.max(facing, 0) +
        0.75 * smoothstep(0.82, 0.97, toLamp) +
        0.34 * smoothstep(0.88, 0.97, toStrip);
    }
  }
  return table;
}

/** Colour of a part's pixels, 0…1 and above where the lamp is mirrored; three values per pixel. */
export class Shading {
  readonly color: Float32Array;
  #row = 0;

  /** Memory for any part of a scene. */
  constructor(side: number) {
    this.color = new Float32Array(side * side * 3);
  }

  /** Starts a part. */
  begin(): void {
    this.#row = 0;
  }

  /** Shades at most `rows` rows of a finished relief; true when it is complete. */
  fill(part: Part, layout: Layout, relief: Relief, rows: number): boolean {
    const { side, coverage, height } = relief;
    const random = new Random(part.key ^ 0x51ade);
    const tint = partKinds[part.kind].tint;
    const tone = random.range(0.93, 1.07);
    const grain = random.below(64);
    const cos = cosine(part.rotation);
    const sin = sine(part.rotation);
    const unit = 1 / (layout.scale * part.size);
    const steep = 0.5 * layout.scale;
    const centre = (side - 1) / 2;
    const end = Math.min(side, this.#row + rows);
    for (let row = this.#row; row < end; row++) {
      const up = row > 0 ? side : 0;
      const down = row < side - 1 ? side : 0;
      for (let column = 0; column < side; column++) {
        const at = row * side + column;
        if (coverage[at] === 0) continue;
        const u = (column - centre) * unit;
        const v = (row - centre) * unit;
        const x = u * cos + v * sin;
        const y = v * cos - u * sin;
        let nx = (height[at - (column > 0 ? 1 : 0)] - height[at + (column < side - 1 ? 1 : 0)]) * steep;
        let ny = (height[at - up] - height[at + down]) * steep;
        const made = relief.finish[at];
        let gloss = 1;
        let streak = 0;
        if (made === finish.turned) {
          const r = Math.sqrt(x * x + y * y) + 0.001;
          // Direction of the grooves on the picture, and how far it is from square to the lamp.
          const tx = (-y * cos - x * sin) / r;
          const ty = (-y * sin + x * cos) / r;
          const along = tx * half[0] + ty * half[1];
          const groove = noise1(r * 1.9, grain) - 0.5;
          streak = anisotropic(along * 2.2) * (0.62 + groove * 0.3) - 0.1;
          gloss = 0.86 + groove * 0.13;
        } else if (made === finish.brushed) {
          const groove = noise1(y * 1.7 + noise1(x * 0.05, grain + 3) * 2, grain) - 0.5;
          streak = anisotropic((cos * half[0] + sin * half[1]) * 1.8) * 0.3 + groove * 0.12;
          gloss = 0.95;
        } else if (made === finish.cast) {
          const rough = noise2(x * 0.55 + 64, y * 0.55 + 64, 4096, grain);
          const rough2 = noise2(x * 0.21 + 64, y * 0.21 + 64, 4096, grain + 9);
          nx += (rough - 0.5) * 0.35;
          ny += (rough2 - 0.5) * 0.35;
          gloss = 0.62 + 0.16 * rough2 + 0.1 * rough;
        } else if (made === finish.recess) {
          gloss = 0.24;
        } else {
          gloss = 1.08;
        }
        const length = 1 / Math.sqrt(nx * nx + ny * ny + 1);
        const column2 = Math.floor((nx * length + 1) * 0.5 * (mirrorSide - 1) + 0.5);
        const row2 = Math.floor((ny * length + 1) * 0.5 * (mirrorSide - 1) + 0.5);
        const light = mirror[row2 * mirrorSide + column2] * gloss + streak * length;
        // Deep places see less of the sky.
        const depth = 0.72 + 0.28 * smoothstep(2, 20, height[at]);
        const value = light * tone * depth;
        // A highlight takes the colour of the lamp, not of the metal.
        const white = value > 0.8 ? (value - 0.8) * 0.8 : 0;
        const base = at * 3;
        this.color[base] = value * tint[0] * (1 - white) + value * white;
        this.color[base + 1] = value * tint[1] * (1 - white) + value * white;
        this.color[base + 2] = value * tint[2] * (1 - white) + value * white;
      }
    }
    this.#row = end;
    return end === side;
  }
}

// Brightness across the grooves: 1 where they lie square to the lamp, falling off on both sides.
function anisotropic(along: number): number {
  const s = 1 - along * along;
  if (s <= 0) return 0;
  const s2 = s * s;
  const s4 = s2 * s2;
  return s4 * s2;
}
