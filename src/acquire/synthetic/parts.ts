import { angleOf, cosine, sine } from './angle.js';
import { noise1, smoothstep } from './noise.js';
import type { Random } from './random.js';

/** How a patch of metal was made; decides how it shines. */
export const finish = { brushed: 0, turned: 1, cast: 2, polished: 3, recess: 4 } as const;

/** What a part is like at one point. */
export interface Surface {
  /** Signed distance to the outline in reference px, negative inside; exact near the outline only. */
  distance: number;
  /** Height above the belt in reference px. */
  height: number;
  /** One of `finish`. */
  finish: number;
}

/** Fills in the surface at a point of a part; (x, y) in reference px from its centre, before rotation. */
export type Sampler = (x: number, y: number, surface: Surface) => void;

/** A kind of part. None can be told from its mirror image. */
export interface PartKind {
  readonly name: string;
  /** Radius of the smallest circle around a part of size 1, reference px. */
  readonly radius: number;
  /** Colour of the metal, 1 = neutral. */
  readonly tint: readonly [number, number, number];
  /** A part of this kind: `random` varies its shape, and the defect if it has one. */
  create(random: Random, defective: boolean): Sampler;
}

/** All kinds, in the order of the labels. */
export const partKinds: readonly PartKind[] = [
  { name: 'gear', radius: 72, tint: [0.94, 0.97, 1.04], create: createGear },
  { name: 'washer', radius: 61, tint: [1.1, 1.08, 1.04], create: createWasher },
  { name: 'nut', radius: 62, tint: [1.16, 0.93, 0.52], create: createNut },
  { name: 'bolt', radius: 75, tint: [0.9, 0.94, 1.02], create: createBolt },
  { name: 'bearing', radius: 66, tint: [1, 1.02, 1.06], create: createBearing },
  { name: 'flange', radius: 75, tint: [1.0, 1.0, 1.02], create: createFlange },
];

// Height lost near an edge: a rounded shoulder of the given width.
function shoulder(distance: number, width: number): number {
  const t = 1 + distance / width;
  if (t <= 0) return 0;
  return width * (1 - Math.sqrt(1 - (t < 1 ? t * t : 1)));
}

// Signed distance to a ring's groove or rib: positive inside (inner, outer).
function between(r: number, inner: number, outer: number): number {
  return Math.min(r - inner, outer - r);
}

function createGear(random: Random, defective: boolean): Sampler {
  const teeth = 13 + random.below(5);
  const outer = 71;
  const root = outer - 15;
  const bore = random.range(15, 20);
  const hub = bore + random.range(9, 12);
  const web = random.range(42, 45);
  const holes = random.unit() < 0.6 ? 5 + random.below(2) : 0;
  const holeRadius = (web - hub) * 0.3;
  const holeAt = (web + hub) / 2;
  // A run of teeth and the rim under them, broken out.
  const gapAt = random.unit();
  const gapHalf = (random.range(3.4, 4.8) / teeth) * 0.5;
  const gapDepth = random.range(9, 14);
  return (x, y, surface) => {
    const r = Math.sqrt(x * x + y * y);
    const turns = angleOf(y, x);
    let distance = r - root;
    if (r > root - 4) {
      const tooth = turns * teeth;
      const side = (Math.abs(tooth - Math.floor(tooth + 0.5)) * 6.283185307179586 * r) / teeth;
      const half = ((outer * Math.PI) / teeth) * (0.56 - ((r - root) / (outer - root)) * 0.26);
      distance = Math.min(distance, Math.max(r - outer, (side - half) * 0.95));
    }
    distance = Math.max(distance, bore - r);
    let broken = -99;
    if (defective) {
      const apart = turns - gapAt;
      const side = (gapHalf - Math.abs(apart - Math.floor(apart + 0.5))) * 6.283185307179586 * r;
      const crack = (noise1(turns * 40, 3) - 0.5) * 9 + (noise1(turns * 110, 5) - 0.5) * 4;
      broken = Math.min(side + (noise1(r * 0.3, 9) - 0.5) * 6, r - (root - gapDepth) + crack);
    }
    distance = Math.max(distance, broken);
    let recess = between(r, hub, web);
    if (holes > 0 && recess > 0) {
      const spoke = turns * holes;
      const along = ((spoke - Math.floor(spoke) - 0.5) * 6.283185307179586 * holeAt) / holes;
      const hole = holeRadius - Math.sqrt((r - holeAt) * (r - holeAt) + along * along);
      distance = Math.max(distance, hole);
    }
    recess = smoothstep(-1.5, 2.5, recess);
    surface.distance = distance;
    surface.height = 22 - 9 * recess - shoulder(distance, 4);
    surface.finish = recess > 0.5 ? finish.cast : finish.turned;
    if (broken > -5) {
      surface.finish = finish.cast;
      surface.height -= 3 + 4 * noise1(r * 0.4 + turns * 60, 5);
    }
  };
}

