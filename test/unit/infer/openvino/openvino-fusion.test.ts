import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FrameLayout } from '../../../../src/core/frame.js';
import { parse } from '../../../../src/core/parse.js';
import { type PreprocessSpecInput, preprocessSpecSchema } from '../../../../src/core/preprocess-spec.js';
import type { Detection } from '../../../../src/core/result.js';
import { planFusion } from '../../../../src/infer/openvino/fusion-plan.js';
import { OpenVinoLibrary } from '../../../../src/infer/openvino/openvino-library.node.js';
import { openVinoRuntime } from '../../../../src/infer/openvino/openvino-runtime.node.js';
import type { Kernels } from '../../../../src/kernels/kernels.js';
import { loadKernels } from '../../../../src/kernels/load-kernels.node.js';
import { createPipeline } from '../../../../src/pipeline/create-pipeline.node.js';
import { engineResources } from '../../../../src/pipeline/engine-resources.node.js';
import { createPlan } from '../../../../src/preprocess/plan.js';
import { assetPath, haveAssets } from '../../../assets.js';
import { openVinoLibrary, openVinoOptions } from '../../../openvino.js';
import { describeWithPython } from '../../../python.js';
import { identityPicture } from './identity-picture.js';

type Frame = FrameLayout & { data: Uint8Array };

const spec = (input: PreprocessSpecInput) => parse(preprocessSpecSchema, input, 'preprocess');

/** Part of a picture of RGB, from its upper left corner, with rows as long as one likes. */
function part({ data, strideBytes }: Frame, width: number, height: number, stride = width * 3): Frame {
  const own = new Uint8Array(stride * height).fill(99);
  for (let y = 0; y < height; y++) own.set(data.subarray(y * strideBytes, y * strideBytes + width * 3), y * stride);
  return { format: 'RGB', codedWidth: width, codedHeight: height, strideBytes: stride, data: own };
}

/** The same picture in another format; of NV12 by BT.601, limited range, chroma of every second px. */
function as(format: 'BGR' | 'RGBA' | 'BGRA' | 'NV12', { codedWidth, codedHeight, data }: Frame): Frame {
  const px = codedWidth * codedHeight;
  if (format === 'NV12') {
    const own = new Uint8Array((px * 3) / 2);
    for (let i = 0; i < px; i++) {
      const [r, g, b] = data.subarray(3 * i, 3 * i + 3);
      own[i] = 16.5 + 0.2568 * r! + 0.5041 * g! + 0.0979 * b!;
      const [x, y] = [i % codedWidth, Math.floor(i / codedWidth)];
      if (x % 2 || y % 2) continue;
      const at = px + (y / 2) * codedWidth + x;
      own[at] = 128.5 - 0.1482 * r! - 0.291 * g! + 0.4392 * b!;
      own[at + 1] = 128.5 + 0.4392 * r! - 0.3678 * g! - 0.0714 * b!;
    }
    return { format, codedWidth, codedHeight, strideBytes: codedWidth, data: own };
  }
  const size = format.length;
  const own = new Uint8Array(px * size).fill(7);
  for (let i = 0; i < px; i++) {
    for (const [channel, from] of [...'RGB'].entries()) own[i * size + format.indexOf(from)] = data[i * 3 + channel]!;
  }
  return { format, codedWidth, codedHeight, strideBytes: codedWidth * size, data: own };
}

