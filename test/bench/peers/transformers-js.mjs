// Transformers.js: a RawImage through an image processor, configured as a preprocessor_config.json would. Its padding is
// overridden the way that its own processors do it, because the base pads right and below, with zeros.
import { serve } from './serve.mjs';

const name = '@huggingface/transformers';
const channelsOf = { RGBA: 4, RGBX: 4, RGB: 3, GRAY8: 1 };

await serve(name, ({ RawImage, ImageProcessor, env }) => {
  env.allowRemoteModels = false;
  const { version } = env;
  return { version, prepare: (spec, frames) => prepare(RawImage, ImageProcessor, spec, frames) };
});

function prepare(RawImage, ImageProcessor, spec, frames) {
  const { width, height, tensorWidth, tensorHeight, placement, pad, scale } = spec;
  const channels = channelsOf[spec.format];
  if (!channels) return { unsupported: `it has no pictures of ${spec.format}` };
  if (spec.filter !== 'bilinear') return { unsupported: `it has nothing like ${spec.filter}` };
  if (spec.layout !== 'nchw' || spec.dataType !== 'float32')
    return { unsupported: 'its processors make float32 nchw only' };

  class Processor extends ImageProcessor {
    pad_image(pixelData, imgDims, padSize, options = {}) {
      return super.pad_image(pixelData, imgDims, padSize, { center: true, constant_values: pad * scale, ...options });
    }
  }
  const processor = new Processor({
    do_convert_rgb: true,
    do_resize: true,
    size: { width: placement.width, height: placement.height },
    resample: 2,
    do_rescale: true,
    rescale_factor: scale,
    do_normalize: false,
    do_pad: true,
    pad_size: { width: tensorWidth, height: tensorHeight },
  });
  const pictures = frames.map((bytes) => new RawImage(bytes, width, height, channels));
  return {
    frames: frames.length,
    async run(frame) {
      return (await processor(pictures[frame])).pixel_values.data;
    },
  };
}
