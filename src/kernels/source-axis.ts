import type { Placement } from './picture-plan.js';
import type { ResampleTable } from './resample-table.js';

/** How the columns or the rows of a picture, as they lie in memory, become an axis of the tensor; in px. */
export interface SourceAxis {
  /** First one that is taken, and how many. */
  readonly offset: number;
  readonly length: number;
  /** How many they become. */
  readonly resized: number;
  /** Of these, the first that is shown, and how many, counted after turning and mirroring. */
  readonly cut: number;
  readonly shown: number;
  /** True if the first becomes the last. */
  readonly reversed: boolean;
}

/** Both axes of a picture, and whether its columns become rows of the tensor. */
export interface SourceAxes {
  readonly columns: SourceAxis;
  readonly rows: SourceAxis;
  readonly turned: boolean;
}

/** What a placement says of the columns and rows that lie in memory. */
export function sourceAxes(placement: Placement): SourceAxes {
  const { region, rotation, mirror, resizedWidth, resizedHeight, cutLeft, cutTop, width, height } = placement;
  const turned = rotation === 90 || rotation === 270;
  const across = {
    resized: resizedWidth,
    cut: cutLeft,
    shown: width,
    reversed: (rotation === 90 || rotation === 180) !== mirror,
  };
  const down = { resized: resizedHeight, cut: cutTop, shown: height, reversed: rotation === 180 || rotation === 270 };
  return {
    columns: { offset: region.x, length: region.width, ...(turned ? down : across) },
    rows: { offset: region.y, length: region.height, ...(turned ? across : down) },
    turned,
  };
}

/** The part of a table that is shown, in the order of the tensor. */
export function shownPart<Weights extends Int32Array | Float32Array>(
  table: ResampleTable<Weights>,
  { resized, cut, shown, reversed }: SourceAxis,
): ResampleTable<Weights> {
  if (shown === resized && !reversed) return table;
  const order = Array.from({ length: shown }, (_, i) => (reversed ? resized - 1 - cut - i : cut + i));
  return pick(table, order, (first) => first, false);
}

/** The table for the same axis with its first px last: what a filter that is not symmetric makes of a mirrored picture. */
export function mirroredTable<Weights extends Int32Array | Float32Array>(
  table: ResampleTable<Weights>,
  { length, resized }: SourceAxis,
): ResampleTable<Weights> {
  const order = Array.from({ length: resized }, (_, i) => i);
  return pick(table, order, (first) => length - first - table.taps, true);
}

function pick<Weights extends Int32Array | Float32Array>(
  { taps, first, weights }: ResampleTable<Weights>,
  order: readonly number[],
  place: (first: number) => number,
  backwards: boolean,
): ResampleTable<Weights> {
  // `nearest` has no weights.
  const picked = weights.length === 0 ? weights : allocate(weights, order.length * taps);
  const places = new Int32Array(order.length);
  order.forEach((from, i) => {
    const weight = (k: number) => (k < taps ? weights[(from + 1) * taps - 1 - k] : 0);
    const at = place(first[from]);
    // Of an axis shorter than its taps, the last ones lie beyond it, with a weight of 0: mirrored they would begin before it.
    let moved = 0;
    while (backwards && at + moved < 0 && weight(moved) === 0) moved++;
    places[i] = at + moved;
    if (picked === weights) return;
    for (let k = 0; k < taps; k++) picked[i * taps + k] = backwards ? weight(k + moved) : weights[from * taps + k];
  });
  return { taps, first: places, weights: picked };
}

function allocate<Weights extends Int32Array | Float32Array>(like: Weights, length: number): Weights {
  return (like instanceof Float32Array ? new Float32Array(length) : new Int32Array(length)) as Weights;
}
