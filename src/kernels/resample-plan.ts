import type { ResampleFilter } from '../core/resample-filter.js';
import {
  areaTable,
  bicubicFloatAntialiasTable,
  bicubicFloatTable,
  bicubicTable,
  bilinearFloatTable,
  legacyTable,
  sumTable,
} from './resample-float-table.js';
import {
  antialiasTable,
  areaPairTable,
  bilinearTable,
  isAntialias,
  nearestTable,
  type ResampleTable,
} from './resample-table.js';

/** Which kernels filter: five pairs of them serve all filters, and the tables say the rest. In the order of simd/kernels.def. */
export const resampleMethods = ['bilinear', 'antialias', 'nearest', 'float', 'blend'] as const;
export type ResampleMethod = (typeof resampleMethods)[number];

/** How a picture is resized: numbers only. */
export interface ResamplePlan {
  readonly method: ResampleMethod;
  readonly columns: ResampleTable<Int32Array | Float32Array>;
  readonly rows: ResampleTable<Int32Array | Float32Array>;
  /** Of `float` and `blend`: how a row becomes bytes. Absent: it reaches the tensor as it is. */
  readonly rounding?: Rounding;
}

/** `x·scale + bias` as a byte: the nearest, or with `cut` what is left of a fraction. */
export interface Rounding {
  readonly scale: number;
  readonly bias: number;
  readonly cut: boolean;
}

/** An axis: `from` samples are there, of which `extent` from `start` on become `to`. Only `from` and `to` are whole. */
export interface ResampleAxis {
  readonly from: number;
  readonly to: number;
  readonly extent: number;
  readonly start: number;
}

const nearest: Rounding = { scale: 1, bias: 0, cut: false };
/** As a cast of a float in C. */
const cast: Rounding = { scale: 1, bias: 0, cut: true };
/** A half goes up: the sum of four px has quarters only. */
const halfUp: Rounding = { scale: 1 / 4, bias: 1 / 8, cut: false };

/** Chooses the kernels and makes the tables of a filter; `whole` says that the tensor takes whole numbers. */
export function planResample(filter: ResampleFilter, x: ResampleAxis, y: ResampleAxis, whole: boolean): ResamplePlan {
  const both = <T>(table: (from: number, to: number, extent: number, start: number) => T) => ({
    columns: table(x.from, x.to, x.extent, x.start),
    rows: table(y.from, y.to, y.extent, y.start),
  });
  const float = { method: 'float', ...(whole && { rounding: nearest }) } as const;
  if (isAntialias(filter)) {
    return {
      method: 'antialias',
      ...both((from, to, extent, start) => antialiasTable(from, to, extent, start, filter)),
    };
  }
  switch (filter) {
    case 'nearest':
      return { method: 'nearest', ...both(nearestTable) };
    case 'bilinear':
      return {
        method: 'bilinear',
        columns: bilinearTable(x.from, x.to, 'columns', x.extent, x.start),
        rows: bilinearTable(y.from, y.to, 'rows', y.extent, y.start),
      };
    case 'area':
      return planArea(x, y);
    case 'bicubic':
      return {
        method: 'float',
        columns: bicubicTable(x.from, x.to, 'columns', x.extent, x.start),
        rows: bicubicTable(y.from, y.to, 'rows', y.extent, y.start),
        rounding: nearest,
      };
    case 'bilinear-float':
      return { ...float, ...both(bilinearFloatTable) };
    case 'bilinear-tf-legacy':
      return {
        method: 'blend',
        columns: legacyTable(x.from, x.to, 'columns', x.extent, x.start),
        rows: legacyTable(y.from, y.to, 'rows', y.extent, y.start),
        ...(whole && { rounding: cast }),
      };
    case 'bicubic-float':
    case 'bicubic-float-catmull-rom':
      return { ...float, ...both((from, to, extent, start) => bicubicFloatTable(from, to, extent, start, filter)) };
    case 'bicubic-float-antialias':
      return { ...float, ...both(bicubicFloatAntialiasTable) };
  }
}

/** Whole factors are summed and divided once; other shrinking is a weighted mean; where an axis grows, both blend two px. */
function planArea(x: ResampleAxis, y: ResampleAxis): ResamplePlan {
  const [across, down] = [x, y].map(({ extent, to }) => 1 / (to / extent));
  if (across < 1 || down < 1) {
    return {
      method: 'bilinear',
      columns: areaPairTable(x.from, x.to, 'columns', x.extent, x.start),
      rows: areaPairTable(y.from, y.to, 'rows', y.extent, y.start),
    };
  }
  const isWhole = (factor: number) => Math.abs(factor - Math.round(factor)) < Number.EPSILON;
  if (isWhole(across) && isWhole(down) && Number.isInteger(x.start) && Number.isInteger(y.start)) {
    const [width, height] = [Math.round(across), Math.round(down)];
    return {
      method: 'float',
      columns: sumTable(x.from, x.to, width, x.start),
      rows: sumTable(y.from, y.to, height, y.start),
      rounding: width === 2 && height === 2 ? halfUp : { ...nearest, scale: Math.fround(1 / (width * height)) },
    };
  }
  const table = ({ from, to, extent, start }: ResampleAxis) => areaTable(from, to, extent, start);
  return { method: 'float', columns: table(x), rows: table(y), rounding: nearest };
}
