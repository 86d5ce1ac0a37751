import { InvalidArgumentError, ShapeError } from '../core/error.js';
import type { PreprocessSpec } from '../core/preprocess-spec.js';
import type { Transform } from '../core/transform.js';
import type { Placement } from '../kernels/picture-plan.js';
import { roundHalfEven } from '../kernels/resample-table.js';

// Tables of a resize are as long as the resized picture.
const maxResizedSide = 65_536;

/** Where a frame goes in a tensor: whole px, and the exact mapping of coordinates. */
export interface Letterbox {
  placement: Placement;
  transform: Transform;
}

type Geometry = Pick<PreprocessSpec, 'width' | 'height' | 'resize' | 'align' | 'rounding'> &
  Partial<Pick<PreprocessSpec, 'region' | 'rotation' | 'mirror' | 'shorterSide'>>;

/**
 * Places a frame of `width` × `height` px in a tensor: its region is cut out, turned, mirrored, resized and put in its place.
 * Numbers only. W × H is the tensor, w × h the region after turning.
 *
 * `letterbox`: ratio r = min(W / w, H / h), size = rounding(w·r) × rounding(h·r), at least 1 px and at most the
 * tensor's; with `round` a half goes up. With `center` the odd pad px is on the right and below.
 * `stretch`: the whole tensor.
 * `crop`: the side that is shorter in proportion is made to fill the tensor, or the shorter side to have `shorterSide` px; the other
 * side is rounded, and what is too much is cut off, on the left and above a half of it, half a px going to the even number.
 *
 * The transform holds the true scale of each axis, size / region size: rounding makes the two differ by up to a px
 * over the picture. A letterbox with `floor` is YOLOX's, and there both scales are r, as YOLOX's own demo brings boxes
 * back: published detections agree to 0.05 px that way, and are up to 1.2 px off with the true scale.
 * @throws {InvalidArgumentError} ERR_ARGUMENT a region that is not inside the frame, a `shorterSide` that leaves part of the tensor empty.
 * @throws {ShapeError} ERR_SHAPE a picture that is more than 65,536 px on a side before it is cut.
 * @source YOLOX yolox/data/data_augment.py `preproc` for `floor` with `top-left`; torchvision `Resize` and `CenterCrop` for
 *   `crop` with `floor`.
 */
export function planLetterbox(width: number, height: number, spec: Geometry): Letterbox {
  const { rotation = 0, mirror = false } = spec;
  const region = regionInside(width, height, spec.region);
  const turned = rotation === 90 || rotation === 270;
  const upright = turned ? [region.height, region.width] : [region.width, region.height];
  const ratio = Math.min(spec.width / upright[0], spec.height / upright[1]);
  const resized = resizedSize(upright[0], upright[1], ratio, spec);
  const placement: Placement = {
    left: 0,
    top: 0,
    width: Math.min(spec.width, resized[0]),
    height: Math.min(spec.height, resized[1]),
    region,
    rotation,
    mirror,
    resizedWidth: resized[0],
    resizedHeight: resized[1],
    cutLeft: roundHalfEven(Math.max(0, resized[0] - spec.width) / 2),
    cutTop: roundHalfEven(Math.max(0, resized[1] - spec.height) / 2),
  };
  if (spec.align === 'center') {
    placement.left = Math.floor((spec.width - placement.width) / 2);
    placement.top = Math.floor((spec.height - placement.height) / 2);
  }
  const asYolox = spec.resize === 'letterbox' && spec.rounding === 'floor';
  const scaleX = asYolox ? ratio : resized[0] / upright[0];
  const scaleY = asYolox ? ratio : resized[1] / upright[1];
  return { placement, transform: transformOf(placement, scaleX, scaleY) };
}

function regionInside(width: number, height: number, region: PreprocessSpec['region']): Placement['region'] {
  if (!region) return { x: 0, y: 0, width, height };
  if (region.x + region.width <= width && region.y + region.height <= height) return { ...region };
  throw new InvalidArgumentError({
    subject: 'preprocess: region',
    expected: `one inside the frame of ${width} × ${height} px`,
    received: `${region.width} × ${region.height} px from ${region.x}, ${region.y}`,
  });
}

function resizedSize(width: number, height: number, ratio: number, spec: Geometry): [width: number, height: number] {
  const whole = spec.rounding === 'floor' ? Math.floor : Math.round;
  if (spec.resize === 'stretch') return [spec.width, spec.height];
  if (spec.resize === 'letterbox') {
    const within = (size: number, most: number) => Math.min(most, Math.max(1, whole(size * ratio)));
    return [within(width, spec.width), within(height, spec.height)];
  }
  const side = spec.shorterSide;
  const byWidth = side === undefined ? spec.width / width >= spec.height / height : width <= height;
  const resized: [number, number] = byWidth
    ? [side ?? spec.width, whole(((side ?? spec.width) * height) / width)]
    : [whole(((side ?? spec.height) * width) / height), side ?? spec.height];
  if (Math.max(...resized) > maxResizedSide) {
    throw new ShapeError({
      subject: 'preprocess: resize',
      expected: `a picture that is at most ${maxResizedSide} px on a side before it is cut`,
      received: `${width} × ${height} px, which become ${resized[0]} × ${resized[1]}`,
      remedy: 'Take a region of it, or letterbox.',
    });
  }
  if (side === undefined) return [Math.max(spec.width, resized[0]), Math.max(spec.height, resized[1])];
  if (resized[0] >= spec.width && resized[1] >= spec.height) return resized;
  throw new InvalidArgumentError({
    subject: 'preprocess: shorterSide',
    expected: `one with which a picture of ${width} × ${height} px fills the tensor of ${spec.width} × ${spec.height}`,
    received: `${side}, which gives ${resized[0]} × ${resized[1]}`,
    remedy: 'Give a larger one, or leave it out.',
  });
}

function transformOf(placement: Placement, scaleX: number, scaleY: number): Transform {
  const { region, rotation, mirror, left, top, cutLeft, cutTop } = placement;
  // Region px → upright px: X = across[0]·x + across[1]·y + across[2], and Y in the same way.
  const { width: w, height: h } = region;
  const [across, down] = {
    0: [
      [1, 0, 0],
      [0, 1, 0],
    ],
    90: [
      [0, -1, h],
      [1, 0, 0],
    ],
    180: [
      [-1, 0, w],
      [0, -1, h],
    ],
    270: [
      [0, 1, 0],
      [-1, 0, w],
    ],
  }[rotation];
  if (mirror) {
    const width = rotation % 180 === 0 ? w : h;
    across[0] *= -1;
    across[1] *= -1;
    across[2] = width - across[2];
  }
  const shift = ([x, y, constant]: number[]) => constant - x * region.x - y * region.y;
  // Adding 0 turns −0 into 0.
  return {
    a: scaleX * across[0] + 0,
    b: scaleY * down[0] + 0,
    c: scaleX * across[1] + 0,
    d: scaleY * down[1] + 0,
    e: scaleX * shift(across) + left - cutLeft,
    f: scaleY * shift(down) + top - cutTop,
  };
}
