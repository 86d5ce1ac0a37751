import { displaySize, type Orientation } from '../../src/core/orientation.js';
import { parse } from '../../src/core/parse.js';
import {
  type ColorMatrix,
  colorMatrices,
  type FrameLayout,
  isYuvFormat,
  measureLayout,
  type PixelFormat,
  pixelFormats,
} from '../../src/core/pixel-format.js';
import { type PreprocessSpec, preprocessSpecSchema } from '../../src/core/preprocess-spec.js';
import { resampleFilters } from '../../src/core/resample-filter.js';
import { tensorArrays } from '../../src/core/tensor.js';
import { type PicturePlan, type Placement, planPicture } from '../../src/kernels/picture-plan.js';
import { ReferencePreprocess } from '../../src/kernels/reference/preprocess.js';
import { storedPlacement } from '../../src/kernels/stored-placement.js';
import { planLetterbox } from '../../src/preprocess/letterbox.js';

/** Seed of the generated cases if nothing else is said. */
export const usualSeed = 20240607;

/** Seed of the generated cases; `REFLEXARC_SEED=N` repeats a failure. */
export const seed = Number(process.env.REFLEXARC_SEED ?? usualSeed);

/** A small generator of numbers below 2^32: every run of the suite sees the same cases. */
export function randomNumbers(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
}

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

const formats = Object.keys(pixelFormats) as PixelFormat[];
const yuvFormats = formats.filter(isYuvFormat);
/** Filters of which the planes of a YUV picture are resized before they become RGB. */
const planarFilters = resampleFilters.filter((filter) => filter === 'bilinear' || filter.endsWith('-antialias'));

/**
 * The table: every format × filter × output once, every colour space, every width from 1 to 17 px in and out, letterboxes on both
 * axes, stretches up, down and by whole factors, rows longer than their px, constant extremes, and a few hundred at random.
 */
