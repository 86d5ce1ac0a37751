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
export function shownPart(table: ResampleTable, { resized, cut, shown, reversed }: SourceAxis): ResampleTable {
  if (shown === resized && !reversed) return table;
  const { taps } = table;
  const first = new Int32Array(shown);
  const weights = new Int32Array(shown * taps);
  for (let i = 0; i < shown; i++) {
    const from = reversed ? resized - 1 - cut - i : cut + i;
    first[i] = table.first[from];
    weights.set(table.weights.subarray(from * taps, (from + 1) * taps), i * taps);
  }
  return { taps, first, weights };
}
