import { InvalidArgumentError } from '../core/error.js';
import { parse } from '../core/parse.js';
import { type FrameLayout, measureLayout, type PixelFormat, pixelFormats } from '../core/pixel-format.js';
import { channelsOf, type PreprocessSpec, preprocessSpecSchema } from '../core/preprocess-spec.js';
import { bytesPerElement } from '../core/tensor.js';
import { type PicturePlan, planPicture } from '../kernels/picture-plan.js';
import { planWarp } from '../kernels/warp-plan.js';
import { planLetterbox } from '../preprocess/letterbox.js';
import { planTiles } from '../preprocess/plan-tiles.js';
import { invertMapping } from '../preprocess/warp-mapping.js';

/** One thing that `bench preprocess` times: pictures of one layout that become tensors of one kind. */
export interface BenchCase {
  /** FORMAT-WIDTHxHEIGHT-RESIZE-FILTER-SIZE-TYPE-LAYOUT, see {@link benchCases}. */
  name: string;
  layout: FrameLayout;
  spec: PreprocessSpec;
  /** Of the picture, or of the first tile. */
  plan: PicturePlan;
  /** Of a warp: px of the frame to px of the tensor, row by row, both counted from the middle of the first. */
  matrix?: readonly number[];
  /** In the tensor: 1, or the number of tiles. */
  pictures: number;
  sourceBytes: number;
  tensorBytes: number;
}

const { filter, resize, layout } = preprocessSpecSchema.entries;
// Whole numbers as models have them: of 0…1 with all of int8, and of −1…1 about the middle of uint8.
const outputs = {
  f32: { dataType: 'float32', scale: 1 / 255 },
  f16: { dataType: 'float16', scale: 1 / 255 },
  u8: { dataType: 'uint8' },
  i8: { dataType: 'int8', scale: 1 / 255, quantization: { scale: 1 / 255, zeroPoint: -128 } },
  u8q: { dataType: 'uint8', scale: 1 / 127.5, mean: 1, quantization: { scale: 1 / 128, zeroPoint: 128 } },
} as const;

// Ratios that are no odd whole numbers: those sample the centres of pixels, and there is nothing to interpolate.
const sizes = [
  ['1920x1080', 608],
  ['1280x720', 416],
  ['640x480', 416],
  ['3840x2160', 608],
] as const;

/**
 * Cases timed when none is asked for; the first two carry the limits of this package. In place of RESIZE-FILTER stand
 * `warp-affine`, `warp-perspective` and `tiles-FILTER`: tiles of SIZE that overlap by an eighth. TYPE `i8` and `u8q` are quantised; LAYOUT
 * `gray` is one channel.
 */
export const benchCases: readonly string[] = [
  ...filter.wrapped.options.flatMap((name) => overSizes('rgba', name)),
  ...['i420', 'nv12'].flatMap((format) => overSizes(format, 'bilinear')),
  // An odd whole ratio, other layouts and types, and a picture that grows.
  'rgba-1920x1080-letterbox-bilinear-640-f32-nchw',
  'rgb-1280x720-letterbox-bilinear-416-f32-nchw',
  'rgba-1280x720-letterbox-bilinear-416-f16-nchw',
  'rgba-1280x720-stretch-bilinear-224-u8-nhwc',
  'rgba-320x240-letterbox-bilinear-608-f32-nchw',
  // Whole numbers, one channel, warps and tiles.
  'rgba-1280x720-letterbox-bilinear-416-i8-nhwc',
  'rgba-1280x720-letterbox-bilinear-416-u8q-nhwc',
  'rgba-1280x720-letterbox-bilinear-416-f32-gray',
  'gray8-1280x720-letterbox-bilinear-416-u8-gray',
  ...['rgba', 'rgb', 'i420', 'nv12'].map((format) => `${format}-1280x720-warp-affine-256-f32-nchw`),
  'rgba-1280x720-warp-perspective-256-f32-nchw',
  'rgba-1920x1080-tiles-bilinear-640-f32-nchw',
];

function overSizes(format: string, filterName: string): string[] {
  return sizes.map(([size, side]) => `${format}-${size}-letterbox-${filterName}-${side}-f32-nchw`);
}

const any = (words: readonly string[]) => words.join('|');
const pattern = new RegExp(
  `^(${any(Object.keys(pixelFormats))})-(\\d+)x(\\d+)-(?:(warp)-(affine|perspective)|` +
    `(tiles|${any(resize.wrapped.options)})-(${any(filter.wrapped.options)}))-` +
    `(\\d+)-(${any(Object.keys(outputs))})-(${any([...layout.wrapped.options, 'gray'])})$`,
  'i',
);

/**
 * The cases that some words name: {@link benchCases}, others spelled in the same way, and with `*` all of {@link benchCases}
 * that fit, each once. All of them without words.
 * @throws {InvalidArgumentError} ERR_ARGUMENT a word that names none, or sizes out of range.
 */
