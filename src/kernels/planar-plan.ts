import {
  type FrameLayout,
  type MeasuredLayout,
  type PlaneFormat,
  type PlaneLayout,
  pixelFormats,
  type YuvFormat,
} from '../core/pixel-format.js';
import type { Placement } from './picture-plan.js';
import { antialiasTable, isAntialias, planeTable, type ResampleFilter, type ResampleTable } from './resample-table.js';
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

/** Plans the planes of a YUV picture. @throws as {@link yuvMatrix}. */
export function planPlanes(
  format: YuvFormat,
  layout: FrameLayout,
  planes: NonNullable<MeasuredLayout['planes']>,
  filter: ResampleFilter,
  placement: Placement,
): PlanarPart {
  const { codedWidth, codedHeight, colorSpace } = layout;
  const samples = samplePlanes(format, planes, codedWidth, codedHeight);
  const { across, down } = pixelFormats[format][1];
  const resize = ({ width, height }: SamplePlane, extentX: number, extentY: number): PlaneTables => {
    if (isAntialias(filter)) {
      return {
        columns: antialiasTable(width, placement.width, extentX, 0, filter),
        rows: antialiasTable(height, placement.height, extentY, 0, filter),
      };
    }
    return {
      columns: planeTable(width, extentX, placement.width, 'columns'),
      rows: planeTable(height, extentY, placement.height, 'rows'),
    };
  };
  return {
    planes: samples,
    luma: resize(samples[0], codedWidth, codedHeight),
    chroma: resize(samples[1], codedWidth / across, codedHeight / down),
    matrix: yuvMatrix(colorSpace),
  };
}

function samplePlanes(
  format: YuvFormat,
  planes: readonly PlaneLayout[],
  width: number,
  height: number,
): PlanarPart['planes'] {
  const shapes: readonly PlaneFormat[] = pixelFormats[format];
  // The place of each kind: plane, and byte in a group of it.
  const places = (
    {
      I420: [
        [0, 0],
        [1, 0],
        [2, 0],
      ],
      NV12: [
        [0, 0],
        [1, 0],
        [1, 1],
      ],
    } as const
  )[format];
  const [luma, u, v] = places.map(([plane, byte]) => {
    const { bytes, across, down } = shapes[plane];
    return {
      offset: planes[plane].offset + byte,
      stride: planes[plane].stride,
      step: bytes,
      width: Math.ceil(width / across),
      height: Math.ceil(height / down),
    };
  });
  return [luma, u, v];
}
