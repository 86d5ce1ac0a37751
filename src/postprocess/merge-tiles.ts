import * as v from 'valibot';
import type { Box } from '../core/box.js';
import { InvalidArgumentError } from '../core/error.js';
import { parse } from '../core/parse.js';
import type { Detection } from '../core/result.js';
import type { TileDetections } from '../core/tile.js';

/** How strictly {@link mergeTiles} compares. */
export interface TileMergeOptions {
  /** Least overlap with which two boxes are one object, 0…1; 0.5 by default. */
  threshold?: number;
  /** How near a box must be to an edge of its tile to be cut by it, as part of the tile's side; 0.01 by default. */
  margin?: number;
  /** At most this many objects, best first; all by default. */
  topK?: number;
}

/**
 * The objects of a picture, from those of its tiles after each tile's own suppression. Two boxes of one class in different tiles are one
 * object if what each has of the part that both tiles show is the same: its intersection over union is at least `threshold`. Where tiles
 * only touch, that part is a line, and the boxes' lengths on it are compared, if both are cut there. A box that is cut by an edge of its
 * tile, and that this leaves alone, is part of the box that most of it lies in, if at least `threshold` of it does: SAHI's
 * "intersection over smaller".
 *
 * Every object that is one with others joins all of them. If some of its boxes are whole, not cut by their tile, the one with the highest
 * score stays and the others are duplicates; if all are cut, the object has the smallest box around them and their highest score. An
 * edge of a tile that is the picture's own cuts nothing.
 * @param parts tiles with their detections, boxes in px of the picture; borrowed, no item is changed.
 * @param width of the picture in px, as `height`.
 * @returns items best first, those of one score in the order given; a `trackId` is not kept where boxes were joined.
 * @throws {InvalidArgumentError} ERR_ARGUMENT parts that are none, a width or height that is not above 0, options that are none or out of range.
 * @source joining by intersection over the smaller area: SAHI (Akyon et al. 2022, arXiv:2202.06934), `GreedyNMMPostprocess` with match metric
 *   IOS and threshold 0.5. Other than there, only cut boxes that nothing else explains are compared that way, so that a small object before a large one stays,
 *   and objects that are longer than the overlap are found by what both tiles show of them.
 */
export function mergeTiles(
  parts: readonly TileDetections[],
  width: number,
  height: number,
  options: TileMergeOptions = {},
): Detection[] {
  const { threshold = 0.5, margin = 0.01, topK } = parse(optionsSchema, options, 'mergeTiles: options');
  checkParts(parts, width, height);
  const found = parts.flatMap(({ tile, items }) => items.map((item) => see(item, tile, width, height, margin)));
  const groups = new Groups(found.length);
  for (let a = 0; a < found.length; a++) {
    for (let b = a + 1; b < found.length; b++) {
      if (canBeSame(found[a], found[b]) && agree(found[a], found[b]) >= threshold) groups.join(a, b);
    }
  }
  for (let a = 0; a < found.length; a++) {
    if (!found[a].cut.includes(true) || groups.size(a) > 1) continue;
    const b = containerOf(found[a], found, threshold);
    if (b >= 0) groups.join(a, b);
  }
  const merged = groups.list().map((members) => oneOf(members.map((index) => found[index])));
  return merged.sort((a, b) => b.score - a.score).slice(0, topK);
}

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const optionsSchema = v.strictObject({
  threshold: v.optional(share),
  margin: v.optional(share),
  topK: v.optional(
    v.pipe(
      v.number(),
      v.check((most) => most === Number.POSITIVE_INFINITY || (Number.isInteger(most) && most >= 0), 'a whole number'),
    ),
  ),
});

function checkParts(parts: readonly TileDetections[], width: number, height: number): void {
  const refuse = (what: string, expected: string, received: unknown) => {
    throw new InvalidArgumentError({ subject: `mergeTiles: ${what}`, expected, received: String(received) });
  };
  for (const length of [width, height]) {
    if (!(Number.isFinite(length) && length > 0)) refuse('picture', 'a width and height in px', `${width} × ${height}`);
  }
  if (!Array.isArray(parts)) refuse('parts', 'a list of tiles with their items', parts);
  for (const [index, part] of parts.entries()) {
    if (!isBox(part?.tile)) refuse(`parts[${index}].tile`, 'a box of finite numbers', part?.tile);
    if (!Array.isArray(part.items)) refuse(`parts[${index}].items`, 'a list of detections', part.items);
    const wrong = part.items.findIndex((item) => !isBox(item?.box) || !Number.isFinite(item.score));
    if (wrong >= 0) refuse(`parts[${index}].items[${wrong}]`, 'a score and a box of finite numbers', part.items[wrong]);
  }
}

function isBox(box: Box | undefined): boolean {
  return !!box && [box.x, box.y, box.width, box.height].every(Number.isFinite);
}

/** A detection as its tile shows it: which of the edges left, top, right and bottom cut it. */
interface Seen {
  item: Detection;
  tile: Box;
  cut: readonly boolean[];
}