export function selectBenchCases(words: readonly string[] = benchCases): BenchCase[] {
  const names = new Set(words.flatMap((word) => (word.includes('*') ? fitting(word) : [word])));
  return [...names].map(readBenchCase);
}

function fitting(word: string): string[] {
  const parts = word.split('*').map((part) => part.replace(/[^a-z0-9-]/gi, '\\$&'));
  const names = benchCases.filter((name) => new RegExp(`^${parts.join('.*')}$`, 'i').test(name));
  if (names.length === 0) throw unknownCase(word);
  return names;
}

function readBenchCase(name: string): BenchCase {
  const match = pattern.exec(name);
  if (!match) throw unknownCase(name);
  const [, format, ...words] = match.map((word) => word?.toLowerCase());
  const [width, height, warp, kind, resize, filter, size, type, layout] = words;
  const side = Number(size);
  const frame = { format: format.toUpperCase() as PixelFormat, codedWidth: Number(width), codedHeight: Number(height) };
  const tiled = resize === 'tiles';
  const spec = parse(
    preprocessSpecSchema,
    {
      ...{ width: side, height: side, resize: tiled || warp ? 'stretch' : resize, filter: filter ?? 'bilinear' },
      ...(tiled && { tiles: { tileWidth: side, tileHeight: side, overlap: side >> 3 } }),
      ...(layout === 'gray' ? { colorOrder: 'gray' } : { layout }),
      ...outputs[type as keyof typeof outputs],
    },
    `case ${name}`,
  );
  const { strideBytes, byteLength } = measureLayout(frame, `case ${name}`);
  const frameLayout: FrameLayout = { ...frame, strideBytes };
  const tiles = spec.tiles && planTiles(frame.codedWidth, frame.codedHeight, spec.tiles);
  const pictures = tiles?.length ?? 1;
  const tensorBytes = pictures * side ** 2 * channelsOf(spec) * bytesPerElement[spec.dataType];
  const sizes = { sourceBytes: byteLength, tensorBytes, pictures };
  if (warp) {
    const matrix = kind === 'affine' ? turnedCrop(frame, side) : tiltedPlane(frame, side);
    return { name, layout: frameLayout, spec, plan: planCase(frameLayout, spec, matrix), matrix, ...sizes };
  }
  const one = tiles ? { ...spec, region: tiles[0] } : spec;
  const plan = planPicture(frameLayout, one, planLetterbox(frame.codedWidth, frame.codedHeight, one).placement);
  return { name, layout: frameLayout, spec, plan, ...sizes };
}

type FrameSize = Pick<FrameLayout, 'codedWidth' | 'codedHeight'>;

// The middle of a frame, five ninths of its height on each side, turned by half a radian.
function turnedCrop({ codedWidth, codedHeight }: FrameSize, side: number): number[] {
  const scale = side / ((codedHeight * 5) / 9);
  const [cos, sin] = [Math.cos(0.5) * scale, Math.sin(0.5) * scale];
  const [x, y, to] = [(codedWidth - 1) / 2, (codedHeight - 1) / 2, (side - 1) / 2];
  return [cos, sin, to - cos * x - sin * y, -sin, cos, to + sin * x - cos * y, 0, 0, 1];
}

// A plane seen at an angle, in 1280 × 720 px to 256.
function tiltedPlane({ codedWidth, codedHeight }: FrameSize, side: number): number[] {
  const [x, y, to] = [1280 / codedWidth, 720 / codedHeight, side / 256];
  return [0.4 * x * to, 0.05 * y * to, -60 * to, -0.02 * x * to, 0.5 * y * to, -40 * to, 0.0001 * x, 0.0003 * y, 1];
}

/** What a warp's spec has of a case's. */
export function warpOutput({
  width,
  height,
  scale,
  mean,
  std,
  colorOrder,
  dataType,
  quantization,
  layout,
}: PreprocessSpec) {
  return { width, height, scale, mean, std, colorOrder, dataType, quantization, layout, origin: 'center' as const };
}

function planCase(layout: FrameLayout, spec: PreprocessSpec, matrix: readonly number[]): PicturePlan {
  const plan = planWarp(layout, { ...warpOutput(spec), pad: 0, border: 'replicate', keepAspect: false });
  invertMapping(Float64Array.from(matrix), spec, plan.warp.mapping);
  return plan;
}

function unknownCase(received: string): InvalidArgumentError {
  return new InvalidArgumentError({
    subject: 'bench case',
    expected: 'FORMAT-WIDTHxHEIGHT-RESIZE-FILTER-SIZE-TYPE-LAYOUT, or a pattern with * that fits a listed case',
    received,
    remedy: `Listed are ${benchCases.join(', ')}.`,
    details: { known: benchCases },
  });
}
