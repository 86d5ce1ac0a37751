import { readFileSync } from 'node:fs';
import { isYuvFormat, type PixelFormat } from '../../src/core/pixel-format.js';
import type { ResampleFilter } from '../../src/core/resample-filter.js';

/** What results are compared with, and how far they may be from it, in steps of 8 bits; 0 is equal. Tests read it from here. */
export interface Reference {
  name: string;
  tolerance: number;
}

const versionsOf = (file: string) =>
  JSON.parse(readFileSync(new URL(`../fixtures/${file}`, import.meta.url), 'utf8')).versions as Record<string, string>;
const { opencv, pillow, onnxruntime, numpy } = versionsOf('resize-goldens.json');
// ONNX Runtime has its coordinates in float32, which a picture with steep edges shows.
const coordinates = 2 ** -9;

/** Of each filter, on RGB. */
export const filterReferences: Readonly<Record<ResampleFilter, Reference>> = {
  bilinear: { name: `OpenCV ${opencv} \`INTER_LINEAR\``, tolerance: 0 },
  'bilinear-antialias': { name: `Pillow ${pillow} \`BILINEAR\`, columns first`, tolerance: 0 },
  'bicubic-antialias': { name: `Pillow ${pillow} \`BICUBIC\`, columns first`, tolerance: 0 },
  'lanczos-antialias': { name: `Pillow ${pillow} \`LANCZOS\`, columns first`, tolerance: 0 },
  nearest: { name: `OpenCV ${opencv} \`INTER_NEAREST\``, tolerance: 0 },
  area: { name: `OpenCV ${opencv} \`INTER_AREA\``, tolerance: 0 },
  bicubic: { name: `OpenCV ${opencv} \`INTER_CUBIC\`, with IPP and without`, tolerance: 1 },
  'bilinear-float': { name: `ONNX Runtime ${onnxruntime} \`Resize\` linear`, tolerance: coordinates },
  'bicubic-float': { name: `ONNX Runtime ${onnxruntime} \`Resize\` cubic, a = −0.75`, tolerance: coordinates },
  'bicubic-float-catmull-rom': {
    name: `ONNX Runtime ${onnxruntime} \`Resize\` cubic, a = −0.5, \`exclude_outside\``,
    tolerance: coordinates,
  },
  'bicubic-float-antialias': {
    name: `ONNX Runtime ${onnxruntime} \`Resize\` cubic, a = −0.75, \`antialias\``,
    tolerance: coordinates,
  },
  'bilinear-tf-legacy': { name: `TensorFlow 1 \`resize_bilinear\` in NumPy ${numpy}`, tolerance: 0 },
};

/** Of filters that resize the planes of YUV frames; the others resize the picture as RGB. */
export const yuvReferences: Readonly<Partial<Record<ResampleFilter, Reference>>> = {
  bilinear: { name: 'planes and matrix in float64', tolerance: 1 },
  'bilinear-antialias': { name: `matrix in float64, on planes of Pillow ${pillow} \`BILINEAR\``, tolerance: 1 },
  'bicubic-antialias': { name: `matrix in float64, on planes of Pillow ${pillow} \`BICUBIC\``, tolerance: 1 },
  'lanczos-antialias': { name: `matrix in float64, on planes of Pillow ${pillow} \`LANCZOS\``, tolerance: 1 },
};

/** Of a filter on frames of a format. */
export function referenceOf(format: PixelFormat, filter: ResampleFilter): Reference {
  const planar = isYuvFormat(format) && yuvReferences[filter];
  if (planar) return planar;
  const reference = filterReferences[filter];
  if (isYuvFormat(format)) return { ...reference, name: `${reference.name}, of the picture as RGB` };
  return format === 'GRAY16' ? { ...reference, name: `\`levels\` to 8 bits, then ${reference.name}` } : reference;
}

const warpVersions = versionsOf('warp-goldens.json');
const outputVersions = versionsOf('output-goldens.json');

/** Of everything beside the resize. */
export const stepReferences = {
  'before: background, a picture': {
    name: `OpenCV ${opencv} \`absdiff\`, \`threshold\`, \`bitwise_and\``,
    tolerance: 0,
  },
  'before: background, learnt': { name: `OpenCV ${opencv} \`accumulateWeighted\` in float64`, tolerance: 1 },
  'before: tones, gamma and table': { name: `OpenCV ${opencv} \`LUT\``, tolerance: 0 },
  'before: tones, stretch': { name: `Pillow ${pillow} \`ImageOps.autocontrast\``, tolerance: 0 },
  'before: median': { name: `OpenCV ${opencv} \`medianBlur\``, tolerance: 0 },
  'before: blur, gaussian and box': { name: `OpenCV ${opencv} \`GaussianBlur\`, \`blur\``, tolerance: 0 },
  'turned by 90° or 270°: RGB, gray': {
    name: 'the filter on the turned picture; 0 where it is `nearest` or antialiased in 8 bits',
    tolerance: 1,
  },
  'turned by 90° or 270°: YUV': {
    name: 'the filter on the turned picture, of even sides; 1 where it is `nearest` or bilinear, 0 where antialiased in 8 bits',
    tolerance: 2,
  },
  'warp, affine and perspective': {
    name: `OpenCV ${warpVersions.opencv} \`warpAffine\`, \`warpPerspective\`; float64 in NumPy ${warpVersions.numpy}`,
    tolerance: 1,
  },
  'warp of YUV': { name: 'planes and matrix in float64', tolerance: 1 },
  'warp, rotated region': { name: "crops of MediaPipe's `ImageToTensorCalculator`", tolerance: 7 },
  'gray tensor': { name: `OpenCV ${outputVersions.opencv} \`RGB2GRAY\``, tolerance: 0 },
  'int8, uint8 quantised': {
    name: `ONNX Runtime ${outputVersions.onnxruntime} \`QuantizeLinear\`; equal but for halves`,
    tolerance: 1,
  },
  'float16 tensor': { name: `NumPy ${numpy} \`astype(float16)\``, tolerance: 0 },
} as const satisfies Readonly<Record<string, Reference>>;
