import { InvalidArgumentError } from '../core/error.js';
import { parse } from '../core/parse.js';
import { type FrameLayout, measureLayout, type PixelFormat, pixelFormats } from '../core/pixel-format.js';
import { type PreprocessSpec, preprocessSpecSchema } from '../core/preprocess-spec.js';
import { bytesPerElement } from '../core/tensor.js';
import { type PicturePlan, planPicture } from '../kernels/picture-plan.js';
import { planLetterbox } from '../preprocess/letterbox.js';

/** One thing that `bench preprocess` times: pictures of one layout that become tensors of one kind. */
export interface BenchCase {
  /** FORMAT-WIDTHxHEIGHT-RESIZE-FILTER-SIZE-TYPE-LAYOUT */
  name: string;
  layout: FrameLayout;
  spec: PreprocessSpec;
  plan: PicturePlan;
  sourceBytes: number;
  tensorBytes: number;
}

const { filter, resize, layout } = preprocessSpecSchema.entries;
const dataTypes = { f32: 'float32', f16: 'float16', u8: 'uint8' } as const;

// Ratios that are no odd whole numbers: those sample the centres of pixels, and there is nothing to interpolate.
const sizes = [
  ['1920x1080', 608],
  ['1280x720', 416],
  ['640x480', 416],
  ['3840x2160', 608],
] as const;

/** Cases timed when none is asked for; the first two carry the limits of this package. */
export const benchCases: readonly string[] = [
  ...filter.wrapped.options.flatMap((name) => overSizes('rgba', name)),
  ...['i420', 'nv12'].flatMap((format) => overSizes(format, 'bilinear')),
  // An odd whole ratio, other layouts and types, and a picture that grows.
  'rgba-1920x1080-letterbox-bilinear-640-f32-nchw',
  'rgb-1280x720-letterbox-bilinear-416-f32-nchw',
  'rgba-1280x720-letterbox-bilinear-416-f16-nchw',
  'rgba-1280x720-stretch-bilinear-224-u8-nhwc',
  'rgba-320x240-letterbox-bilinear-608-f32-nchw',
];

function overSizes(format: string, filterName: string): string[] {
  return sizes.map(([size, side]) => `${format}-${size}-letterbox-${filterName}-${side}-f32-nchw`);
}

const pattern = new RegExp(
  `^(${Object.keys(pixelFormats).join('|')})-(\\d+)x(\\d+)-(${resize.wrapped.options.join('|')})-` +
    `(${filter.wrapped.options.join('|')})-(\\d+)-(${Object.keys(dataTypes).join('|')})-(${layout.wrapped.options.join('|')})$`,
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
  const [, format, width, height, resize, filter, size, dataType, tensorLayout] = match;
  const spec = parse(
    preprocessSpecSchema,
    {
      ...{ width: Number(size), height: Number(size), resize, filter, layout: tensorLayout },
      ...{ dataType: dataTypes[dataType as keyof typeof dataTypes] },
      ...(dataType === 'u8' ? {} : { scale: 1 / 255 }),
    },
    `case ${name}`,
  );
  const frame = {
    format: format.toUpperCase() as PixelFormat,
    codedWidth: Number(width),
    codedHeight: Number(height),
  };
  const { strideBytes, byteLength } = measureLayout(frame, `case ${name}`);
  const frameLayout: FrameLayout = { ...frame, strideBytes };
  const plan = planPicture(frameLayout, spec, planLetterbox(frame.codedWidth, frame.codedHeight, spec).placement);
  const tensorBytes = spec.width * spec.height * 3 * bytesPerElement[spec.dataType];
  return { name, layout: frameLayout, spec, plan, sourceBytes: byteLength, tensorBytes };
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
