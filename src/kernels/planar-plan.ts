import type { FrameLayout, MeasuredLayout, PlaneLayout, YuvFormat } from '../core/pixel-format.js';
import type { Placement } from './picture-plan.js';
import { antialiasTable, isAntialias, planeTable, type ResampleFilter, type ResampleTable } from './resample-table.js';
import { type SourceAxes, type SourceAxis, shownPart } from './source-axis.js';
import { yuvMatrix } from './yuv-matrix.js';

/** Where the samples of one kind lie in a frame's bytes; each row holds `width` of them, `step` bytes apart. */
export interface SamplePlane {
  readonly offset: number;
  readonly stride: number;
  readonly step: number;
  readonly width: number;
  readonly height: number;
}

/** How a plane is resized. */
export interface PlaneTables {
  readonly columns: ResampleTable;
  readonly rows: ResampleTable;
}

/**
 * How a YUV picture becomes RGB, beside what a plan of any picture says. Every layout of the samples is the same three planes
 * to the kernels, which differ in numbers only. Chroma is centred: a sample lies in the middle of the luma samples it
 * serves, on both axes (MPEG-1, JPEG).
 */
export interface PlanarPart {
  /** Y, U and V. */
  readonly planes: readonly [SamplePlane, SamplePlane, SamplePlane];
  readonly luma: PlaneTables;
  readonly chroma: PlaneTables;
  readonly matrix: Int32Array;
}

/** Plans the planes of a YUV picture that are resized before they are converted. @throws as {@link yuvMatrix}. */
export function planPlanes(
  format: YuvFormat,
  layout: FrameLayout,
  planes: NonNullable<MeasuredLayout['planes']>,
  filter: ResampleFilter,
  axes: SourceAxes,
): PlanarPart {
  return planKinds(format, layout, planes, filter, axes, axes);
}

/**
 * Plans rows of a YUV picture that become RGB in their own size, by bilinear: `region` of the converted picture. Its chroma is blended
 * with what lies beside the region. @throws as {@link yuvMatrix}.
 */
export function planConversion(
  format: YuvFormat,
  layout: FrameLayout,
  planes: NonNullable<MeasuredLayout['planes']>,
  { x, y, width, height }: Placement['region'],
): PlanarPart {
  const own = (offset: number, length: number, cut: number, shown: number): SourceAxis => ({
    ...{ offset, length, resized: length, cut, shown, reversed: false },
  });
  const luma = { columns: own(x, width, 0, width), rows: own(y, height, 0, height), turned: false };
  const { codedWidth, codedHeight } = layout;
  const chroma = { columns: own(0, codedWidth, x, width), rows: own(0, codedHeight, y, height), turned: false };
  return planKinds(format, layout, planes, 'bilinear', luma, chroma);
}

function planKinds(
  format: YuvFormat,
  { colorSpace }: FrameLayout,
  planes: NonNullable<MeasuredLayout['planes']>,
  filter: ResampleFilter,
  lumaAxes: SourceAxes,
  chromaAxes: SourceAxes,
): PlanarPart {
  const [luma, u, v] = places[format];
  const tables = ({ across, down }: Place, { columns, rows }: SourceAxes): PlaneTables => ({
    columns: samplesTable(columns, across, filter, 'columns'),
    rows: samplesTable(rows, down, filter, 'rows'),
  });
  return {
    planes: [
      samplePlane(luma, planes, lumaAxes),
      samplePlane(u, planes, chromaAxes),
      samplePlane(v, planes, chromaAxes),
    ],
    luma: tables(luma, lumaAxes),
    chroma: tables(u, chromaAxes),
    matrix: yuvMatrix(colorSpace),
  };
}

// An axis of samples, each of which serves `px` of the picture.
function samplesTable(axis: SourceAxis, px: number, filter: ResampleFilter, name: 'columns' | 'rows'): ResampleTable {
  const { first, count } = samplesOf(axis, px);
  const start = axis.offset / px - first;
  const extent = axis.length / px;
  const table = isAntialias(filter)
    ? antialiasTable(count, axis.resized, extent, start, filter)
    : planeTable(count, extent, axis.resized, name, start);
  return shownPart(table, axis);
}

// All samples that serve a px of the axis.
function samplesOf({ offset, length }: SourceAxis, px: number): { first: number; count: number } {
  const first = Math.floor(offset / px);
  return { first, count: Math.ceil((offset + length) / px) - first };
}

// Where the samples of each kind are: the plane, the first byte of them in it, the bytes from one to the next, and the px each serves.
const [luma, quarter] = [
  { plane: 0, byte: 0, step: 1, across: 1, down: 1 },
  { plane: 1, byte: 0, step: 1, across: 2, down: 2 },
];
const places: Readonly<Record<YuvFormat, readonly [Place, Place, Place]>> = {
  I420: [luma, quarter, { ...quarter, plane: 2 }],
  I422: [luma, { ...quarter, down: 1 }, { ...quarter, plane: 2, down: 1 }],
  I444: [luma, { ...luma, plane: 1 }, { ...luma, plane: 2 }],
  NV12: [luma, { ...quarter, step: 2 }, { ...quarter, step: 2, byte: 1 }],
  NV21: [luma, { ...quarter, step: 2, byte: 1 }, { ...quarter, step: 2 }],
  YUY2: [{ ...luma, step: 2 }, packedChroma(1), packedChroma(3)],
  UYVY: [{ ...luma, step: 2, byte: 1 }, packedChroma(0), packedChroma(2)],
};

type Place = typeof luma;

function packedChroma(byte: number): Place {
  return { plane: 0, byte, step: 4, across: 2, down: 1 };
}

function samplePlane(
  { plane, byte, step, across, down }: Place,
  planes: readonly PlaneLayout[],
  axes: SourceAxes,
): SamplePlane {
  const { offset, stride } = planes[plane];
  const columns = samplesOf(axes.columns, across);
  const rows = samplesOf(axes.rows, down);
  return {
    offset: offset + byte + rows.first * stride + columns.first * step,
    stride,
    step,
    width: columns.count,
    height: rows.count,
  };
}
