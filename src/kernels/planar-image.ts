import type { PictureImage } from './picture-image.js';
import { beginsWithRows, type PicturePlan } from './picture-plan.js';
import type { PlanarPart, PlaneTables, SamplePlane } from './planar-plan.js';
import { bytesOf, layOutWeights } from './resample-image.js';
import type { ResampleTable } from './resample-table.js';

const windowBytes = 16;
/** An index that takes out a zero. */
const nil = 255;

/** What the C kernels' view of a plan has of a YUV picture, beyond or instead of what it has of others. */
export function layOutPlanes(plan: PicturePlan, planar: PlanarPart, pointerBytes: number): PictureImage {
  const [y, u, v] = planar.planes;
  const bilinear = plan.converted || plan.filter === 'bilinear';
  const { luma, chroma, matrix } = planar;
  const windows = bilinear ? lumaWindows(luma.columns, y) : undefined;
  const colorWindows = bilinear ? chromaWindows(chroma.columns, u, v) : undefined;
  const lines = plan.converted ? layOutConversion(y, luma) : layOutLines(plan, planar, pointerBytes);
  return {
    numbers: {
      stride: y.stride,
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
      windowKind: windows?.kind ?? 0,
      chromaWindowKind: colorWindows?.kind ?? 0,
      ...lines.numbers,
    },
    sections: {
      chromaColumnFirst: layOutFirst(chroma.columns, bilinear ? u.step : 1),
      chromaColumnWeights: bytesOf(layOutWeights(bilinear ? 'bilinear' : plan.filter, chroma.columns)),
      chromaRowFirst: bytesOf(chroma.rows.first),
      chromaRowWeights: bytesOf(layOutWeights(bilinear ? 'bilinear' : plan.filter, chroma.rows)),
      windowAt: windows ? bytesOf(windows.at) : 0,
      windows: windows?.windows ?? 0,
      chromaWindowAt: colorWindows ? bytesOf(colorWindows.at) : 0,
      chromaWindows: colorWindows?.windows ?? 0,
      matrix: bytesOf(matrix),
      ...lines.sections,
    },
  };
}

// The antialiased filter reads rows whose samples lie side by side, the other one takes them where they are.
function layOutFirst({ first }: ResampleTable, step: number): Uint8Array {
  return bytesOf(first.map((sample) => sample * step));
}

// Tables of luma take the place of those of RGB, and lines are of single samples.
function layOutLines(plan: PicturePlan, { planes, luma, chroma }: PlanarPart, pointerBytes: number): PictureImage {
  const width = beginsWithRows(plan) ? planes[0].width : plan.columns.first.length;
  if (plan.filter === 'bilinear') {
    return {
      numbers: { lineBytes: width, lineCount: 0 },
      sections: { fetched: 0, lines: 0, lineRows: 0, taps: 0, columnFirst: layOutFirst(luma.columns, planes[0].step) },
    };
  }
  const lineCount = luma.rows.taps + 2 * chroma.rows.taps;
  return {
    numbers: { lineBytes: width, lineCount },
    sections: {
      fetched: Math.max(planes[0].width, luma.columns.taps, chroma.columns.taps),
      lines: width * lineCount,
      lineRows: lineCount * 4,
      taps: Math.max(luma.rows.taps, chroma.rows.taps) * pointerBytes,
      columnFirst: layOutFirst(luma.columns, 1),
      samples: plan.columns.first.length * 3,
    },
  };
}

// Tables of luma of their own, beside those of RGB.
function layOutConversion({ step }: SamplePlane, luma: PlaneTables): PictureImage {
  return {
    numbers: { converted: 1 },
    sections: {
      lumaColumnFirst: layOutFirst(luma.columns, step),
      lumaColumnWeights: bytesOf(layOutWeights('bilinear', luma.columns)),
      lumaRowFirst: bytesOf(luma.rows.first),
      lumaRowWeights: bytesOf(layOutWeights('bilinear', luma.rows)),
    },
  };
}

