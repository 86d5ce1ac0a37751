import type { PreprocessSpec } from '../core/preprocess-spec.js';
import type { Transform } from '../core/transform.js';
import type { Placement } from '../kernels/picture-plan.js';

/** Where a frame goes in a tensor: whole px, and the exact mapping of coordinates. */
export interface Letterbox {
  placement: Placement;
  transform: Transform;
}

/**
 * Places a frame of `width` × `height` px in a tensor. Numbers only.
 *
 * `letterbox`: ratio r = min(W / w, H / h), size = rounding(w·r) × rounding(h·r), at least 1 px and at most the
 * tensor's; with `round` a half goes up. With `center` the odd pad px is on the right and below.
 * `stretch`: the whole tensor.
 *
 * The transform holds the true scale of each axis, size / frame size: rounding makes the two differ by up to a px
 * over the picture. A letterbox with `floor` is YOLOX's, and there both scales are r, as YOLOX's own demo brings boxes
 * back: published detections agree to 0.05 px that way, and are up to 1.2 px off with the true scale.
 * @source YOLOX yolox/data/data_augment.py `preproc` for `floor` with `top-left`.
 */
export function planLetterbox(
  width: number,
  height: number,
  spec: Pick<PreprocessSpec, 'width' | 'height' | 'resize' | 'align' | 'rounding'>,
): Letterbox {
  const placement: Placement = { left: 0, top: 0, width: spec.width, height: spec.height };
  const ratio = Math.min(spec.width / width, spec.height / height);
  const asYolox = spec.resize === 'letterbox' && spec.rounding === 'floor';
  if (spec.resize === 'letterbox') {
    const whole = spec.rounding === 'floor' ? Math.floor : Math.round;
    placement.width = Math.min(spec.width, Math.max(1, whole(width * ratio)));
    placement.height = Math.min(spec.height, Math.max(1, whole(height * ratio)));
    if (spec.align === 'center') {
      placement.left = Math.floor((spec.width - placement.width) / 2);
      placement.top = Math.floor((spec.height - placement.height) / 2);
    }
  }
  const transform: Transform = {
    scaleX: asYolox ? ratio : placement.width / width,
    scaleY: asYolox ? ratio : placement.height / height,
    padX: placement.left,
    padY: placement.top,
  };
  return { placement, transform };
}
