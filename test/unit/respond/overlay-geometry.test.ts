import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ObjectFit, parseObjectPosition, placeBox, placePicture } from '../../../src/respond/overlay-geometry.js';

const box = { x: 10, y: 20, width: 400, height: 300 };
const percent = (x: number, y: number) => ({ x: { share: x, px: 0 }, y: { share: y, px: 0 } });

// 1280×720 into 400×300, worked out by hand after CSS Images 3: contain scales by 400/1280 = 0.3125, cover by 300/720.
describe('placePicture', () => {
  it.each([
    ['fill', 0.3125, 300 / 720, 10, 20, { x: 10, y: 20, width: 400, height: 300 }],
    ['contain', 0.3125, 0.3125, 10, 57.5, { x: 10, y: 57.5, width: 400, height: 225 }],
    ['cover', 300 / 720, 300 / 720, 10 - (1280 / 2.4 - 400) / 2, 20, box],
    ['none', 1, 1, 10 - 440, 20 - 210, box],
    ['scale-down', 0.3125, 0.3125, 10, 57.5, { x: 10, y: 57.5, width: 400, height: 225 }],
  ] as const)('%s', (fit, scaleX, scaleY, offsetX, offsetY, visible) => {
    const placement = placePicture(1280, 720, { box, fit });
    expect(placement.scaleX).toBeCloseTo(scaleX, 12);
    expect(placement.scaleY).toBeCloseTo(scaleY, 12);
    expect(placement.offsetX).toBeCloseTo(offsetX, 10);
    expect(placement.offsetY).toBeCloseTo(offsetY, 10);
    for (const key of ['x', 'y', 'width', 'height'] as const) {
      expect(placement.visible[key]).toBeCloseTo(visible[key], 10);
    }
  });

  it('does not enlarge with scale-down', () => {
    const placement = placePicture(100, 50, { box, fit: 'scale-down' });
    expect(placement).toMatchObject({ scaleX: 1, scaleY: 1, offsetX: 160, offsetY: 145 });
  });

  it('puts the free space where object-position says', () => {
    const at = (x: number, y: number) => placePicture(1280, 720, { box, fit: 'contain', position: percent(x, y) });
    expect(at(0.5, 0).offsetY).toBe(20);
    expect(at(0.5, 1).offsetY).toBe(95);
    // 100 % of a picture that is larger than its box: the right edges meet.
    const cover = placePicture(1280, 720, { box, fit: 'cover', position: percent(1, 0.5) });
    expect(cover.offsetX + 1280 * cover.scaleX).toBeCloseTo(410, 10);
    const px = placePicture(1280, 720, {
      box,
      fit: 'contain',
      position: { x: { share: 0, px: 0 }, y: { share: 1, px: -8 } },
    });
    expect(px.offsetY).toBe(87);
  });

  it('mirrors about the middle of the box, whatever the position in it', () => {
    const layout = { box, fit: 'contain' as const, position: percent(0, 0) };
    const portrait = placePicture(300, 600, layout);
    const mirrored = placePicture(300, 600, { ...layout, mirrored: true });
    expect(portrait.visible).toEqual({ x: 10, y: 20, width: 150, height: 300 });
    expect(mirrored.visible).toEqual({ x: 260, y: 20, width: 150, height: 300 });
    expect(mirrored.scaleX).toBe(-portrait.scaleX);
    // The left edge of the picture is now at the right edge of its place.
    expect(mirrored.offsetX).toBe(410);
  });

  it('keeps boxes inside the picture inside what is visible, for every fit but those that crop', () => {
    const size = fc.integer({ min: 1, max: 4000 });
    fc.assert(
      fc.property(
        size,
        size,
        size,
        size,
        fc.constantFrom<ObjectFit>('fill', 'contain', 'scale-down'),
        fc.boolean(),
        (frameWidth, frameHeight, width, height, fit, mirrored) => {
          const placement = placePicture(frameWidth, frameHeight, {
            box: { x: 3, y: 5, width, height },
            fit,
            mirrored,
          });
          const whole = placeBox({ x: 0, y: 0, width: frameWidth, height: frameHeight }, placement);
          for (const key of ['x', 'y', 'width', 'height'] as const) {
            expect(Math.abs(whole[key] - placement.visible[key])).toBeLessThan(1e-6);
          }
        },
      ),
    );
  });
});

describe('placeBox', () => {
  it('scales and moves', () => {
    const placement = placePicture(1280, 720, { box, fit: 'contain' });
    expect(placeBox({ x: 320, y: 80, width: 640, height: 160 }, placement)).toEqual({
      x: 110,
      y: 82.5,
      width: 200,
      height: 50,
    });
  });

  it('gives a box with its left edge on the left in a mirror, too', () => {
    const placement = placePicture(1280, 720, { box, fit: 'contain', mirrored: true });
    expect(placeBox({ x: 0, y: 0, width: 128, height: 72 }, placement)).toEqual({
      x: 370,
      y: 57.5,
      width: 40,
      height: 22.5,
    });
  });
});

describe('parseObjectPosition', () => {
  it.each([
    ['50% 50%', 0.5, 0, 0.5, 0],
    ['0% 100%', 0, 0, 1, 0],
    ['10px -4.5px', 0, 10, 0, -4.5],
    ['calc(100% - 8px) 0%', 1, -8, 0, 0],
    ['calc(25% + 1.5px) calc(-50% - 2px)', 0.25, 1.5, -0.5, -2],
    ['', 0.5, 0, 0.5, 0],
    ['nonsense', 0.5, 0, 0.5, 0],
  ])('%s', (text, shareX, pxX, shareY, pxY) => {
    expect(parseObjectPosition(text)).toEqual({ x: { share: shareX, px: pxX }, y: { share: shareY, px: pxY } });
  });
});