export function pictureCases(from = seed): PictureCase[] {
  const random = randomNumbers(from);
  const upTo = (most: number) => 1 + (random() % most);
  const oneOf = <T>(list: readonly T[]): T => list[random() % list.length];
  const make = (spec: Record<string, unknown>) => parse(preprocessSpecSchema, spec, 'spec');
  const cases: PictureCase[] = [];
  const add = (parts: PictureParts) => cases.push(pictureCase(parts, random));

  for (const format of formats) {
    for (const filter of resampleFilters) {
      for (const layout of ['nchw', 'nhwc']) {
        for (const dataType of ['float32', 'float16', 'uint8']) {
          for (const colorOrder of ['rgb', 'bgr']) {
            const normal =
              dataType === 'uint8' ? {} : { scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
            const spec = make({ width: 23, height: 19, filter, layout, dataType, colorOrder, ...normal });
            const colors = isYuvFormat(format) ? ({ matrix: 'smpte170m', fullRange: false } as const) : {};
            add({ format, width: 37, height: 29, extra: 5, spec, fill: 'random', ...colors });
          }
        }
      }
    }
  }
  for (const filter of resampleFilters) {
    for (let from = 1; from <= 17; from++) {
      // All pairs for the two kernels with the most branches, every third one for the others.
      const sparse = filter !== 'bilinear' && filter !== 'bilinear-antialias';
      for (let to = sparse ? 1 + (from % 3) : 1; to <= 17; to += sparse ? 3 : 1) {
        const spec = make({ width: to, height: 18 - to, resize: 'stretch', filter });
        add({
          format: formats[(from + to) % formats.length],
          width: from,
          height: 18 - from,
          extra: from % 3,
          spec,
          fill: 'random',
        });
      }
    }
    for (const fill of [0, 255, 128] as const) {
      for (const [width, height] of [
        [64, 3],
        [5, 90],
        [100, 70],
      ]) {
        const spec = make({ width: 33, height: 31, filter, dataType: 'uint8', layout: 'nhwc', pad: 7 });
        add({ format: 'RGBA', width, height, extra: 0, spec, fill });
      }
    }
    for (const [width, height, to] of [
      [64, 64, 32],
      [96, 96, 32],
      [128, 64, 32],
      [32, 32, 32],
      [16, 16, 32],
      [1, 1, 32],
      [300, 1, 32],
      [1, 300, 32],
      [999, 2, 31],
    ]) {
      for (const resize of ['letterbox', 'stretch']) {
        const spec = make({ width: to, height: to, resize, filter, scale: 1 / 127.5, mean: 1 });
        add({ format: 'RGB', width, height, extra: 1, spec, fill: 'random' });
      }
    }
  }
  // Shrinking RGBA pictures into float32 planes, which takes a step of its own; widths around its four px, rows around its three.
  for (let to = 1; to <= 13; to++) {
    for (const factor of [2, 2.3, 3.2]) {
      const width = Math.ceil(to * factor) + (to % 2);
      const height = Math.ceil((14 - to) * factor);
      const colorOrder = to % 2 ? 'bgr' : 'rgb';
      const [mean, std] = [
        [1, 2, 3],
        [4, 5, 6],
      ];
      for (const resize of ['stretch', 'letterbox']) {
        const spec = make({ width: to, height: 14 - to, resize, colorOrder, mean, std, pad: to });
        add({ format: 'RGBA', width, height, extra: 4 * (to % 3), spec, fill: 'random' });
      }
    }
  }
  // Luma and chroma: every colour space; widths around the eight px of a vector, odd sides, factors beyond the reach of a window
  // of 16 bytes; rows so short that there is none.
  for (const format of yuvFormats) {
    for (const filter of planarFilters) {
      for (const matrix of colorMatrices) {
        for (const fullRange of [false, true]) {
          const spec = make({ width: 21, height: 13, filter, dataType: 'uint8', resize: 'stretch' });
          add({ format, width: 50, height: 31, extra: 0, spec, fill: 'random', matrix, fullRange });
        }
      }
      // The filters that differ in their numbers only have these cases once.
      const most = filter === 'bilinear' || filter === 'bilinear-antialias' ? 40 : 4;
      for (let to = 1; to <= most; to += 1 + (to >> 3)) {
        for (const factor of [0.4, 1, 1.5, 3.2, 4.6, 7, 15]) {
          const width = Math.ceil(to * factor) + (to % 2);
          const height = Math.ceil(5 * factor) + (to % 3);
          const colorOrder = to % 2 ? 'bgr' : 'rgb';
          const normal = { mean: [1, 2, 3], std: [4, 5, 6], pad: to };
          const spec = make({
            width: to,
            height: 5,
            resize: to % 3 ? 'stretch' : 'letterbox',
            filter,
            colorOrder,
            ...normal,
          });
          add({ format, width, height, extra: to % 4, spec, fill: 'random', matrix: 'bt709', fullRange: to % 2 === 0 });
        }
      }
    }
  }
  // Steps before the resize: each by itself and all at once, pictures smaller than their windows, every filter after them.
  const tones = [
    { gamma: 0.45 },
    { gamma: [2.2, 1, 0.5] },
    { stretch: [2, 1.5] },
    { stretch: [0, 0] },
    { stretch: [60, 70] },
  ];
  const blurs = [
    { kind: 'box', size: 3 },
    { kind: 'box', size: 31 },
    { kind: 'gaussian', size: 5 },
    { kind: 'gaussian', size: 9, sigma: 1.3 },
  ];
  const table = Array.from({ length: 768 }, (_, i) => (i * 37 + (i >> 8)) & 255);
  const steps: Record<string, unknown>[] = [
    ...tones.map((each) => ({ tones: each })),
    ...blurs.map((blur) => ({ blur })),
    { tones: { table: table.slice(0, 256) } },
    { tones: { table } },
    { median: 3 },
    { tones: { gamma: 1.8 }, median: 3, blur: { kind: 'gaussian', size: 3 } },
    { tones: { stretch: [1, 1] }, median: 3, blur: { kind: 'box', size: 7 } },
  ];
  steps.forEach((before, i) => {
    for (const [width, height] of [
      [1, 1],
      [2, 9],
      [9, 2],
      [37, 29],
      [50, 8],
    ]) {
      const filter = resampleFilters[(i + width) % resampleFilters.length];
      const colorOrder = i % 2 ? 'bgr' : 'rgb';
      const spec = make({
        width: 20,
        height: 17,
        filter,
        before,
        colorOrder,
        dataType: width % 2 ? 'uint8' : 'float32',
      });
      add({ format: formats[(i + width) % formats.length], width, height, extra: 3, spec, fill: 'random' });
    }
  });
  // Boxes over pictures higher than they are, whose rows are taken one after the other, with gaps, and from the last to the first.
  for (const size of [3, 5, 31]) {
    for (const height of [90, 31, 9]) {
      for (const filter of ['nearest', 'bilinear', 'lanczos-antialias'] as const) {
        const rotation = height === 31 ? 0 : 180;
        const spec = make({
          width: 20,
          height,
          resize: 'stretch',
          filter,
          rotation,
          before: { blur: { kind: 'box', size } },
        });
        const format = formats[(size + height) % formats.length];
        add({ format, width: 45, height: 70, extra: 1, spec, fill: size === 31 && height === 9 ? 255 : 'random' });
      }
    }
  }
  // Turned, mirrored and cut, every way of it with every format and output; regions that begin and end between two chroma samples.
  for (const [index, format] of formats.entries()) {
    for (const rotation of [0, 90, 180, 270] as const) {
      for (const mirror of [false, true]) {
        for (const [resize, to] of [
          ['letterbox', 24],
          ['stretch', 9],
          ['crop', 17],
        ] as const) {
          const turn = rotation / 90 + index;
          const spec = make({
            ...{ rotation, mirror, resize, width: to, height: 14, pad: 9, filter: oneOf(resampleFilters) },
            ...{ layout: turn % 3 ? 'nchw' : 'nhwc', dataType: (['float32', 'uint8', 'float16'] as const)[to % 3] },
            ...(turn % 2 && { region: { x: 1 + (index % 3), y: 3, width: 12 + turn, height: 17 } }),
            ...(turn % 4 === 0 && { before: { median: 3, blur: { kind: 'box', size: 5 } } }),
            ...(turn % 4 === 3 && { before: { tones: { stretch: [5, 5] } } }),
          });
          add({
            format,
            width: 34,
            height: 23,
            extra: mirror ? 3 : 0,
            spec,
            fill: 'random',
            matrix: 'bt709',
            fullRange: true,
          });
        }
      }
    }
  }
  for (const levels of [
    [0, 65535],
    [100, 4095],
    [0, 1],
    [65000, 65535],
  ]) {
    add({
      format: 'GRAY16',
      width: 30,
      height: 8,
      extra: 2,
      spec: make({ width: 17, height: 5, levels, dataType: 'uint8' }),
      fill: 'random',
    });
  }
  // One channel, and whole numbers: every type and layout, widths around the 4 and the 16 px of a vector, turned, halves to be
  // rounded, numbers far beyond the ends of the type.
  const outputs = [
    ...(['float32', 'float16', 'uint8'] as const).map((dataType) => ({
      dataType,
      colorOrder: 'gray',
      quantised: false,
    })),
    ...(['int8', 'uint8'] as const).flatMap((dataType) =>
      (['rgb', 'bgr', 'gray'] as const).map((colorOrder) => ({ dataType, colorOrder, quantised: true })),
    ),
  ];
  const quantizations = [
    { scale: 0.5, zeroPoint: 3 },
    { scale: 2, zeroPoint: 0 },
    { scale: 1 / 255, zeroPoint: 127 },
    { scale: 1e-30, zeroPoint: 1 },
    { scale: 1e30, zeroPoint: 100 },
  ];
  for (const { quantised, ...output } of outputs) {
    for (const [index, format] of formats.entries()) {
      const turn = index + output.colorOrder.length;
      const spec = make({
        ...{
          width: 37 - index,
          height: 11,
          filter: resampleFilters[turn % resampleFilters.length],
          layout: turn % 3 ? 'nchw' : 'nhwc',
        },
        ...{ ...output, rotation: (index % 4) * 90, pad: 77 },
        ...(quantised && {
          quantization: quantizations[index % quantizations.length],
          mean: output.colorOrder === 'gray' ? 3 : [1, 100, 0],
          std: 1.5,
        }),
      });
      add({ format, width: 29, height: 21, extra: 1, spec, fill: 'random', matrix: 'bt709', fullRange: true });
    }
    for (const width of [1, 3, 4, 5, 15, 16, 17, 33]) {
      for (const [index, quantization] of quantizations.entries()) {
        if (!quantised && index > 0) continue;
        const layout = (width + index) % 2 ? 'nchw' : 'nhwc';
        const normal = quantised && { quantization, mean: 128, std: index % 2 ? 1 : 0.25 };
        const spec = make({ width, height: 2, resize: 'stretch', layout, ...output, ...normal });
        add({ format: index % 2 ? 'RGBA' : 'BGRA', width, height: 2, extra: 0, spec, fill: 'random' });
      }
    }
  }
  // Gray into gray, which stays one plane: every filter, widths around the 4, 8 and 16 samples of a vector, pads on both sides.
  for (const [index, filter] of resampleFilters.entries()) {
    for (const width of [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33]) {
      for (const factor of [0.3, 1, 2, 3.3]) {
        const turn = index + width;
        const [across, down] = [Math.ceil(width * factor), Math.ceil(7 * factor)];
        const spec = make({
          ...{ width, height: 7, filter, colorOrder: 'gray', pad: 200, mean: 3 },
          ...{
            resize: (['stretch', 'letterbox', 'crop'] as const)[turn % 3],
            rotation: (turn % 4) * 90,
            mirror: turn % 5 === 0,
          },
          ...{ layout: turn % 2 ? 'nchw' : 'nhwc', dataType: turn % 2 ? 'float16' : 'float32' },
          ...(across > 3 && turn % 2 && { region: { x: 1, y: 0, width: across - 2, height: down } }),
        });
        add({ format: 'GRAY8', width: across, height: down, extra: turn % 3, spec, fill: 'random' });
      }
    }
  }
  // Pads large enough to be copied in pieces.
  for (const [width, height] of [
    [300, 9],
    [9, 300],
    [64, 36],
  ]) {
    for (const layout of ['nchw', 'nhwc']) {
      const normal = { scale: [1, 2, 3], mean: [3, 2, 1] };
      const spec = make({ width: 150, height: 210, layout, align: 'top-left', rounding: 'floor', ...normal });
      add({ format: 'RGBA', width, height, extra: 0, spec, fill: 'random' });
    }
  }
  for (let n = 0; n < 600; n++) {
    const format = oneOf(formats);
    const dataType = oneOf(['float32', 'float16', 'uint8']);
    // Scales from subnormal float16 to beyond its range.
    const scale = dataType === 'uint8' ? 1 : oneOf([1, 1 / 255, 1 / 127.5, 2 ** -24, 2 ** -15 / 3, 300, -1]);
    const spec = make({
      width: upTo(70),
      height: upTo(70),
      resize: oneOf(['letterbox', 'stretch']),
      align: oneOf(['center', 'top-left']),
      rounding: oneOf(['round', 'floor']),
      pad: random() & 255,
      filter: oneOf(resampleFilters),
      colorOrder: oneOf(['rgb', 'bgr']),
      layout: oneOf(['nchw', 'nhwc']),
      dataType,
      scale,
      ...(dataType === 'uint8'
        ? {}
        : { mean: oneOf([0, 1, 0.5, [0.1, -0.2, 103.53]]), std: oneOf([1, 0.5, [57.375, 3, 0.1]]) }),
    });
    const colors = { matrix: oneOf(colorMatrices), fullRange: oneOf([false, true]) };
    add({
      format,
      width: upTo(90),
      height: upTo(90),
      extra: random() % 20,
      spec,
      fill: 'random',
      ...colors,
    });
  }
  return cases;
}

/** One line of the conformance table of the suppression. */
export interface NmsCase {
  id: string;
  boxes: Float32Array;
  scores: Float32Array;
  classes: Int32Array;
  iouThreshold: number;
  scoreThreshold: number;
  topK: number;
}

/** Sizes around the vector's four lanes, ties, flipped and empty boxes, NaN, infinities and signed zeros, early ends. */
export function nmsCases(): NmsCase[] {
  const random = randomNumbers(seed + 1);
  const unit = () => random() / 2 ** 32;
  const cases: NmsCase[] = [];
  for (const count of [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 200, 700]) {
    for (const classCount of [1, 3, 80]) {
      for (const odd of [false, true]) {
        const boxes = new Float32Array(count * 4);
        const scores = new Float32Array(count);
        const classes = new Int32Array(count);
        for (let i = 0; i < count; i++) {
          const [x, y, w, h] = [unit() * 100, unit() * 100, unit() * 60, unit() * 60];
          boxes.set(odd && i % 5 === 0 ? [x + w, y, x, y + h] : [x, y, x + w, y + h], i * 4);
          scores[i] = i % 3 === 0 ? Math.round(unit() * 8) / 8 : unit();
          classes[i] = random() % classCount;
          if (!odd) continue;
          const strange = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0];
          if (i % 7 === 3) boxes[i * 4 + (random() % 4)] = strange[random() % 5];
          if (i % 7 === 5) boxes.fill(strange[random() % 5], i * 4, i * 4 + 4);
          if (i % 11 === 4) scores[i] = strange[random() % 5];
          if (i % 6 === 1) boxes.copyWithin(i * 4, i * 4 - 4, i * 4);
        }
        const limits = {
          iouThreshold: [0.45, 0, 0.65, 1][random() % 4],
          scoreThreshold: [Number.NEGATIVE_INFINITY, 0.3, 0][random() % 3],
          topK: [count, 1, 5, 0, 1000][random() % 5],
        };
        const id = `${count} boxes, ${classCount} classes${odd ? ', odd ones' : ''}, IoU ${limits.iouThreshold}, score ${limits.scoreThreshold}, top ${limits.topK}`;
        cases.push({ id, boxes, scores, classes, ...limits });
      }
    }
  }
  return cases;
}