function see(item: Detection, tile: Box, width: number, height: number, margin: number): Seen {
  const { x, y } = item.box;
  const [right, bottom] = [tile.x + tile.width, tile.y + tile.height];
  const [byX, byY] = [tile.width * margin, tile.height * margin];
  const cut = [
    tile.x > 0 && x <= tile.x + byX,
    tile.y > 0 && y <= tile.y + byY,
    right < width && x + item.box.width >= right - byX,
    bottom < height && y + item.box.height >= bottom - byY,
  ];
  return { item, tile, cut };
}

function canBeSame(a: Seen, b: Seen): boolean {
  return a.item.classId === b.item.classId && a.tile !== b.tile;
}

/** The larger box that most of a box lies in, or −1. */
function containerOf(part: Seen, all: readonly Seen[], threshold: number): number {
  const own = area(part.item.box);
  let most = threshold * own;
  let best = -1;
  for (const [index, each] of all.entries()) {
    if (!canBeSame(part, each) || area(each.item.box) < own) continue;
    const inside = area(common(part.item.box, each.item.box));
    if (inside === 0 || inside < most || (inside === most && best >= 0)) continue;
    most = inside;
    best = index;
  }
  return best;
}

/** How alike what both tiles show of two boxes is, 0…1. */
function agree(a: Seen, b: Seen): number {
  const shared = common(a.tile, b.tile);
  if (shared.width < 0 || shared.height < 0) return 0;
  // A line is compared by length, and a point not at all.
  if (shared.width === 0) return touch(a, b, 0) ? alike(a.item.box, b.item.box, shared, 'y', 'height') : 0;
  if (shared.height === 0) return touch(a, b, 1) ? alike(a.item.box, b.item.box, shared, 'x', 'width') : 0;
  const [ofA, ofB] = [common(a.item.box, shared), common(b.item.box, shared)];
  const both = area(common(ofA, ofB));
  return both > 0 ? both / (area(ofA) + area(ofB) - both) : 0;
}

// Left and right, or top and bottom, cut the two at one line.
function touch(a: Seen, b: Seen, edge: 0 | 1): boolean {
  const [first, second] = (edge === 0 ? a.tile.x < b.tile.x : a.tile.y < b.tile.y) ? [a, b] : [b, a];
  return first.cut[edge + 2] && second.cut[edge];
}

function alike(a: Box, b: Box, shared: Box, start: 'x' | 'y', length: 'width' | 'height'): number {
  const end = (box: Box) => Math.min(box[start] + box[length], shared[start] + shared[length]);
  const begin = (box: Box) => Math.max(box[start], shared[start]);
  const both = Math.min(end(a), end(b)) - Math.max(begin(a), begin(b));
  return both > 0 ? both / (Math.max(end(a), end(b)) - Math.min(begin(a), begin(b))) : 0;
}

/** What two boxes have in common; a side below 0 where that is nothing. */
function common(a: Box, b: Box): Box {
  const [x, y] = [Math.max(a.x, b.x), Math.max(a.y, b.y)];
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  return { x, y, width, height: Math.min(a.y + a.height, b.y + b.height) - y };
}

function area({ width, height }: Box): number {
  return Math.max(0, width) * Math.max(0, height);
}

function oneOf(members: readonly Seen[]): Detection {
  const best = (list: readonly Seen[]) => list.reduce((a, b) => (b.item.score > a.item.score ? b : a)).item;
  const [first, ...others] = members;
  if (others.length === 0) return first.item;
  const whole = members.filter(({ cut }) => !cut.includes(true));
  if (whole.length > 0) return best(whole);
  const { score, classId, label } = best(members);
  const boxes = members.map(({ item }) => item.box);
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const width = Math.max(...boxes.map((box) => box.x + box.width)) - x;
  const height = Math.max(...boxes.map((box) => box.y + box.height)) - y;
  return { box: { x, y, width, height }, score, classId, label };
}

/** Indices that belong together. */
class Groups {
  readonly #parents: number[];
  readonly #sizes: number[];

  constructor(count: number) {
    this.#parents = Array.from({ length: count }, (_, i) => i);
    this.#sizes = Array.from(this.#parents, () => 1);
  }

  #root(index: number): number {
    let at = index;
    while (this.#parents[at] !== at) {
      this.#parents[at] = this.#parents[this.#parents[at]];
      at = this.#parents[at];
    }
    return at;
  }

  join(a: number, b: number): void {
    const [first, second] = [this.#root(a), this.#root(b)].sort((p, q) => p - q);
    if (first === second) return;
    this.#parents[second] = first;
    this.#sizes[first] += this.#sizes[second];
  }

  /** How many belong together with this one, itself included. */
  size(index: number): number {
    return this.#sizes[this.#root(index)];
  }

  /** Each group once, in the order of its first member. */
  list(): number[][] {
    const groups = new Map<number, number[]>();
    for (let i = 0; i < this.#parents.length; i++) {
      const root = this.#root(i);
      const group = groups.get(root);
      if (group) group.push(i);
      else groups.set(root, [i]);
    }
    return [...groups.values()];
  }
}
