import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { SyntheticOptions } from '../../../src/acquire/synthetic/layout.js';
import { createScene } from '../../../src/acquire/synthetic/scene.js';
import { createTruth } from '../../../src/acquire/synthetic/truth.js';
import { syntheticSourceSchema } from '../../../src/core/definition.js';
import { parse } from '../../../src/core/parse.js';
import frameHashes from '../../fixtures/synthetic/frame-hashes.json' with { type: 'json' };

function options(changes: Partial<SyntheticOptions> = {}): SyntheticOptions {
  return parse(syntheticSourceSchema, { type: 'synthetic', ...changes }, 'options');
}

const small = { width: 320, height: 180 };

function picture(changes: Partial<SyntheticOptions> = {}, frame = 0): Uint8Array {
  const settings = options(changes);
  const pixels = new Uint8Array(settings.width * settings.height * 4);
  createScene(settings).render(frame, pixels);
  return pixels;
}

// toEqual takes seconds on a picture.
function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.from(a).equals(b);
}

function meanOf(pixels: Uint8Array, channel = 1): number {
  let sum = 0;
  for (let i = channel; i < pixels.length; i += 4) sum += pixels[i];
  return sum / (pixels.length / 4);
}

function difference(a: Uint8Array, b: Uint8Array): number[] {
  return Array.from({ length: a.length / 4 }, (_, i) => a[i * 4 + 1] - b[i * 4 + 1]);
}

// Mean step from one pixel to the next, along the belt and across it.
function sharpness(pixels: Uint8Array, width: number, height: number): { along: number; across: number } {
  let along = 0;
  let across = 0;
  for (let y = 40; y < height - 40; y++) {
    for (let x = 1; x < width; x++) {
      const at = (y * width + x) * 4 + 1;
      along += Math.abs(pixels[at] - pixels[at - 4]);
      across += Math.abs(pixels[at] - pixels[at - width * 4]);
    }
  }
  return { along, across };
}

describe('the frames of the synthetic camera', () => {
  it.each(frameHashes)(
    'are the same bytes everywhere: $options, frame $frame',
    ({ options: changes, frame, sha256 }) => {
      expect(createHash('sha256').update(picture(changes, frame)).digest('hex')).toBe(sha256);
    },
  );

  it('depend on the frame alone, not on the frames drawn before', () => {
    const scene = createScene(options(small));
    const pixels = new Uint8Array(320 * 180 * 4);
    for (let frame = 0; frame < 40; frame++) scene.render(frame, pixels);
    expect(same(pixels, picture(small, 39))).toBe(true);
    scene.render(500, pixels);
    scene.render(3, pixels);
    expect(same(pixels, picture(small, 3))).toBe(true);
  });

  it('fill memory that is not aligned to pixels just the same', () => {
    const memory = new Uint8Array(320 * 180 * 4 + 3);
    createScene(options(small)).render(5, memory.subarray(3));
    expect(same(memory.slice(3), picture(small, 5))).toBe(true);
  });

  it('are opaque in every pixel', () => {
    for (const noise of [2, 20]) {
      expect(picture({ ...small, noise, light: 2 }).every((value, i) => (i & 3) !== 3 || value === 255)).toBe(true);
    }
  });

  it('say so when the memory is too small', () => {
    expect(() => createScene(options(small)).render(0, new Uint8Array(100))).toThrowError(
      expect.objectContaining({ code: 'ERR_SHAPE', expected: expect.stringContaining('230400 bytes') }),
    );
  });

  it.each([
    [64, 64],
    [4096, 64],
    [64, 4096],
    [333, 217],
    [720, 1280],
  ])('come in %i × %i px too', (width, height) => {
    const pixels = picture({ width, height, density: 2 }, 60);
    const inked = pixels.filter((_, i) => (i & 3) === 1);
    expect(inked.length).toBe(width * height);
    expect(Math.max(...inked.subarray(0, 4000))).toBeGreaterThan(30);
    expect(createTruth(options({ width, height, density: 2 })).items(60).length).toBeGreaterThan(0);
  });

  it('are made without new ArrayBuffers once warm', () => {
    const scene = createScene(options(small));
    const pixels = new Uint8Array(320 * 180 * 4);
    for (let frame = 0; frame < 400; frame++) scene.render(frame, pixels);
    let made = 0;
    const counting = (Original: typeof Uint8Array | typeof Int32Array | typeof Float32Array | typeof ArrayBuffer) =>
      new Proxy(Original, {
        construct(target, args, newTarget) {
          if (!(args[0] instanceof ArrayBuffer)) made++;
          return Reflect.construct(target, args, newTarget);
        },
      });
    const originals = { Uint8Array, Int32Array, Float32Array, Float64Array, ArrayBuffer };
    try {
      for (const [name, original] of Object.entries(originals)) {
        (globalThis as Record<string, unknown>)[name] = counting(original as typeof Uint8Array);
      }
      for (let frame = 400; frame < 700; frame++) scene.render(frame, pixels);
    } finally {
      Object.assign(globalThis, originals);
    }
    expect(made).toBe(0);
  });
});

