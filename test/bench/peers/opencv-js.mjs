// OpenCV compiled to WebAssembly, as a page uses it: resize, cvtColor, copyMakeBorder, into Mats that are kept, and then
// blobFromImage or, as `opencv-js.mjs loop`, a loop in JavaScript that makes the tensor.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fillPlanes, serve } from './serve.mjs';

const name = '@techstark/opencv-js';
const inLoop = process.argv[2] === 'loop';

await serve(name, async (module) => {
  const cv = await module.default;
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
  return { version, also: ['a matrix'], prepare: (spec, frames) => prepare(cv, spec, frames) };
});

function prepare(cv, spec, frames) {
  const { width, height, tensorWidth, tensorHeight, placement, format } = spec;
  // The filter of OpenCV nearest to the case's.
  const filter = {
    bilinear: cv.INTER_LINEAR,
    'bilinear-antialias': cv.INTER_AREA,
    area: cv.INTER_AREA,
    nearest: cv.INTER_NEAREST,
    bicubic: cv.INTER_CUBIC,
  }[spec.filter];
  if (filter === undefined) return { unsupported: `it has nothing like ${spec.filter}` };
  const yuv = { I420: cv.COLOR_YUV2RGB_I420, NV12: cv.COLOR_YUV2RGB_NV12 }[format];
  const channels = { RGBA: 4, RGBX: 4, BGRA: 4, BGRX: 4, RGB: 3, BGR: 3, GRAY8: 1, I420: 1, NV12: 1 }[format];
  if (channels === undefined) return { unsupported: `it is not set up for ${format}` };
  const conversions = { RGBA: cv.COLOR_RGBA2RGB, RGBX: cv.COLOR_RGBA2RGB, GRAY8: cv.COLOR_GRAY2RGB };
  const conversion =
    yuv ?? conversions[format] ?? { BGRA: cv.COLOR_BGRA2RGB, BGRX: cv.COLOR_BGRA2RGB, BGR: cv.COLOR_BGR2RGB }[format];
  const type = [cv.CV_8UC1, undefined, cv.CV_8UC3, cv.CV_8UC4][channels - 1];
  const mats = frames.map((bytes) => {
    const mat = new cv.Mat(yuv === undefined ? height : (height * 3) / 2, width, type);
    mat.data.set(bytes);
    return mat;
  });
  const size = new cv.Size(placement.width, placement.height);
  const [small, converted, boxed, floats] = [new cv.Mat(), new cv.Mat(), new cv.Mat(), new cv.Mat()];
  const right = tensorWidth - placement.width - placement.left;
  const bottom = tensorHeight - placement.height - placement.top;
  const whole = right + bottom + placement.left + placement.top === 0;
  const padding = new cv.Scalar(spec.pad, spec.pad, spec.pad, 255);
  const none = new cv.Scalar(0, 0, 0, 0);
  const tensorSize = new cv.Size(tensorWidth, tensorHeight);
  const depth = spec.dataType === 'float32' ? cv.CV_32F : cv.CV_8U;
  const plane = tensorWidth * tensorHeight;
  const tensor = new (spec.dataType === 'float32' ? Float32Array : Uint8Array)(plane * 3);
  let blob;

  const tilted = spec.matrix?.[6] || spec.matrix?.[7];
  const matrix = spec.matrix && cv.matFromArray(tilted ? 3 : 2, 3, cv.CV_64F, spec.matrix.slice(0, tilted ? 9 : 6));
  const shrink = (mat) => {
    if (!matrix) cv.resize(mat, small, size, 0, 0, filter);
    else if (tilted) cv.warpPerspective(mat, small, matrix, size, filter, cv.BORDER_REPLICATE, none);
    else cv.warpAffine(mat, small, matrix, size, filter, cv.BORDER_REPLICATE, none);
  };
  const rgb = (mat) => {
    if (yuv !== undefined) {
      cv.cvtColor(mat, converted, conversion);
      shrink(converted);
      return small;
    }
    shrink(mat);
    if (conversion === undefined) return small;
    cv.cvtColor(small, converted, conversion);
    return converted;
  };
  return {
    frames: frames.length,
    run(frame) {
      let picture = rgb(mats[frame]);
      if (!whole) {
        cv.copyMakeBorder(picture, boxed, placement.top, bottom, placement.left, right, cv.BORDER_CONSTANT, padding);
        picture = boxed;
      }
      if (spec.layout === 'nhwc') {
        if (spec.dataType === 'uint8') return picture.data;
        picture.convertTo(floats, cv.CV_32FC3, spec.scale);
        return floats.data32F;
      }
      if (inLoop) {
        fillPlanes(tensor, picture.data, plane, spec.dataType === 'float32' ? spec.scale : 1);
        return tensor;
      }
      blob?.delete();
      blob = cv.blobFromImage(picture, spec.scale, tensorSize, none, false, false, depth);
      return spec.dataType === 'float32' ? blob.data32F : blob.data;
    },
    close() {
      for (const mat of [...mats, small, converted, boxed, floats, blob, matrix]) mat?.delete();
    },
  };
}
