// sharp (libvips) on raw pixels, then a loop in JavaScript that makes the tensor: sharp itself ends with bytes.
import { fillPlanes, serve } from './serve.mjs';

const channelsOf = { RGBA: 4, RGBX: 4, RGB: 3 };

await serve('sharp', ({ default: sharp }) => {
  sharp.concurrency(1);
  sharp.cache(false);
  return { version: sharp.versions.sharp, prepare: (spec, frames) => prepare(sharp, spec, frames) };
});

function prepare(sharp, spec, frames) {
  const { width, height, tensorWidth, tensorHeight, placement, pad } = spec;
  const channels = channelsOf[spec.format];
  if (!channels) return { unsupported: `it takes no raw ${spec.format}` };
  // Its kernels widen as a picture shrinks; there is none that does not.
  const kernel = {
    bilinear: 'linear',
    'bilinear-antialias': 'linear',
    'bicubic-antialias': 'cubic',
    'lanczos-antialias': 'lanczos3',
  }[spec.filter];
  if (!kernel) return { unsupported: `it has nothing like ${spec.filter}` };
  const background = { r: pad, g: pad, b: pad, alpha: 1 };
  const extent = {
    top: placement.top,
    left: placement.left,
    bottom: tensorHeight - placement.height - placement.top,
    right: tensorWidth - placement.width - placement.left,
  };
  const plane = tensorWidth * tensorHeight;
  const tensor = new (spec.dataType === 'float32' ? Float32Array : Uint8Array)(plane * 3);
  return {
    frames: frames.length,
    async run(frame) {
      const bytes = await sharp(frames[frame], { raw: { width, height, channels } })
        .resize(placement.width, placement.height, { fit: 'fill', kernel })
        .extend({ ...extent, background })
        .removeAlpha()
        .raw()
        .toBuffer();
      if (spec.layout === 'nhwc') {
        if (spec.dataType === 'uint8') return bytes;
        for (let i = 0; i < bytes.length; i++) tensor[i] = bytes[i] * spec.scale;
        return tensor;
      }
      fillPlanes(tensor, bytes, plane, spec.dataType === 'float32' ? spec.scale : 1);
      return tensor;
    },
  };
}