interface WindowTable {
  at: Int32Array;
  /** Indices for a swizzle, and weights after them. */
  windows: Uint8Array;
  /** `enum window_kind` in simd/dispatch.h. */
  kind: number;
}

/** A kind of window: outputs that it is for, and how often it comes before their weights. */
interface WindowKind {
  readonly kind: number;
  readonly outputs: number;
  /** Windows before the weights of `group` outputs. */
  readonly windows: number;
  readonly group: number;
  /** Where a window has sample `tap` of its output `i`. */
  readonly place: (i: number, tap: number) => number;
}

const four: WindowKind = { kind: 0, outputs: 4, windows: 1, group: 4, place: (i, tap) => 4 * i + 2 * tap };
const two: WindowKind = { ...four, kind: 1, outputs: 2, windows: 2 };
const inHalves = (i: number, tap: number) => 4 * (i % 4) + 2 * tap + (i >> 2);
const eight: WindowKind = { kind: 2, outputs: 8, windows: 1, group: 8, place: inHalves };
const both: WindowKind = { ...four, kind: 3 };

/**
 * The 16 bytes of a row that hold the samples of some outputs, and the place of each in them; struct columns in simd/dispatch.h.
 * Absent where a row is shorter, or even two outputs are further apart than that.
 */
function lumaWindows(columns: ResampleTable, plane: SamplePlane): WindowTable | undefined {
  return placeWindows(columns, plane, four) ?? placeWindows(columns, plane, two);
}

function chromaWindows(columns: ResampleTable, u: SamplePlane, v: SamplePlane): WindowTable | undefined {
  const sideBySide = u.step === 2 && u.stride === v.stride && Math.abs(v.offset - u.offset) === 1;
  const best = sideBySide ? placeWindows(columns, u, both, v.offset - u.offset) : placeWindows(columns, u, eight);
  return best ?? placeWindows(columns, u, four) ?? placeWindows(columns, u, two);
}

// `second` is from a sample of U to that of V, where a window has both.
function placeWindows(
  { first, weights }: ResampleTable,
  plane: SamplePlane,
  { kind, outputs, windows: perGroup, group, place }: WindowKind,
  second = 0,
): WindowTable | undefined {
  const count = Math.floor(first.length / group);
  // Of the first to the last sample, not of the row: between them may lie those of another kind.
  const start = Math.min(second, 0);
  const room = (plane.width - 1) * plane.step + 1 + Math.max(second, 0) - windowBytes;
  if (room < start || count === 0) return undefined;
  const bytes = windowBytes * perGroup + 4 * group;
  const at = new Int32Array(count * perGroup);
  const table = new Uint8Array(count * bytes).fill(nil);
  for (let window = 0; window < at.length; window++) {
    const [from, record] = [window * outputs, Math.floor(window / perGroup) * bytes];
    // Of a mirrored picture the last output is the leftmost.
    const leftmost = Math.min(first[from], first[from + outputs - 1]);
    at[window] = Math.min(leftmost * plane.step + start, room);
    for (let i = 0; i < outputs; i++) {
      for (let tap = 0; tap < 2; tap++) {
        const index = (first[from + i] + tap) * plane.step - at[window];
        if (Math.max(index, index + second) >= windowBytes) return undefined;
        // Outputs keep their place among four: the second window of a pair fills the upper half.
        const to = record + (window % perGroup) * windowBytes + place(perGroup > 1 ? (from + i) % 4 : i, tap);
        table[to] = index;
        if (second !== 0) table[to + 1] = index + second;
      }
    }
    if ((window + 1) % perGroup !== 0) continue;
    const used = weights.subarray(2 * (from + outputs - group), 2 * (from + outputs));
    table.set(bytesOf(Int16Array.from(used)), record + windowBytes * perGroup);
  }
  return { at, windows: table, kind };
}
