import { displaySize, type Orientation } from '../../src/core/orientation.js';
import {
  type ColorMatrix,
  type FrameLayout,
  isYuvFormat,
  measureLayout,
  type PixelFormat,
  pixelFormats,
} from '../../src/core/pixel-format.js';
import type { PreprocessSpec } from '../../src/core/preprocess-spec.js';
import { tensorArrays } from '../../src/core/tensor.js';
import { type PicturePlan, type Placement, planPicture } from '../../src/kernels/picture-plan.js';
import { ReferencePreprocess } from '../../src/kernels/reference/preprocess.js';
import { storedPlacement } from '../../src/kernels/stored-placement.js';
import { planLetterbox } from '../../src/preprocess/letterbox.js';

/** One line of the conformance table of the picture kernels. */
export interface PictureCase {
  /** Says everything that the case depends on. */
  id: string;
  plan: PicturePlan;
  source: Uint8Array;
}

/** Elements of the tensor of a plan. */
export function outputLength({ tensorWidth, tensorHeight, channels }: PicturePlan): number {
  return tensorWidth * tensorHeight * channels;
}

/** The bytes that every spelling must give. */
export function oracle(plan: PicturePlan, source: Uint8Array): Uint8Array {
  const output = new tensorArrays[plan.dataType](outputLength(plan)).fill(1);
  new ReferencePreprocess(plan).run(source, output);
  return new Uint8Array(output.buffer);
}

/** What a frame is made of. */
export interface FrameParts {
  format: PixelFormat;
  width: number;
  height: number;
  /** Bytes that a row is longer than its px. */
  extra: number;
  /** Of YUV; chroma comes before luma where a number is odd. */
  matrix?: ColorMatrix;
  fullRange?: boolean;
  /** How it is stored; upright if left out. */
  stored?: Orientation;
}

/** What a case is made of. */
export interface PictureParts extends FrameParts {
  spec: PreprocessSpec;
  placement?: Placement;
  /** `random`, or one value everywhere. */
  fill: 'random' | number;
}

/** Where the samples of such frames lie. */
export function frameLayout({ format, width, height, extra, matrix, fullRange, stored }: FrameParts): FrameLayout {
  const { bytes, across } = pixelFormats[format][0];
  const strideBytes = Math.ceil(width / across) * bytes + extra;
  const layout: FrameLayout = { format, codedWidth: width, codedHeight: height, strideBytes, ...stored };
  if (isYuvFormat(format)) {
    layout.colorSpace = { matrix, fullRange };
    if (extra % 2 === 1) layout.planes = scatterPlanes(layout, extra);
  }
  return layout;
}

/** A frame's bytes, drawn from `random`, or of one value everywhere. */
export function drawFrame(layout: FrameLayout, fill: 'random' | number, random: () => number): Uint8Array {
  const source = new Uint8Array(measureLayout(layout).byteLength);
  for (let i = 0; i < source.length; i++) source[i] = fill === 'random' ? pixel(random()) : fill;
  return source;
}

/** The case with these parts, its px drawn from `random`. @throws {ReflexarcError} where the parts cannot be planned. */
export function pictureCase(parts: PictureParts, random: () => number): PictureCase {
  const source = drawFrame(frameLayout(parts), parts.fill, random);
  return { id: pictureId(parts), plan: pictureOf(parts), source };
}

/** The plan of these parts. @throws {ReflexarcError} where they cannot be planned. */
export function pictureOf(parts: Omit<PictureParts, 'fill'>): PicturePlan {
  const layout = frameLayout(parts);
  const seen = displaySize(layout);
  const letterbox = () => storedPlacement(planLetterbox(seen.width, seen.height, parts.spec).placement, layout);
  return planPicture(layout, parts.spec, parts.placement ?? letterbox());
}

/** Says all parts but the placement. */
export function pictureId({
  format,
  width,
  height,
  extra,
  spec,
  fill,
  matrix,
  fullRange,
  stored,
}: PictureParts): string {
  const { quantization } = spec;
  return [
    `${format}+${extra} ${width}x${height}${storedAs(stored)} ${geometry(spec)} → ${spec.width}x${spec.height} ${spec.resize} ${spec.align} ${spec.rounding}`,
    ...(isYuvFormat(format) ? [`${matrix} ${fullRange ? 'full' : 'limited'}`] : []),
    ...(spec.before ? [`before ${JSON.stringify(spec.before).slice(0, 100)}`] : []),
    `${spec.filter} ${spec.colorOrder} ${spec.layout} ${spec.dataType} ×${spec.scale} −${spec.mean} /${spec.std} pad ${spec.pad} ${fill}`,
    ...(quantization ? [`quantised ${quantization.scale} ${quantization.zeroPoint}`] : []),
  ].join(', ');
}

function storedAs({ rotation, flip }: Orientation = { rotation: 0, flip: false }): string {
  return rotation || flip ? ` stored at ${rotation}°${flip ? ', flipped' : ''}` : '';
}

function geometry({ region, rotation, mirror, shorterSide, levels }: PreprocessSpec): string {
  const parts = [region && Object.values(region), rotation, mirror && 'mirror', shorterSide, levels];
  return parts.filter(Boolean).join('/');
}

// Chroma before luma, with gaps, and rows longer than they must be.
function scatterPlanes(layout: FrameLayout, gap: number): NonNullable<FrameLayout['planes']> {
  const tight = measureLayout(layout).planes ?? [];
  let end = gap;
  const planes = tight.map(({ stride }, i) => {
    const rows = Math.ceil(layout.codedHeight / pixelFormats[layout.format][i].down);
    return { stride: i === 0 ? stride : stride + gap, rows, offset: 0 };
  });
  for (const plane of planes.toReversed()) {
    plane.offset = end;
    end += plane.stride * plane.rows + gap;
  }
  return planes.map(({ offset, stride }) => ({ offset, stride }));
}

// Extremes are as frequent as everything between.
function pixel(random: number): number {
  const kind = random & 3;
  return kind === 0 ? 0 : kind === 1 ? 255 : (random >>> 8) & 255;
}
