import { displaySize, isTurned, type StoredPicture } from '../core/orientation.js';
import type { Placement } from './picture-plan.js';

/**
 * A placement of a picture as it is seen, said of the picture as it is stored: its region there, and both turns in one.
 * Turning a mirrored picture is mirroring one that was turned the other way.
 */
export function storedPlacement(seen: Placement, picture: StoredPicture): Placement {
  if (!isTurned(picture)) return seen;
  const { rotation = 0, flip = false } = picture;
  return {
    ...seen,
    region: storedRegion(seen.region, picture),
    rotation: ((rotation + (flip ? 360 - seen.rotation : seen.rotation)) % 360) as Placement['rotation'],
    mirror: flip !== seen.mirror,
  };
}

function storedRegion(region: Placement['region'], picture: StoredPicture): Placement['region'] {
  const { rotation = 0, flip = false, codedWidth, codedHeight } = picture;
  const { y, width, height } = region;
  const x = flip ? displaySize(picture).width - region.x - width : region.x;
  switch (rotation) {
    case 0:
      return { x, y, width, height };
    case 90:
      return { x: y, y: codedHeight - x - width, width: height, height: width };
    case 180:
      return { x: codedWidth - x - width, y: codedHeight - y - height, width, height };
    case 270:
      return { x: codedWidth - y - height, y: x, width: height, height: width };
  }
}
