// Written by wasm/build.mjs from simd/kernels.def; do not edit.
// biome-ignore-all format: generated

/** What wasm/kernels.wasm exports. Pointers are addresses in `memory`, lengths are as in simd/kernels.def. */
export interface KernelExports {
  readonly memory: WebAssembly.Memory;
  readonly __heap_base: WebAssembly.Global;
  readonly _initialize?: () => void;
  readonly select_tier: (tier: number) => number;
  readonly preprocess: (plan: number) => number;
  readonly nms: (boxes: number, scores: number, classes: number, count: number, iouThreshold: number, scoreThreshold: number, topK: number, kept: number, order: number, keptBoxes: number, capacity: number) => number;
  readonly copy: (target: number, source: number, byteLength: number) => void;
}

/** Fields of the C struct `picture_plan` in order, four bytes each. */
export const picturePlanFields = [
  'source',
  'tensor',
  'fetched',
  'lines',
  'lineRows',
  'taps',
  'row',
  'columnFirst',
  'columnWeights',
  'rowFirst',
  'rowWeights',
  'normal',
  'windowAt',
  'windows',
  'chromaColumnFirst',
  'chromaColumnWeights',
  'chromaRowFirst',
  'chromaRowWeights',
  'chromaWindowAt',
  'chromaWindows',
  'matrix',
  'samples',
  'floatRow',
  'rounding',
  'tones',
  'stretch',
  'histogram',
  'medianLines',
  'medianRows',
  'medianRow',
  'blurColumnFirst',
  'blurColumnWeights',
  'blurRowFirst',
  'blurRowWeights',
  'blurLines',
  'blurLineRows',
  'blurSums',
  'blurRounding',
  'blurRow',
  'format',
  'filter',
  'stride',
  'sourceWidth',
  'sourceHeight',
  'fetchedWidth',
  'lineBytes',
  'lineCount',
  'columnTaps',
  'rowTaps',
  'left',
  'top',
  'width',
  'height',
  'tensorWidth',
  'tensorHeight',
  'layout',
  'dataType',
  'reverse',
  'pad',
  'lumaOffset',
  'lumaStep',
  'uOffset',
  'vOffset',
  'chromaStep',
  'chromaStride',
  'chromaWidth',
  'chromaHeight',
  'chromaColumnTaps',
  'chromaRowTaps',
  'samplePlane',
  'before',
  'median',
  'blurColumnTaps',
  'blurRowTaps',
] as const;

/** A field of the C struct `picture_plan`. */
export type PicturePlanField = (typeof picturePlanFields)[number];

/** How many of {@link picturePlanFields}, from the first, are addresses. */
export const picturePlanPointers = 39;

/** Names of what the entries return. */
export const kernelStatuses = ['OK', 'BAD_SIZE', 'BAD_PLACEMENT', 'BAD_TAPS', 'BAD_KIND', 'MISSING_BUFFER'] as const;
