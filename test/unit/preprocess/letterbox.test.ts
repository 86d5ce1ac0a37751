import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planLetterbox } from '../../../src/preprocess/letterbox.js';

const spec = { width: 416, height: 416, resize: 'letterbox', align: 'center', rounding: 'round' } as const;

describe('planLetterbox', () => {
  it('fits a wide frame and centres it', () => {
    const { placement, transform } = planLetterbox(1280, 720, spec);
    expect(placement).toMatchObject({ left: 0, top: 91, width: 416, height: 234 });
    expect(transform).toEqual({ a: 0.325, b: 0, c: 0, d: 0.325, e: 0, f: 91 });
  });

  it('puts an odd pad px below and on the right', () => {
    expect(planLetterbox(100, 35, { ...spec, width: 100, height: 100 }).placement.top).toBe(32);
    expect(planLetterbox(35, 100, { ...spec, width: 100, height: 100 }).placement.left).toBe(32);
  });

  it("rounds down from the top left as YOLOX's demo does, and half up otherwise", () => {
    const demo = { ...spec, align: 'top-left', rounding: 'floor' } as const;
    // 416 / 640 · 427 = 277.55
    expect(planLetterbox(640, 427, demo).placement).toMatchObject({ left: 0, top: 0, width: 416, height: 277 });
    expect(planLetterbox(640, 427, spec).placement.height).toBe(278);
    expect(planLetterbox(8, 5, { ...spec, width: 4, height: 4 }).placement.height).toBe(3);
  });

  it('has the true scale of each axis in the transform, and the single ratio of YOLOX when rounding down', () => {
    expect(planLetterbox(640, 427, spec).transform).toMatchObject({ a: 416 / 640, d: 278 / 427 });
    expect(planLetterbox(640, 427, { ...spec, rounding: 'floor' }).transform).toMatchObject({
      a: 0.65,
      d: 0.65,
    });
  });

  it('stretches to the whole tensor', () => {
    const { placement, transform } = planLetterbox(100, 50, { ...spec, resize: 'stretch', width: 20, height: 30 });
    expect(placement).toMatchObject({ left: 0, top: 0, width: 20, height: 30 });
    expect(transform).toEqual({ a: 0.2, b: 0, c: 0, d: 0.6, e: 0, f: 0 });
  });

  it('never leaves the tensor and never vanishes', () => {
    const side = fc.integer({ min: 1, max: 16384 });
    const small = fc.integer({ min: 1, max: 4096 });
    const options = fc.record({
      align: fc.constantFrom('center', 'top-left'),
      rounding: fc.constantFrom('round', 'floor'),
      width: small,
      height: small,
    });
    fc.assert(
      fc.property(side, side, options, (width, height, given) => {
        const { placement: p } = planLetterbox(width, height, { ...spec, ...given });
        expect(p.width).toBeGreaterThanOrEqual(1);
        expect(p.height).toBeGreaterThanOrEqual(1);
        expect(p.left + p.width).toBeLessThanOrEqual(given.width);
        expect(p.top + p.height).toBeLessThanOrEqual(given.height);
        // One axis fills the tensor, but for the px that rounding down may take.
        expect(Math.min(given.width - p.width, given.height - p.height)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