describe('a plan of fused preprocessing', () => {
  const frame: FrameLayout = { format: 'RGB', codedWidth: 640, codedHeight: 480, strideBytes: 1920 };

  it.each<[string, PreprocessSpecInput, Partial<FrameLayout>]>([
    ['filter', { width: 64, height: 64, filter: 'bicubic' }, {}],
    ['gray', { width: 64, height: 64, colorOrder: 'gray' }, {}],
    ['rotation', { width: 64, height: 64, rotation: 90 }, {}],
    ['mirror', { width: 64, height: 64, mirror: true }, {}],
    ['crop', { width: 64, height: 64, resize: 'crop' }, {}],
    ['tiles', { width: 64, height: 64, tiles: { tileWidth: 64, tileHeight: 64 } }, {}],
    ['quantization', { width: 64, height: 64, dataType: 'int8', quantization: { scale: 1, zeroPoint: 0 } }, {}],
    ['a letterbox of 641 × 480', { width: 300, height: 300 }, { codedWidth: 641, strideBytes: 1923 }],
    ['a letterbox of 640 × 480', { width: 1280, height: 1280 }, {}],
    ['frames of I420', { width: 64, height: 64, resize: 'stretch' }, { format: 'I420', strideBytes: 640 }],
    ['stored turned', { width: 64, height: 64, resize: 'stretch' }, { rotation: 90 }],
    ['rows of 1921', { width: 64, height: 64, resize: 'stretch' }, { strideBytes: 1921 }],
    [
      'NV12 of bt709',
      { width: 64, height: 64, resize: 'stretch' },
      { format: 'NV12', strideBytes: 640, colorSpace: { matrix: 'bt709' } },
    ],
    [
      'NV12 with gaps',
      { width: 64, height: 64, resize: 'stretch' },
      {
        format: 'NV12',
        strideBytes: 640,
        planes: [
          { offset: 0, stride: 640 },
          { offset: 400_000, stride: 640 },
        ],
      },
    ],
  ])('is refused for %s', (received, input, layout) => {
    expect(() => planFusion({ ...frame, ...layout }, spec(input), true)).toThrow(
      expect.objectContaining({
        code: 'ERR_UNSUPPORTED',
        received: expect.stringContaining(received),
        remedy: expect.stringContaining('Leave fusePreprocess out'),
      }),
    );
  });

  it('pads before it resizes, where that is the same, and where the library can', () => {
    const letterbox = spec({ width: 416, height: 416 });
    expect(planFusion(frame, letterbox, true)).toMatchObject({
      pad: { left: 0, top: 80, right: 0, bottom: 80, value: 114 },
      resize: true,
    });
    expect(() => planFusion(frame, letterbox, false)).toThrow(/no step that pads/);
    expect(planFusion(frame, spec({ width: 320, height: 240 }), false)).not.toHaveProperty('pad');
  });
});