function createWasher(random: Random, defective: boolean): Sampler {
  const outer = 60;
  const inner = random.range(27, 32);
  const at = random.unit();
  const gap = random.range(14, 20);
  const flare = random.range(0.15, 0.4);
  const jag = random.range(2, 4);
  const c = cosine(at);
  const s = sine(at);
  return (x, y, surface) => {
    const r = Math.sqrt(x * x + y * y);
    let distance = Math.max(r - outer, inner - r);
    if (defective) {
      const along = x * c + y * s;
      const across = y * c - x * s;
      if (along > 0) {
        const side = across > 0 ? 1 : 2;
        const half = gap + (along - inner) * flare + (noise1(along * 0.35, 7 + side) - 0.5) * 2 * jag;
        distance = Math.max(distance, half - Math.abs(across));
      }
    }
    surface.distance = distance;
    surface.height = 9 - shoulder(distance, 3.5);
    surface.finish = finish.turned;
  };
}

function createNut(random: Random, defective: boolean): Sampler {
  const flat = 53;
  const bore = random.range(25, 29);
  const solid = defective && random.unit() < 0.5;
  const chipped = defective && !solid;
  const corner = random.below(6) / 6 + 1 / 12;
  const twin = random.unit() < 0.75;
  const chipRadius = random.range(27, 32);
  const chipX = cosine(corner) * 66;
  const chipY = sine(corner) * 66;
  const chip2X = cosine(corner + 1 / 6) * 66;
  const chip2Y = sine(corner + 1 / 6) * 66;
  return (x, y, surface) => {
    const r = Math.sqrt(x * x + y * y);
    // Hexagon with flats across the x axis.
    const ax = Math.abs(x);
    const ay = Math.abs(y);
    let distance = Math.max(ax, ax * 0.5 + ay * 0.8660254037844386) - flat;
    let height = 30;
    surface.finish = finish.turned;
    // The chamfer is a cone that cuts the corners of the top face.
    const chamfer = r - (flat - 1);
    if (chamfer > 0) {
      height -= chamfer * 1.1;
      surface.finish = finish.polished;
    }
    if (!solid) {
      distance = Math.max(distance, bore - r);
      const cone = bore + 6 - r;
      if (cone > 0) {
        height -= cone * 1.2;
        surface.finish = finish.polished;
      }
    } else {
      const dimple = 7 - r;
      if (dimple > 0) height -= dimple * 0.8;
    }
    if (chipped) {
      let dx = x - chipX;
      let dy = y - chipY;
      let broken = chipRadius - Math.sqrt(dx * dx + dy * dy);
      if (twin) {
        dx = x - chip2X;
        dy = y - chip2Y;
        broken = Math.max(broken, chipRadius * 0.85 - Math.sqrt(dx * dx + dy * dy));
      }
      broken += (noise1(angleOf(y, x) * 45, 11) - 0.5) * 4;
      distance = Math.max(distance, broken);
      if (broken > -6) {
        height -= 5 + 6 * noise1(x * 0.3 + y * 0.23, 13);
        surface.finish = finish.cast;
      }
    }
    surface.distance = distance;
    surface.height = height - shoulder(distance, 3);
  };
}

function createBolt(random: Random, defective: boolean): Sampler {
  const headLength = 32;
  const headHalf = random.range(28, 31);
  const shankHalf = random.range(15.5, 18);
  const left = -67;
  const neck = left + headLength;
  const end = 67;
  const beheaded = defective && random.unit() < 0.4;
  const bent = defective && !beheaded;
  const bendFrom = neck + random.range(14, 34);
  const bendTurns = random.range(0.12, 0.17);
  const bendLength = end - bendFrom;
  const bendRadius = (bendLength * 0.62) / (bendTurns * 6.283185307179586);
  const bendEnd = bendLength * 0.62;
  const endX = bendFrom + sine(bendTurns) * bendRadius;
  const endY = bendRadius - cosine(bendTurns) * bendRadius;
  const c = cosine(bendTurns);
  const s = sine(bendTurns);
  // A bent or shortened bolt is moved so that its middle stays at the origin.
  const moveX = bent ? 8 : beheaded ? -16 : 0;
  const moveY = bent ? 9 : 0;
  return (px, py, surface) => {
    const x = px - moveX;
    const y = py + moveY;
    let along = x;
    let across = y;
    if (bent && x > bendFrom) {
      const dx = x - bendFrom;
      const dy = bendRadius - y;
      const swept = angleOf(dx, dy);
      if (dy > 0 && swept <= bendTurns) {
        along = bendFrom + swept * 6.283185307179586 * bendRadius;
        across = bendRadius - Math.sqrt(dx * dx + dy * dy);
      } else {
        const ex = x - endX;
        const ey = y - endY;
        along = bendFrom + bendEnd + ex * c + ey * s;
        across = ey * c - ex * s;
      }
    }
    const wide = Math.abs(across);
    // Threads run straight across: a helix would tell left from right.
    const ridge = along * 0.1388;
    const thread = along > neck + 24 ? Math.abs(ridge - Math.floor(ridge) - 0.5) * 2 : 0.75;
    const tip = along > end - 7 ? (along - (end - 7)) * 0.7 : 0;
    const half = shankHalf - 2.4 * (1 - thread) - tip;
    let shank = Math.max(wide - half, along - end);
    shank = Math.max(shank, beheaded ? neck + 6 + (noise1(across * 0.3, 17) - 0.5) * 12 - along : neck - 2 - along);
    let distance = shank;
    const round = 1 - (wide / half) * (wide / half);
    let height = 17 + (round > 0 ? half * Math.sqrt(round) : 0);
    surface.finish = along > neck + 24 ? finish.polished : finish.brushed;
    if (!beheaded) {
      const head = Math.max(Math.abs(x - (left + headLength / 2)) - headLength / 2, Math.abs(y) - headHalf);
      if (head < distance) {
        distance = head;
        // Side view of a hexagon: a flat face in the middle, two that fall away.
        const fall = Math.abs(y) - headHalf * 0.5;
        height = 46 - (fall > 0 ? fall * 0.85 : 0);
        const dome = left + 6 - x;
        if (dome > 0) height -= dome * 0.7 + (y * y * 0.004 * dome) / 6;
        height -= shoulder(distance, 4);
        surface.finish = finish.brushed;
      }
    }
    surface.distance = distance;
    surface.height = height;
  };
}

