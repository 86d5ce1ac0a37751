import type { PictureImage } from './picture-image.js';
import type { PicturePlan } from './picture-plan.js';
import type { PlanarPart, SamplePlane } from './planar-plan.js';
import { bytesOf, layOutWeights } from './resample-image.js';
import type { ResampleTable } from './resample-table.js';

const windowBytes = 16;
/** An index that takes out a zero. */
const nil = 255;

/** What the C kernels' view of a plan has of a YUV picture, beyond or instead of what it has of others. */
export function layOutPlanes(plan: PicturePlan, planar: PlanarPart, pointerBytes: number): PictureImage {
  const { filter } = plan;
  const width = plan.columns.first.length;
  const { planes, luma, chroma, matrix } = planar;
  const [y, u, v] = planes;
  const bilinear = filter === 'bilinear';
  const lineCount = bilinear ? 0 : luma.rows.taps + 2 * chroma.rows.taps;
  const windows = bilinear ? windowTable(luma.columns, y) : undefined;
  const chromaWindows = bilinear ? windowTable(chroma.columns, u) : undefined;
  // The antialiased filter reads rows whose samples lie side by side, the other one takes them where they are.
  const firsts = (columns: ResampleTable, step: number) =>
    bytesOf(columns.first.map((sample) => sample * (bilinear ? step : 1)));
  return {
    numbers: {
      stride: y.stride,
      lineBytes: width,
      lineCount,
      lumaOffset: y.offset,
      lumaStep: y.step,
      uOffset: u.offset,
      vOffset: v.offset,
      chromaStep: u.step,
      chromaStride: u.stride,
      chromaWidth: u.width,
      chromaHeight: u.height,
      chromaColumnTaps: chroma.columns.taps,
      chromaRowTaps: chroma.rows.taps,
      windowPairs: windows?.pairs ?? 0,
      chromaWindowPairs: chromaWindows?.pairs ?? 0,
    },
    sections: {
      fetched: bilinear ? 0 : Math.max(y.width, luma.columns.taps, chroma.columns.taps),
      lines: width * lineCount,
      lineRows: lineCount * 4,
      taps: bilinear ? 0 : Math.max(luma.rows.taps, chroma.rows.taps) * pointerBytes,
      columnFirst: firsts(luma.columns, y.step),
      chromaColumnFirst: firsts(chroma.columns, u.step),
      chromaColumnWeights: bytesOf(layOutWeights(filter, chroma.columns)),
      chromaRowFirst: bytesOf(chroma.rows.first),
      chromaRowWeights: bytesOf(layOutWeights(filter, chroma.rows)),
      windowAt: windows ? bytesOf(windows.at) : 0,
      windows: windows?.indices ?? 0,
      chromaWindowAt: chromaWindows ? bytesOf(chromaWindows.at) : 0,
      chromaWindows: chromaWindows?.indices ?? 0,
      matrix: bytesOf(matrix),
      samples: bilinear ? 0 : width * 3,
    },
  };
}

interface WindowTable {
  at: Int32Array;
  indices: Uint8Array;
  pairs: 0 | 1;
}

/**
 * The 16 bytes of a row that hold the samples of four outputs, or of two, and the place of each in them; struct columns in
 * simd/dispatch.h. Absent where a row is shorter, or even two outputs are further apart than that.
 */
function windowTable(columns: ResampleTable, plane: SamplePlane): WindowTable | undefined {
  return placeWindows(columns, plane, 4) ?? placeWindows(columns, plane, 2);
}

function placeWindows(columns: ResampleTable, plane: SamplePlane, outputs: 4 | 2): WindowTable | undefined {
  const count = Math.floor(columns.first.length / 4) * (4 / outputs);
  // Of the first to the last sample, not of the row: between them may lie those of another kind.
  const room = (plane.width - 1) * plane.step + 1 - windowBytes;
  if (room < 0 || count === 0) return undefined;
  const at = new Int32Array(count);
  const indices = new Uint8Array(count * windowBytes).fill(nil);
  for (let window = 0; window < count; window++) {
    const from = window * outputs;
    // Of a mirrored picture the last output is the leftmost.
    const leftmost = Math.min(columns.first[from], columns.first[from + outputs - 1]);
    at[window] = Math.min(leftmost * plane.step, room);
    for (let i = 0; i < outputs; i++) {
      // Outputs keep their place among four: the second window of a pair fills the upper half.
      const place = window * windowBytes + ((from + i) % 4) * 4;
      for (let tap = 0; tap < 2; tap++) {
        const index = (columns.first[from + i] + tap) * plane.step - at[window];
        if (index >= windowBytes) return undefined;
        indices[place + tap * 2] = index;
      }
    }
  }
  return { at, indices, pairs: outputs === 2 ? 1 : 0 };
}
