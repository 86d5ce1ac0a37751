import { describe, expect, it } from 'vitest';
import { benchCases, selectBenchCases } from '../../../src/cli/bench-case.js';

describe('selectBenchCases', () => {
  it('reads every case that is listed, the two with limits first, at four sizes', () => {
    const cases = selectBenchCases();
    expect(cases.map(({ name }) => name)).toEqual(benchCases);
    expect(benchCases.slice(0, 2)).toEqual([
      'rgba-1920x1080-letterbox-bilinear-608-f32-nchw',
      'rgba-1280x720-letterbox-bilinear-416-f32-nchw',
    ]);
    const sizes = new Set(cases.map(({ layout }) => `${layout.codedWidth}x${layout.codedHeight}`));
    for (const size of ['640x480', '1280x720', '1920x1080', '3840x2160']) expect(sizes).toContain(size);
    // An odd whole ratio samples centres of pixels, and interpolates nothing.
    const resized = cases.filter(({ matrix, pictures }) => !matrix && pictures === 1);
    const odd = resized.filter(({ layout, plan }) => (layout.codedWidth / plan.placement.width) % 2 === 1);
    expect(odd.map(({ name }) => name)).toEqual(['rgba-1920x1080-letterbox-bilinear-640-f32-nchw']);
  });

  it('reads names of the same spelling that are not listed', () => {
    const [nv12, small] = selectBenchCases([
      'nv12-66x48-stretch-bilinear-32-f16-nhwc',
      'rgb-9x7-letterbox-bilinear-4-u8-nchw',
    ]);
    expect(nv12.layout).toMatchObject({ format: 'NV12', codedWidth: 66, codedHeight: 48, strideBytes: 66 });
    expect(nv12.spec).toMatchObject({ width: 32, height: 32, resize: 'stretch', dataType: 'float16', layout: 'nhwc' });
    expect(nv12.sourceBytes).toBe(66 * 48 * 1.5);
    expect(nv12.tensorBytes).toBe(32 * 32 * 3 * 2);
    expect(small.spec.scale).toBe(1);
    expect(small.plan.placement).toMatchObject({ left: 0, top: 0, width: 4, height: 3 });
  });

  it('reads whole numbers, gray, warps and tiles', () => {
    const [bytes, quantised, gray, warp, tilted, tiles] = selectBenchCases([
      'rgba-64x48-letterbox-bilinear-32-i8-nhwc',
      'rgba-64x48-letterbox-bilinear-32-u8q-nchw',
      'rgba-64x48-letterbox-area-32-f16-gray',
      'i420-1280x720-warp-affine-256-f32-nchw',
      'rgba-640x360-warp-perspective-256-f32-nchw',
      'rgb-100x50-tiles-bilinear-32-f32-nchw',
    ]);
    expect(bytes.plan.quantization).toEqual({ low: 0, high: 255, zeroPoint: -128 });
    expect(quantised.spec).toMatchObject({ dataType: 'uint8', quantization: { scale: 1 / 128, zeroPoint: 128 } });
    expect(gray.tensorBytes).toBe(32 * 32 * 2);
    // The middle of the frame is that of the tensor, and 400 px become 256.
    const [a, b, e, c, d, f] = warp.matrix ?? [];
    expect(a * 639.5 + b * 359.5 + e).toBeCloseTo(127.5, 9);
    expect(c * 639.5 + d * 359.5 + f).toBeCloseTo(127.5, 9);
    expect(a * d - b * c).toBeCloseTo((256 / 400) ** 2, 9);
    expect(warp.plan.warp).toBeDefined();
    expect(tilted.matrix?.[6]).toBeCloseTo(0.0002, 9);
    // Tiles of 32 px whose neighbours begin 28 px on: four across, two down.
    expect(tiles.pictures).toBe(8);
    expect(tiles.tensorBytes).toBe(8 * 32 * 32 * 12);
  });

  it('takes patterns, and each case once', () => {
    const names = selectBenchCases(['i420-*', '*-1920x1080-*', benchCases[0]]).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(names)).toEqual(new Set(benchCases.filter((name) => /^i420|-1920x1080-/.test(name))));
  });

  it('refuses what names no case, and lists those it knows', () => {
    for (const word of ['rgba-big', 'cmyk-*', '', 'rgba-64x48-letterbox-cubist-32-f32-nchw']) {
      expect(() => selectBenchCases([word])).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT', received: word }));
      expect(() => selectBenchCases([word])).toThrow(benchCases[3]);
    }
    expect(() => selectBenchCases(['rgba-64x48-letterbox-bilinear-9999-f32-nchw'])).toThrow('at most 4096');
    expect(() => selectBenchCases(['rgba-20000x48-letterbox-bilinear-32-f32-nchw'])).toThrow('16384');
  });
});
