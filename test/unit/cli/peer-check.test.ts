import { describe, expect, it } from 'vitest';
import { type BenchCase, selectBenchCases } from '../../../src/cli/bench-case.js';
import { peers } from '../../../src/cli/bench-peers.node.js';
import { softPicture, tensorDifference } from '../../../src/cli/peer-check.js';
import { planPicture } from '../../../src/kernels/picture-plan.js';
import { ReferencePreprocess } from '../../../src/kernels/reference/preprocess.js';
import { planLetterbox } from '../../../src/preprocess/letterbox.js';

const names = ['rgba-160x120-letterbox-bilinear-96-f32-nchw', 'rgba-160x120-letterbox-bilinear-antialias-96-f32-nchw'];

function tensorOf({ layout, spec, plan }: BenchCase, change: Partial<BenchCase['plan']> = {}): Float32Array {
  const tensor = new Float32Array(spec.width * spec.height * 3);
  new ReferencePreprocess({ ...plan, ...change }).run(softPicture(layout), tensor);
  return tensor;
}

const bytesOf = (tensor: Float32Array) => new Uint8Array(tensor.buffer);

describe('softPicture', () => {
  it('fills every format with colours that are no two alike, and is opaque', () => {
    for (const format of ['rgba', 'bgr', 'gray8', 'i420', 'nv12']) {
      const [each] = selectBenchCases([`${format}-64x48-letterbox-bilinear-32-f32-nchw`]);
      const picture = softPicture(each.layout);
      expect(picture.byteLength).toBe(each.sourceBytes);
      const colours = picture.filter((_, i) => format !== 'rgba' || i % 4 !== 3);
      expect(Math.min(...colours)).toBeGreaterThan(10);
      expect(Math.max(...colours)).toBeLessThan(245);
      expect(new Set(colours).size).toBeGreaterThan(50);
      if (format === 'rgba') expect(picture.filter((_, i) => i % 4 === 3).every((alpha) => alpha === 255)).toBe(true);
    }
  });
});

describe('tensorDifference', () => {
  it('counts in steps of 8 bits', () => {
    const own = Float32Array.of(0, 0.5, 1);
    const other = Float32Array.of(0, 0.5 + 3 / 255, 1);
    const difference = tensorDifference({ dataType: 'float32', scale: 1 / 255 }, bytesOf(own), bytesOf(other))!;
    expect(difference.most).toBeCloseTo(3, 4);
    expect(difference.mean).toBeCloseTo(1, 4);
    const plain = tensorDifference({ dataType: 'uint8', scale: 1 }, Uint8Array.of(1, 9), Uint8Array.of(3, 9));
    expect(plain).toEqual({ most: 2, mean: 1 });
  });

  it('knows no difference between lengths, nor from what is no number', () => {
    const spec = { dataType: 'float32', scale: 1 } as const;
    expect(tensorDifference(spec, new Uint8Array(8), new Uint8Array(4))).toBeUndefined();
    expect(tensorDifference(spec, new Uint8Array(4), bytesOf(Float32Array.of(Number.NaN)))).toBeUndefined();
  });
});

describe('tolerances', () => {
  // Changed sizes of the picture keep their tables, so only what is placed elsewhere changes.
  const mistakes: [string, (each: BenchCase) => Float32Array][] = [
    ['red and blue swapped', (each) => tensorOf(each, { colorOrder: 'bgr' })],
    [
      '2 px lower',
      (each) => tensorOf(each, { placement: { ...each.plan.placement, top: each.plan.placement.top + 2 } }),
    ],
    ['another padding', (each) => tensorOf(each, { pad: 0 })],
    ['no scale', (each) => tensorOf(each).map((value) => value * 255)],
    ['nothing at all', (each) => tensorOf(each).fill(0)],
    [
      'stretched',
      (each) => {
        const spec = { ...each.spec, resize: 'stretch' } as const;
        const { placement } = planLetterbox(each.layout.codedWidth, each.layout.codedHeight, spec);
        const plan = planPicture(each.layout, spec, placement);
        return tensorOf({ ...each, plan });
      },
    ],
  ];

  it.each(mistakes)('of every peer refuse a tensor with %s', (_, mistake) => {
    for (const each of selectBenchCases(names)) {
      const difference = tensorDifference(each.spec, bytesOf(tensorOf(each)), bytesOf(mistake(each)))!;
      for (const peer of peers) {
        const { most, mean } = peer.tolerance(each);
        expect(difference.most > most || difference.mean > mean, `${peer.name}, ${each.name}`).toBe(true);
      }
    }
  });

  it('let the two bilinear filters pass for one another where a peer has only the other', () => {
    const [plain, antialias] = selectBenchCases([
      'rgba-1280x720-letterbox-bilinear-416-f32-nchw',
      'rgba-1280x720-letterbox-bilinear-antialias-416-f32-nchw',
    ]);
    const difference = tensorDifference(plain.spec, bytesOf(tensorOf(plain)), bytesOf(tensorOf(antialias)))!;
    const { most, mean } = peers.find(({ name }) => name === 'sharp')!.tolerance(plain);
    expect(difference.most).toBeLessThanOrEqual(most);
    expect(difference.mean).toBeLessThanOrEqual(mean);
  });
});