function createBearing(random: Random, defective: boolean): Sampler {
  const outer = 65;
  const outerInner = 54;
  const innerOuter = 33;
  const bore = random.range(20, 23);
  const balls = 9;
  const track = (outerInner + innerOuter) / 2;
  const ball = 9.6;
  const missing = defective ? 4 + random.below(2) : 0;
  const start = random.unit();
  return (x, y, surface) => {
    const r = Math.sqrt(x * x + y * y);
    surface.distance = Math.max(r - outer, bore - r);
    surface.finish = finish.turned;
    let height = 24;
    if (r < innerOuter) {
      height -= shoulder(Math.max(r - innerOuter, bore - r), 3);
    } else if (r > outerInner) {
      height -= shoulder(Math.max(r - outer, outerInner - r), 3);
    } else {
      const turns = angleOf(y, x) - start;
      const place = (turns - Math.floor(turns)) * balls;
      surface.finish = finish.recess;
      height = 6;
      if (place < missing) {
        // Without its balls the track is open: the belt shows between the rings.
        const edge = Math.min(r - innerOuter, outerInner - r);
        const ends = Math.min(place, missing - place);
        surface.distance = Math.max(surface.distance, Math.min(edge, (ends * 6.283185307179586 * r) / balls));
      } else {
        const along = ((place - Math.floor(place) - 0.5) * 6.283185307179586 * track) / balls;
        const off = Math.sqrt((r - track) * (r - track) + along * along);
        if (off < ball) {
          height = 8 + Math.sqrt(ball * ball - off * off) * 1.25;
          surface.finish = finish.polished;
        } else if (Math.abs(r - track) < 3.2) {
          height = 11;
          surface.finish = finish.brushed;
        }
      }
    }
    surface.height = height;
  };
}

function createFlange(random: Random, defective: boolean): Sampler {
  const ear = 18;
  const earAt = 56;
  const body = random.range(37, 41);
  const bore = random.range(18, 22);
  const hole = random.range(7.5, 9);
  // The straight sides touch both circles.
  const slope = (body - ear) / earAt;
  const run = Math.sqrt(1 - slope * slope);
  const cut = random.range(32, 38);
  const lean = random.range(-0.35, 0.35);
  return (x, y, surface) => {
    const ax = Math.abs(x);
    const ay = Math.abs(y);
    const r = Math.sqrt(x * x + y * y);
    const earDistance = Math.sqrt((ax - earAt) * (ax - earAt) + y * y);
    const along = ax * run - ay * slope;
    let distance: number;
    if (along < 0) distance = r - body;
    else if (along > earAt * run) distance = earDistance - ear;
    else distance = ax * slope + ay * run - body;
    distance = Math.max(distance, bore - r, hole - earDistance);
    let broken = -99;
    if (defective) {
      broken = x - cut - y * lean + (noise1(y * 0.17, 19) - 0.5) * 10 + (noise1(y * 0.5, 21) - 0.5) * 3;
      distance = Math.max(distance, broken);
    }
    const collar = smoothstep(-1.2, 2.2, between(r, 0, bore + 10));
    surface.distance = distance;
    surface.height = 15 + 8 * collar - shoulder(distance, 4.5);
    surface.finish = collar > 0.5 ? finish.turned : finish.cast;
    const spot = 13 - earDistance;
    if (spot > 0) {
      surface.height -= 2 * smoothstep(0, 2, spot);
      surface.finish = finish.turned;
    }
    if (broken > -4) surface.height -= 2 + 3 * noise1(y * 0.5, 23);
  };
}
