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
    const odd = cases.filter(({ layout, plan }) => (layout.codedWidth / plan.placement.width) % 2 === 1);
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