describe('the settings of the synthetic camera', () => {
  it('light: brighter and darker, without losing the picture', () => {
    const base = meanOf(picture({ ...small, noise: 0 }));
    expect(meanOf(picture({ ...small, noise: 0, light: 1.5 })) / base).toBeCloseTo(1.5, 0);
    expect(meanOf(picture({ ...small, noise: 0, light: 0.5 })) / base).toBeCloseTo(0.5, 1);
  });

  it.each([1, 2, 4, 8, 20])('noise: a standard deviation of %f steps, with no bias to speak of', (noise) => {
    // Two frames of a belt that stands still differ by noise alone.
    const still = { ...small, speed: 0, noise };
    const steps = difference(picture(still, 0), picture(still, 1));
    const mean = steps.reduce((sum, step) => sum + step, 0) / steps.length;
    const variance = steps.reduce((sum, step) => sum + (step - mean) ** 2, 0) / steps.length;
    expect(Math.sqrt(variance / 2) / noise).toBeGreaterThan(0.85);
    expect(Math.sqrt(variance / 2) / noise).toBeLessThan(1.12);
    expect(Math.abs(mean)).toBeLessThan(noise / 10);
  });

  it('noise 0: none', () => {
    const still = { ...small, speed: 0, noise: 0 };
    expect(same(picture(still, 0), picture(still, 1))).toBe(true);
    expect(same(picture({ ...still, noise: 1 }, 0), picture({ ...still, noise: 1 }, 1))).toBe(false);
  });

  it('blur: along the belt, hardly across it', () => {
    const fast = { width: 640, height: 360, noise: 0, speed: 900 };
    const sharp = sharpness(picture({ ...fast, blur: 0 }, 40), 640, 360);
    const blurred = sharpness(picture({ ...fast, blur: 1 }, 40), 640, 360);
    expect(blurred.along / sharp.along).toBeLessThan(0.5);
    expect(blurred.along / sharp.along).toBeLessThan(0.7 * (blurred.across / sharp.across));
  });

  it('speed: px per second at 1280 px width, belt and parts together', () => {
    const settings = { ...small, noise: 0, blur: 0, speed: 400, frameRate: 25 };
    const truth = createTruth(options(settings));
    const before = new Map(truth.items(100).map(({ id, box }) => [id, box.x]));
    const moved = truth.items(105).flatMap(({ id, box }) => (before.has(id) ? [box.x - before.get(id)!] : []));
    expect(moved.length).toBeGreaterThan(0);
    // 5 frames at 25 per second are 80 px at 1280 px width, 20 at 320.
    for (const distance of moved) expect(distance).toBe(20);
    // The middle column of belt moves with them, but for the vignette.
    const [a, b] = [picture(settings, 100), picture(settings, 105)];
    let worst = 0;
    for (let y = 20; y < 160; y++) {
      for (let x = 120; x < 160; x++)
        worst = Math.max(worst, Math.abs(a[(y * 320 + x) * 4] - b[(y * 320 + x + 20) * 4]));
    }
    expect(worst).toBeLessThanOrEqual(12);
  });

  it('density: about in proportion', () => {
    const parts = (density: number) => {
      const truth = createTruth(options({ ...small, density }));
      return Array.from({ length: 40 }, (_, i) => truth.items(i * 130).length).reduce((sum, n) => sum + n, 0);
    };
    const base = parts(1);
    expect(parts(2) / base).toBeGreaterThan(1.8);
    expect(parts(2) / base).toBeLessThan(2.2);
    expect(parts(0.5) / base).toBeGreaterThan(0.35);
    expect(parts(0.5) / base).toBeLessThan(0.65);
  });

  it('seed: another belt, other parts', () => {
    const a = createTruth(options({ ...small, seed: 1 })).items(0);
    const b = createTruth(options({ ...small, seed: 2 })).items(0);
    expect(a).not.toEqual(b);
  });
});
