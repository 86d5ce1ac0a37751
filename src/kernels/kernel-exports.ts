// Written by wasm/build.mjs from simd/kernels.def; do not edit.
// biome-ignore-all format: generated

/** A pointer: in wasm a number, in a native library a bigint, which has a place of its own only once. */
export type KernelAddress = number | bigint;

/** The entries of the kernels; lengths are as in simd/kernels.def. */
export interface KernelEntries {
  readonly select_tier: (tier: number) => number;
  readonly preprocess: (plan: KernelAddress) => number;
  readonly nms: (boxes: KernelAddress, scores: KernelAddress, classes: KernelAddress, count: number, iouThreshold: number, scoreThreshold: number, topK: number, kept: KernelAddress, order: KernelAddress, keptBoxes: KernelAddress, capacity: number) => number;
  readonly copy: (target: KernelAddress, source: KernelAddress, byteLength: number) => void;
}

/** What wasm/kernels.wasm exports. Pointers are addresses in `memory`. */
export interface KernelExports extends KernelEntries {
  readonly memory: WebAssembly.Memory;
  readonly __heap_base: WebAssembly.Global;
  readonly _initialize?: () => void;
}

/** C types of the entries, pointers as the integer that they are. */
export const kernelEntryTypes = {
  select_tier: { result: 'int32_t', arguments: ['int32_t'] },
  preprocess: { result: 'int32_t', arguments: ['uintptr_t'] },
  nms: { result: 'int32_t', arguments: ['uintptr_t', 'uintptr_t', 'uintptr_t', 'int32_t', 'float', 'float', 'int32_t', 'uintptr_t', 'uintptr_t', 'uintptr_t', 'int32_t'] },
  copy: { result: 'void', arguments: ['uintptr_t', 'uintptr_t', 'size_t'] },
} as const;

/** Changes with the code of simd/: what a native library is asked for, so that one of other sources is refused. */
export const kernelVersion = 290858231;

/** Fields of the C struct `picture_plan` in order: pointers, then numbers of four bytes each. */
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
  'packed',
  'levels',
  'gray',
  'normal',
  'windowAt',
  'windows',
  'lumaColumnFirst',
  'lumaColumnWeights',
  'lumaRowFirst',
  'lumaRowWeights',
  'chromaColumnFirst',
  'chromaColumnWeights',
  'chromaRowFirst',
  'chromaRowWeights',
  'chromaWindowAt',
  'chromaWindows',
  'matrix',
  'samples',
  'mapping',
  'points',
  'places',
  'floatRow',
  'rounding',
  'background',
  'backgroundKnown',
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
  'boxLines',
  'boxSums',
  'format',
  'filter',
  'stride',
  'sourceOffset',
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
  'turned',
  'layout',
  'channels',
  'onePlane',
  'dataType',
  'reverse',
  'pad',
  'windowKind',
  'converted',
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
  'chromaWindowKind',
  'warp',
  'before',
  'backgroundRate',
  'backgroundThreshold',
  'backgroundKeep',
  'median',
  'blurColumnTaps',
  'blurRowTaps',
  'boxSize',
] as const;

/** A field of the C struct `picture_plan`. */
export type PicturePlanField = (typeof picturePlanFields)[number];

/** How many of {@link picturePlanFields}, from the first, are addresses. */
export const picturePlanPointers = 53;

/** Names of what the entries return. */
export const kernelStatuses = ['OK', 'BAD_SIZE', 'BAD_PLACEMENT', 'BAD_TAPS', 'BAD_KIND', 'MISSING_BUFFER'] as const;