if (haveAssets) {
  describeWithPython('fused preprocessing', ['openvino'], () => {
    let kernels: Kernels;
    let picture: Frame;
    let live: number;

    beforeAll(async () => {
      kernels = await loadKernels({ tier: 'auto' });
      picture = (await engineResources.readPicture(assetPath('images/ortx/wolves.jpg'))) as Frame;
      live = (await OpenVinoLibrary.open(openVinoLibrary())).live;
    });
    afterAll(async () => {
      expect((await OpenVinoLibrary.open(openVinoLibrary())).live).toBe(live);
    });

    /** How far OpenVINO's tensor is from ours, in steps of 8 bits: the farthest element, and the mean. */
    async function distance(frame: Frame, input: PreprocessSpecInput): Promise<{ most: number; mean: number }> {
      const full = spec(input);
      const session = await openVinoRuntime.open(identityPicture(full), 'identity', {
        threads: 1,
        slots: 1,
        allocator: kernels,
        runtimeOptions: openVinoOptions({ fusePreprocess: true, precision: 'f32' }),
      });
      const [slot] = session.slots;
      const { data: _, ...layout } = frame;
      const fused = await session.fusion!.open(layout, full);
      const plan = createPlan(kernels, layout, full);
      try {
        expect(session.placement.fusedPreprocess).toBe(true);
        await fused.run(frame, slot!);
        plan.run(frame, slot!.inputs[0]!);
        const theirs = slot!.outputs[0]!.data as Float32Array;
        const ours = slot!.inputs[0]!.data as Float32Array;
        const [scale, std] = [[full.scale].flat(), [full.std].flat()];
        const step = Math.max(...std.map((each, i) => (scale[i] ?? scale[0]!) / each));
        let [most, sum] = [0, 0];
        for (let i = 0; i < ours.length; i++) {
          const apart = Math.abs(theirs[i]! - ours[i]!) / step;
          most = Math.max(most, apart);
          sum += apart;
        }
        return { most, mean: sum / ours.length };
      } finally {
        plan.close();
        await fused.close();
        await session.close();
      }
    }

    const stretch = { width: 224, height: 160, resize: 'stretch' } as const;
    const imagenet = { scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
    it.each<[string, (whole: Frame) => Frame, PreprocessSpecInput]>([
      ['RGB', (whole) => whole, stretch],
      ['BGR', (whole) => as('BGR', whole), stretch],
      ['RGBA', (whole) => as('RGBA', whole), { ...stretch, colorOrder: 'bgr' }],
      ['BGRA', (whole) => as('BGRA', whole), stretch],
      ['rows with room behind them', (whole) => part(whole, 400, 300, 1230), stretch],
      ['a region', (whole) => whole, { ...stretch, region: { x: 33, y: 21, width: 400, height: 300 } }],
      ['enlarged', (whole) => part(whole, 200, 150), { ...stretch, width: 416, height: 416 }],
      ['normalised, channels last', (whole) => whole, { ...stretch, ...imagenet, layout: 'nhwc' }],
      ['a letterbox', (whole) => part(whole, 400, 300), { width: 200, height: 200 }],
      [
        "YOLOX's letterbox",
        (whole) => part(whole, 400, 300),
        { width: 200, height: 200, align: 'top-left', rounding: 'floor', colorOrder: 'bgr', scale: 1 / 255 },
      ],
    ])('is within one step of 8 bits of our kernels: %s', async (_, frameOf, input) => {
      const { most, mean } = await distance(frameOf(part(picture, 500, 334)), input);
      expect(most).toBeLessThanOrEqual(1.001);
      expect(mean).toBeLessThan(0.25);
    });

    it('gives a picture of the right size as it is', async () => {
      const { most } = await distance(part(picture, 224, 160), stretch);
      expect(most).toBe(0);
    });

    it('takes the chroma of NV12 unsmoothed: within one step in the mean, farther at edges of colour', async () => {
      const { most, mean } = await distance(as('NV12', part(picture, 500, 334)), stretch);
      expect(mean).toBeLessThan(1);
      expect(most).toBeLessThan(64);
    });

    it('finds in a pipeline what kernels let it find, and says where it was preprocessed', async () => {
      const found: Detection[][][] = [];
      for (const fusePreprocess of [false, true]) {
        await using pipeline = await createPipeline({
          source: { type: 'synthetic', seed: 3, width: 1280, height: 720 },
          model: { type: 'bundle', path: 'models/conveyor' },
          preprocess: {
            width: 384,
            height: 224,
            resize: 'stretch',
            filter: 'bilinear',
            colorOrder: 'rgb',
            scale: 1,
            mean: 90,
            std: 64,
            layout: 'nchw',
            dataType: 'float32',
          },
          runtime: ['openvino'],
          runtimeOptions: openVinoOptions({ fusePreprocess }),
          kernels: 'wasm-simd',
          execution: 'inline',
          queue: 'wait',
          frames: 4,
        });
        const all: Detection[][] = [];
        for await (const { items, spans } of pipeline.run()) {
          all.push(items as Detection[]);
          expect(spans.preprocess === 0).toBe(fusePreprocess);
        }
        expect(pipeline.info.copies.includes('frame → kernel memory')).toBe(!fusePreprocess);
        expect(pipeline.info.runtime.fusedPreprocess).toBe(fusePreprocess || undefined);
        found.push(all);
      }
      const [kernelsFound, fusedFound] = found as [Detection[][], Detection[][]];
      expect(kernelsFound.flat().length).toBeGreaterThan(20);
      for (const [i, items] of kernelsFound.entries()) {
        // Those near the threshold may be on one side of it or the other.
        for (const item of items.filter(({ score }) => score > 0.5)) {
          const same = fusedFound[i]!.filter(({ label }) => label === item.label);
          expect(
            Math.min(...same.map(({ box }) => Math.abs(box.x - item.box.x) + Math.abs(box.y - item.box.y))),
          ).toBeLessThan(2);
        }
      }
    });

    it('is refused before the first frame where the spec cannot be fused', async () => {
      const opening = createPipeline({
        source: { type: 'synthetic' },
        model: { type: 'bundle', path: 'models/conveyor' },
        filter: 'lanczos-antialias',
        runtime: ['openvino'],
        runtimeOptions: openVinoOptions({ fusePreprocess: true }),
        execution: 'inline',
      });
      await expect(opening).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED', received: 'filter lanczos-antialias' });
    });
  });
}
