import { parse } from '../../src/core/parse.js';
import { colorMatrices, isYuvFormat, type PixelFormat, pixelFormats } from '../../src/core/pixel-format.js';
import { preprocessSpecSchema } from '../../src/core/preprocess-spec.js';
import { type ResampleFilter, resampleFilters } from '../../src/core/resample-filter.js';
import { isAntialias } from '../../src/kernels/resample-table.js';
import { type PictureCase, type PictureParts, pictureCase } from './picture-case.js';
import { randomNumbers, seed } from './random-numbers.js';

const formats = Object.keys(pixelFormats) as PixelFormat[];
const yuvFormats = formats.filter(isYuvFormat);
/** Filters of which the planes of a YUV picture are resized before they become RGB. */
const antialiasFilters = resampleFilters.filter(isAntialias);
const planarFilters: ResampleFilter[] = ['bilinear', ...antialiasFilters];

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
  // Turned by the antialiased filters, which begin with rows then: every format, into RGB and into gray; narrower than the filter,
  // wider than a vector; after steps of their own.
  for (const [index, format] of formats.entries()) {
    for (const [at, filter] of antialiasFilters.entries()) {
      for (const [width, height] of [
        [2, 31],
        [37, 3],
        [50 + index, 41],
      ]) {
        const spec = make({
          ...{ width: 19, height: 11, resize: 'stretch', filter, rotation: (index + at) % 2 ? 90 : 270 },
          ...{ dataType: height === 41 ? 'uint8' : 'float32', colorOrder: at === 1 ? 'gray' : 'bgr' },
          ...(at === 2 && width === 37 && { before: { median: 3 } }),
        });
        add({ format, width, height, extra: at, spec, fill: 'random', matrix: 'bt709', fullRange: at === 0 });
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
